"""Where everything stands in the picture of an attention map, and its colours."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

CELL = 26
FONT_SIZE = 14
MARGIN = 12
FAINTEST = 0.005
"""Weights below this are left white."""
_LONGEST_LABEL = 24
_WHITE, _DARK = (255, 255, 255), (8, 48, 107)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Layout:
    """A picture in pixels; source tokens stand upright above it, target tokens on its left.

    Attributes:
        left, top: where the first cell begins.
        width, height: of the whole.
    """

    left: int
    top: int
    width: int
    height: int


def layout(source: Sequence[str], target: Sequence[str]) -> Layout:
    """Room for the longest labels and a cell for each pair."""
    left = 2 * MARGIN + max(map(_length, target), default=0)
    top = 2 * MARGIN + max(map(_length, source), default=0)
    return Layout(left, top, left + CELL * len(source) + MARGIN, top + CELL * len(target) + MARGIN)


def label(token: str) -> str:
    """A token as a label: short, and of characters that can be drawn."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in token)
    return shown if len(shown) <= _LONGEST_LABEL else shown[: _LONGEST_LABEL - 1] + "…"


def _length(token: str) -> int:
    """About how long the label is, in pixels: Hangul is about as wide as it is high."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in label(token))
    return round(FONT_SIZE * (wide + 0.65 * (len(label(token)) - wide)))


def colour(weight: float) -> Colour:
    """From white at 0 to dark blue at 1."""
    share = min(max(weight, 0.0), 1.0) ** 0.7  # so that 0.1 is seen
    red, green, blue = (
        round(light + share * (dark - light)) for light, dark in zip(_WHITE, _DARK, strict=True)
    )
    return red, green, blue
