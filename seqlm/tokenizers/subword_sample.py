"""The part of a text that subwords are learnt from: bounded, deterministic, in model text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from seqlm.config import Normalization
from seqlm.data.blocks import Block
from seqlm.data.normalization import normalize
from seqlm.tokenizers.character import CODE_POINTS, code_points
from seqlm.tokenizers.subword_text import to_model_text

BUDGET = 10_000_000  # UTF-8 bytes
COVERAGE = 0.9995  # of the text is in characters that are pieces; the rest is spelled in bytes
MAX_SENTENCE = 1000  # characters; sentencepiece drops lines of over 4,192 bytes
UNUSABLE = "\0\n\u2585"  # sentencepiece drops every line with U+2585, its own sign for unknown

# sentencepiece learns nothing from a text that spells one of its own symbols.
_RESERVED = re.compile(r"<(?=unk>|/s>|0x[0-9A-F]{2}>)")


@dataclass(frozen=True)
class Sample:
    """Every n-th line of a text.

    Attributes:
        lines: model text.
        num_bytes: of the whole text.
        stride: n, a power of two.
    """

    lines: list[str]
    num_bytes: int
    stride: int


def draw_sample(blocks: Iterable[Block], normalization: Normalization) -> Sample:
    """Take all lines, then every second, every fourth..., so that they stay within ``BUDGET``."""
    lines: list[str] = []
    sizes: list[int] = []
    seen = num_bytes = 0
    stride = 1
    for block in blocks:
        first = -seen % stride
        for place in range(first, len(block.lines), stride):
            line = normalize(block.lines[place], normalization)
            lines.append(to_model_text(line, continues=block.continues and place == 0))
            sizes.append(len(lines[-1].encode()))
        seen += len(block.lines)
        num_bytes += block.num_bytes
        while sum(sizes) > BUDGET and len(lines) > 1:
            lines, sizes, stride = lines[::2], sizes[::2], stride * 2
    return Sample(lines, num_bytes, stride)


def frequent_characters(lines: list[str], most: int) -> tuple[list[int], int]:
    """The code points that are to be pieces, the most frequent first, and how many there were.

    They make up ``COVERAGE`` of the text, unless that takes more than ``most``.
    """
    counts = np.zeros(CODE_POINTS, dtype=np.int64)
    for line in lines:
        np.add.at(counts, code_points(line), 1)
    counts[[ord(character) for character in UNUSABLE]] = 0
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    covered = np.cumsum(counts[order])
    enough = int(np.searchsorted(covered, COVERAGE * covered[-1])) + 1 if len(order) else 0
    return order[: min(enough, most)].tolist(), len(order)


def sentences(lines: list[str], characters: list[int]) -> Iterator[str]:
    """Give ``lines`` cut at every character that is not in ``characters``, and none too long."""
    allowed = np.zeros(CODE_POINTS, dtype=np.bool_)
    allowed[characters] = True
    for line in lines:
        codes = code_points(line).copy()
        codes[~allowed[codes]] = ord("\n")
        text = codes.tobytes().decode("utf-32-le")
        for part in _RESERVED.sub("<\n", text).split("\n"):
            yield from _short(part)


def _short(text: str) -> Iterator[str]:
    """Cut ``text`` before white space, wherever there is some, into what sentencepiece takes."""
    while len(text) > MAX_SENTENCE:
        space = text.rfind(" ", 1, MAX_SENTENCE)
        at = space if space > 0 else MAX_SENTENCE
        yield text[:at]
        text = text[at:]
    if text:
        yield text


def default_vocab_size(num_bytes: int) -> int:
    """What suits a text of ``num_bytes``: 1,000 at 100 KB, 4,000 at 1 MB, 8,000 at 5 MB, 16,000
    from 50 MB on, and between them a straight line on logarithmic axes; a multiple of 8.
    """
    known = [(1e4, 400), (1e5, 1000), (1e6, 4000), (5e6, 8000), (5e7, 16000)]
    sizes, vocabularies = zip(*known, strict=True)
    size = np.interp(math.log(max(1, num_bytes)), np.log(sizes), np.log(vocabularies))
    return 8 * round(math.exp(float(size)) / 8)
