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
from seqlm.tokenizers.code_points import CODE_POINTS, code_points
from seqlm.tokenizers.subword_text import to_model_text
from seqlm.tokenizers.tokenizer import FIRST_ID

RESERVED = FIRST_ID + 256  # ids before the first piece: the end, the unknown token, the bytes
BUDGET = 10_000_000  # UTF-8 bytes
COVERAGE = 0.9995  # of the text is in characters that are pieces; the rest is spelled in bytes
UNUSABLE = "\0\n\u2585"  # sentencepiece drops every line with U+2585, its own sign for unknown

# sentencepiece learns nothing from a text that spells one of its own symbols.
_RESERVED = re.compile(r"<(?=unk>|/s>|0x[0-9A-F]{2}>)")

# A word with the space before it; sentencepiece drops lines of over 4,192 bytes.
_WORD = re.compile(" ?[^ ]{1,500}| ")


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


@dataclass(frozen=True)
class Alphabet:
    """The characters that are to be pieces.

    Attributes:
        characters: their code points, the most frequent first.
        spelled: how many others there are, which are spelled in bytes.
        coverage: the share of the text that ``characters`` make up.
    """

    characters: list[int]
    spelled: int
    coverage: float


def choose_alphabet(lines: list[str], vocab_size: int) -> Alphabet:
    """Take the characters that make up ``COVERAGE`` of the text.

    They may be more where they take no sixteenth of the vocabulary, and are fewer where they would
    take three quarters of what the bytes leave.
    """
    counts = np.zeros(CODE_POINTS, dtype=np.int64)
    for text in _joined(lines):
        counts += np.bincount(code_points(text), minlength=CODE_POINTS)
    counts[[ord(character) for character in UNUSABLE]] = 0
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    if not len(order):
        return Alphabet([], 0, 0.0)
    covered = np.cumsum(counts[order]) / counts.sum()
    enough = int(np.searchsorted(covered, COVERAGE)) + 1
    size = min(max(enough, vocab_size // 16), (vocab_size - RESERVED) * 3 // 4, len(order))
    return Alphabet(order[:size].tolist(), len(order) - size, float(covered[size - 1]))


def sentences(lines: list[str], characters: list[int]) -> Iterator[str]:
    """Give ``lines`` two words at a time, cut at every character that is not in ``characters``.

    sentencepiece's unigram trainer starts from substrings that are followed by different
    characters. In whole lines a word that nothing but spaces follows is none, and so no piece in
    the end; here it is followed now by a space and now by the end. That saves a fifth of the
    tokens of a tokenised text. (Every second part starts with one word, so that a word that is
    always the second of its line is treated alike.)
    """
    allowed = np.zeros(CODE_POINTS, dtype=np.bool_)
    allowed[characters] = True
    for text in _joined(lines):
        codes = code_points(text).copy()
        codes[~allowed[codes]] = ord("\n")
        text = codes.tobytes().decode("utf-32-le")
        for number, part in enumerate(_RESERVED.sub("<\n", text).split("\n")):
            words = _WORD.findall(part)
            for place in range(-(number % 2), len(words), 2):
                yield "".join(words[max(place, 0) : place + 2])


def _joined(lines: list[str]) -> Iterator[str]:
    """Some lines at a time as one text: arrays want more than one line."""
    for start in range(0, len(lines), 4000):
        yield "\n".join(lines[start : start + 4000])


def default_vocab_size(num_bytes: int) -> int:
    """What suits a text of ``num_bytes``: 1,000 at 100 KB, 4,000 at 1 MB, 8,000 at 5 MB, 16,000
    from 50 MB on, and between them a straight line on logarithmic axes; a multiple of 8.
    """
    known = [(1e4, 400), (1e5, 1000), (1e6, 4000), (5e6, 8000), (5e7, 16000)]
    sizes, vocabularies = zip(*known, strict=True)
    size = np.interp(math.log(max(1, num_bytes)), np.log(sizes), np.log(vocabularies))
    return 8 * round(math.exp(float(size)) / 8)
