"""An attention map as an SVG: a browser shows it, with the fonts it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from seqlm.recipes.attention_layout import CELL, FAINTEST, FONT_SIZE, MARGIN, colour, label, layout


def svg(source: Sequence[str], target: Sequence[str], weights: NDArray[np.float32]) -> str:
    """The heat map of ``weights``, (target, source); a cell's tooltip gives its number."""
    size = layout(source, target)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}" height="{size.height}" '
        f'viewBox="0 0 {size.width} {size.height}" font-family="sans-serif" '
        f'font-size="{FONT_SIZE}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<rect x="{size.left}" y="{size.top}" width="{CELL * len(source)}" '
        f'height="{CELL * len(target)}" fill="none" stroke="#bbb"/>',
        *_labels(source, target, size.left, size.top),
        *_cells(source, target, weights, size.left, size.top),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _labels(source: Sequence[str], target: Sequence[str], left: int, top: int) -> Iterator[str]:
    for number, token in enumerate(source):
        x = left + CELL * number + CELL // 2 + FONT_SIZE // 3
        y = top - MARGIN // 2
        yield f'<text transform="translate({x} {y}) rotate(-90)">{escape(label(token))}</text>'
    for number, token in enumerate(target):
        y = top + CELL * number + CELL // 2 + FONT_SIZE // 3
        x = left - MARGIN // 2
        yield f'<text x="{x}" y="{y}" text-anchor="end">{escape(label(token))}</text>'


def _cells(
    source: Sequence[str],
    target: Sequence[str],
    weights: NDArray[np.float32],
    left: int,
    top: int,
) -> Iterator[str]:
    for row, column in np.argwhere(weights >= FAINTEST).tolist():
        weight = float(weights[row, column])
        red, green, blue = colour(weight)
        title = f"{label(target[row])} \N{LEFTWARDS ARROW} {label(source[column])}: {weight:.3f}"
        yield (
            f'<rect x="{left + CELL * column}" y="{top + CELL * row}" width="{CELL}" '
            f'height="{CELL}" fill="#{red:02x}{green:02x}{blue:02x}">'
            f"<title>{escape(title)}</title></rect>"
        )
