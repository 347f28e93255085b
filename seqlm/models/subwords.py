"""Vectors of words that were never seen, from the parts that they share with words that were.

Bojanowski et al. (2017, arXiv:1607.04606): a word stands between < and >, and its parts are all
runs of three to six letters of that. Letters may be jamo (Park et al., 2018, "Subword-level word
vector representations for Korean"), each Hangul syllable three of them, so that an ending that
changes only a final consonant leaves most parts as they were. Parts are known by a hash, and share
rows.

Only numpy is needed here; what is compiled for training is the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FIRST, _LAST = 0xAC00, 0xD7A3  # the Hangul syllables
_LEADS, _VOWELS, _TAILS = 0x1100, 0x1161, 0x11A7  # 0x11A7 itself stands for no final consonant


@dataclass(frozen=True)
class PartRules:
    """Which parts a word has.

    Attributes:
        min_part: letters of the shortest.
        max_part: letters of the longest.
        jamo: whether a Hangul syllable counts as three letters.
        buckets: how many values the hash has.
    """

    min_part: int
    max_part: int
    jamo: bool
    buckets: int

    def spell(self, word: str) -> bytes:
        """The word as its parts are taken from it, in UTF-8."""
        if self.jamo:
            word = "".join(map(_to_jamo, word))
        return f"<{word}>".encode("utf-8", "surrogatepass")

    def parts(self, word: str) -> list[int]:
        """The hashes of the parts of a word."""
        spelled = self.spell(word)
        found = np.empty(len(spelled) * (self.max_part - self.min_part + 1), np.int32)
        num = find_parts(
            spelled, 0, len(spelled), self.min_part, self.max_part, self.buckets, found
        )
        return [int(part) for part in found[:num]]


def _to_jamo(letter: str) -> str:
    code = ord(letter)
    if not _FIRST <= code <= _LAST:
        return letter
    rest, tail = divmod(code - _FIRST, 28)
    lead, vowel = divmod(rest, 21)
    return chr(_LEADS + lead) + chr(_VOWELS + vowel) + chr(_TAILS + tail)


def find_parts(
    spelled: Any, begin: int, end: int, min_part: int, max_part: int, buckets: int, found: Any
) -> int:
    """Write the hashes (FNV-1a, modulo ``buckets``) of the parts of a word; how many they are.

    Args:
        spelled: bytes; the word is ``spelled[begin:end]``, its brackets included.
        found: an array that has room for them.
    """
    num = 0
    for first in range(begin, end):
        if spelled[first] & 0xC0 == 0x80:  # inside a letter
            continue
        code, letters, place = 2166136261, 0, first
        while place < end and letters < max_part:
            code = ((code ^ spelled[place]) * 16777619) & 0xFFFFFFFF
            place += 1
            while place < end and spelled[place] & 0xC0 == 0x80:
                code = ((code ^ spelled[place]) * 16777619) & 0xFFFFFFFF
                place += 1
            letters += 1
            # A bracket alone is no part.
            if letters >= min_part and not (letters == 1 and (first == begin or place == end)):
                found[num] = code % buckets
                num += 1
    return num


class PartVectors:
    """What gives a vector to a word that is not in the list.

    Args:
        rules: which parts a word has.
        hashes: int32 (rows,), rising: the parts that have a vector.
        matrix: float32 (rows, dim), their vectors; it may be a mapped file.
    """

    def __init__(
        self, rules: PartRules, hashes: NDArray[np.int32], matrix: NDArray[np.float32]
    ) -> None:
        self.rules = rules
        self.hashes = hashes
        self.matrix = matrix

    def vector(self, word: str) -> NDArray[np.float32] | None:
        """The mean of the vectors of the parts of ``word``; None if not one is known."""
        parts = np.array(self.rules.parts(word), np.int32)
        rows = np.searchsorted(self.hashes, parts)
        rows = rows[self.hashes[np.minimum(rows, len(self.hashes) - 1)] == parts]
        if not len(rows):
            return None
        mean: NDArray[np.float32] = self.matrix[rows].mean(axis=0, dtype=np.float32)
        return mean
