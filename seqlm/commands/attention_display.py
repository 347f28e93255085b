"""An attention map in text: shades for weights, source above, target on the left."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seqlm.commands.output import display_width, flush, note, on_terminal, visible, write_line

if TYPE_CHECKING:
    from torch import Tensor

    from seqlm.recipes.translator import Translated, Translator

# What a cell shows from this weight on.
SHADES = ((0.75, "██"), (0.5, "▓▓"), (0.25, "▒▒"), (0.1, "░░"), (0.0, "  "))
LEGEND = "░ 0.1  ▒ 0.25  ▓ 0.5  █ 0.75"
_CELL = 2
_LONGEST_ROW_LABEL = 14
_TALLEST_COLUMN_LABEL = 8


@dataclass
class AttentionWish:
    """What ``translate --attention`` asked for; the first line that is not empty gets it.

    Attributes:
        file: to write; ``-`` is the map in text. A terminal gets that in any case.
        layer: counted from 1; None is the mean of all.
        head: counted from 1; None is the mean of all.
        done: whether it was shown.
    """

    file: str
    layer: int | None
    head: int | None
    done: bool = field(default=False, init=False)

    def check(self) -> None:
        """Refuse a file that is no picture before anything is translated.

        Raises:
            InputError: its name says so.
        """
        if self.file != "-":
            from seqlm.recipes.attention_map import checked_form

            checked_form(Path(self.file))

    def show_first(self, translator: Translator, found: Translated) -> None:
        """Write the map of the first line with a translation, once; a line after it has none.

        Raises:
            InputError: the line is translated in parts, or there is no such layer or head.
            ModelError: the model has no attention.
        """
        lines = zip(found.lines, found.translations, strict=True)
        for line, (best, *_) in lines if not self.done else ():
            if line.strip():
                self.done = True
                self._show(*translator.attention(line, best.tokens))
                return

    def _show(self, source: list[str], target: list[str], weights: Tensor) -> None:
        from seqlm.recipes.attention_map import reduce_attention, write_attention

        chosen = reduce_attention(weights.numpy(), self.layer, self.head)
        if self.file != "-":
            write_attention(self.file, source, target, chosen)
            note(f"attention: {self.file}")
        if self.file == "-" or on_terminal():
            columns = shutil.get_terminal_size().columns
            for line in text_map(source, target, chosen.tolist(), columns):
                write_line(line)
            flush()


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
