"""Pairs of words that stand together far more often than by chance, joined into one.

Mikolov et al. (2013, arXiv:1310.4546), section 4. A pair a b is a phrase when

    (n(a b) - discount) / (n(a) n(b)) * number of words  >  threshold

The discount, which keeps rare pairs out, is the least count of a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import kernel, part
from seqlm.compiled.memory import load_long

JOINER = b"_"
_EMPTY = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@dataclass(frozen=True)
class Phrases:
    """Which pairs become one word.

    Attributes:
        threshold: the score above which a pair is a phrase; higher gives fewer.
    """

    threshold: float

    def join(
        self,
        numbers: NDArray[np.int32],
        counts: NDArray[np.int64],
        name: Callable[[int], bytes],
        min_count: int,
    ) -> tuple[NDArray[np.int64], Callable[[int], bytes]]:
        """Join the phrases of a text, from left to right, in place.

        Args:
            numbers: of its words, negative between sentences; behind a phrase's number its second
                word's place is filled with ``SKIPPED``.
            counts: of each word.
            name: the bytes of a word.
            min_count: of words in a phrase, and of phrases.

        Returns:
            The counts and the names of words and phrases; a phrase's words count only elsewhere.
        """
        keys, values = _count(numbers, counts, min_count)
        first, second = keys >> 32, keys & 0xFFFFFFFF
        score = (values - min_count) / (counts[first] * counts[second].astype(np.float64))
        chosen = np.sort(keys[score * counts.sum() > self.threshold])
        joined = np.concatenate([counts, np.zeros(len(chosen), np.int64)])
        _join(numbers, chosen, joined)

        def name_any(number: int) -> bytes:
            if number < len(counts):
                return name(number)
            pair = int(chosen[number - len(counts)])
            return name(pair >> 32) + JOINER + name(pair & 0xFFFFFFFF)

        return joined, name_any


SKIPPED = -3
"""Stands where the second word of a phrase was."""


def _count(
    numbers: NDArray[np.int32], counts: NDArray[np.int64], min_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Neighbouring words (first << 32 | second) and how often they are neighbours."""
    keys, values = _table(1 << 16)
    state = np.zeros(2, np.int64)
    while not _count_pairs(numbers, counts, min_count, keys, values, state):
        before = keys, values
        keys, values = _table(2 * len(keys))
        _move(*before, keys, values)
    return keys[keys != _EMPTY], values[keys != _EMPTY]


def _table(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.full(size, _EMPTY, np.int64), np.zeros(size, np.int64)


@part
def _slot(keys: Any, last: Any, key: Any) -> Any:
    """Where a key is, or the empty place where it would be."""
    slot = np.int64((np.uint64(key) * _MIX) >> _HALF) & last
    found = load_long(keys + 8 * slot)
    while found != key and found != _EMPTY:
        slot = (slot + 1) & last
        found = load_long(keys + 8 * slot)
    return slot


@kernel
def _count_pairs(
    numbers: Any, counts: Any, min_count: Any, keys: Any, values: Any, state: Any
) -> bool:
    """Go on from the position in ``state``; False when the table is half full."""
    position, used = state[0], state[1]
    table, last = keys.ctypes.data, keys.shape[0] - 1
    while position < numbers.shape[0] - 1 and 2 * used <= last:
        first, second = np.int64(numbers[position]), np.int64(numbers[position + 1])
        position += 1
        if first < 0 or second < 0:
            continue
        if counts[first] < min_count or counts[second] < min_count:
            continue
        key = first << 32 | second
        slot = _slot(table, last, key)
        if keys[slot] == _EMPTY:
            keys[slot] = key
            used += 1
        values[slot] += 1
    state[0], state[1] = position, used
    return bool(2 * used <= last)


@kernel
def _move(before: Any, counted: Any, keys: Any, values: Any) -> None:
    """Enter everything into a larger, empty table."""
    table, last = keys.ctypes.data, keys.shape[0] - 1
    for index in range(before.shape[0]):
        if before[index] != _EMPTY:
            slot = _slot(table, last, before[index])
            keys[slot], values[slot] = before[index], counted[index]


@kernel
def _join(numbers: Any, chosen: Any, counts: Any) -> None:
    """Give each pair of ``chosen`` (sorted) its own number, the first ones behind the words'."""
    words = counts.shape[0] - chosen.shape[0]
    position = 0
    while position < numbers.shape[0] - 1:
        first, second = np.int64(numbers[position]), np.int64(numbers[position + 1])
        position += 1
        if first < 0 or second < 0:
            continue
        key = first << 32 | second
        low, high = 0, chosen.shape[0]
        while low < high:
            middle = (low + high) // 2
            if chosen[middle] < key:
                low = middle + 1
            else:
                high = middle
        if low < chosen.shape[0] and chosen[low] == key:
            counts[first] -= 1
            counts[second] -= 1
            counts[words + low] += 1
            numbers[position - 1], numbers[position] = words + low, SKIPPED
            position += 1
