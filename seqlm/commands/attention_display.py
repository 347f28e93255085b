"""An attention map in text: shades for weights, source above, target on the left."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from seqlm.commands.output import display_width, visible

# What a cell shows from this weight on.
SHADES = ((0.75, "██"), (0.5, "▓▓"), (0.25, "▒▒"), (0.1, "░░"), (0.0, "  "))
LEGEND = "░ 0.1  ▒ 0.25  ▓ 0.5  █ 0.75"
_CELL = 2
_LONGEST_ROW_LABEL = 14
_TALLEST_COLUMN_LABEL = 8


def text_map(
    source: Sequence[str],
    target: Sequence[str],
    weights: Sequence[Sequence[float]],
    width: int = 80,
) -> Iterator[str]:
    """The lines of a map; one that is wider than ``width`` goes on below.

    Args:
        source: the tokens read; they stand upright, a character a line.
        target: the tokens written.
        weights: (target, source).
        width: columns of the terminal.
    """
    labels = [cut(visible(token), _LONGEST_ROW_LABEL) for token in target]
    margin = max(map(display_width, labels), default=0) + 1
    fitting = max((width - margin) // _CELL, 1)
    for first in range(0, len(source), fitting):
        columns = slice(first, first + fitting)
        for line in _upright(source[columns]):
            yield " " * margin + line
        for text, row in zip(labels, weights, strict=True):
            shades = "".join(map(_shade, row[columns]))
            yield f"{' ' * (margin - 1 - display_width(text))}{text} {shades}".rstrip()
    yield LEGEND


def _shade(weight: float) -> str:
    return next(shade for least, shade in SHADES if weight >= least or least == 0)


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with ``…`` where something is left out."""
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _upright(tokens: Sequence[str]) -> Iterator[str]:
    """Labels from top to bottom, each ending just above its column."""
    stacks = [_characters(visible(token)) for token in tokens]
    height = max(map(len, stacks), default=0)
    for level in range(height, 0, -1):
        cells = (stack[-level] if len(stack) >= level else "" for stack in stacks)
        yield "".join(cell + " " * (_CELL - display_width(cell)) for cell in cells).rstrip()


def _characters(label: str) -> list[str]:
    """What is drawn as one character each, combining marks with their base."""
    found: list[str] = []
    for character in label:
        if found and unicodedata.combining(character):
            found[-1] += character
        else:
            found.append(character)
    if len(found) > _TALLEST_COLUMN_LABEL:
        found = [*found[: _TALLEST_COLUMN_LABEL - 1], "…"]
    return found
