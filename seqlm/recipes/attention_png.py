"""An attention map as a PNG, drawn by Pillow with a font that has the labels' characters."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import SeqlmError
from seqlm.recipes.attention_layout import CELL, FAINTEST, FONT_SIZE, MARGIN, colour, label, layout

# Looked for by name where the system keeps its fonts, in this order. Those with Hangul come first:
# they have Latin letters too.
FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKkr-Regular.otf",
    "NotoSansKR-Regular.otf",
    "NotoSansKR-Regular.ttf",
    "NanumGothic.ttf",
    "malgun.ttf",
    "AppleSDGothicNeo.ttc",
    "AppleGothic.ttf",
    "UnDotum.ttf",
    "DejaVuSans.ttf",
    "arial.ttf",
    "Arial.ttf",
)
_UNASSIGNED = "\U0010fffe"
"""No font has it: what is drawn for it is drawn for whatever is missing."""


def png(source: Sequence[str], target: Sequence[str], weights: NDArray[np.float32]) -> bytes:
    """The heat map of ``weights``, (target, source).

    Raises:
        SeqlmError: Pillow is not installed, or no font that is has the characters.
    """
    pillow = need_pillow()
    columns, rows = ([_drawable(token) for token in tokens] for tokens in (source, target))
    font = find_font({character for text in (*columns, *rows) for character in text})
    size = layout(source, target)
    image = pillow.Image.new("RGB", (size.width, size.height), "white")
    draw = pillow.ImageDraw.Draw(image)
    for row, column in np.argwhere(weights >= FAINTEST).tolist():
        x, y = size.left + CELL * column, size.top + CELL * row
        fill = colour(float(weights[row, column]))
        draw.rectangle((x, y, x + CELL - 1, y + CELL - 1), fill=fill)
    draw.rectangle(
        (size.left, size.top, size.width - MARGIN, size.height - MARGIN), outline=(187, 187, 187)
    )
    for number, text in enumerate(rows):
        place = (size.left - MARGIN // 2, size.top + CELL * number + CELL // 2)
        draw.text(place, text, font=font, fill="black", anchor="rm")
    for number, text in enumerate(columns):
        image.paste(
            _upright(pillow, text, font, size.top - MARGIN // 2),
            (size.left + CELL * number, 0),
        )
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _drawable(token: str) -> str:
    """Few fonts have the sign for a space in a token."""
    return label(token).replace("\u2581", "_")


def _upright(pillow: Any, text: str, font: Any, length: int) -> Any:
    """A strip as wide as a cell with ``text`` from its lower end upwards."""
    strip = pillow.Image.new("RGB", (length, CELL), "white")
    pillow.ImageDraw.Draw(strip).text((0, CELL // 2), text, font=font, fill="black", anchor="lm")
    return strip.rotate(90, expand=True)


def find_font(characters: Iterable[str]) -> Any:
    """The first font that has all of ``characters``.

    Raises:
        SeqlmError: none has, or Pillow is not installed.
    """
    wanted = sorted(set(characters) - {" "})
    missing = wanted
    for font in _fonts(need_pillow().ImageFont):
        lacking = bytes(font.getmask(_UNASSIGNED))
        absent = [character for character in wanted if bytes(font.getmask(character)) == lacking]
        if not absent:
            return font
        missing = min(missing, absent, key=len)
    raise SeqlmError(
        f"no font that is installed can draw {' '.join(missing[:8])}",
        "apt install fonts-nanum, or a name that ends in .svg",
    )


def _fonts(module: Any) -> Iterator[Any]:
    """Those of ``FONTS`` that are installed, and the one that Pillow brings."""
    for name in FONTS:
        with suppress(OSError):
            yield module.truetype(name, FONT_SIZE)
    yield module.load_default(FONT_SIZE)


def need_pillow() -> Any:
    """Pillow with the modules that are used here.

    Raises:
        SeqlmError: it is not installed.
    """
    try:
        for module in ("Image", "ImageDraw", "ImageFont"):
            importlib.import_module(f"PIL.{module}")
    except ImportError as error:
        raise SeqlmError(
            "a PNG needs Pillow, which is not installed", "pip install 'seqlm[plot]'"
        ) from error
    return importlib.import_module("PIL")
