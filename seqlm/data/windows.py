"""Centre and context: which words are kept, how far each looks, and which are drawn as noise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import kernel, part

END_OF_SENTENCE = -1
"""Stands between two sentences in a row of word ids; no window reaches over it."""

STEP = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_LOW = np.uint64(0xFFFFFFFF)
_WHOLE = 2.0**32


class Noise(NamedTuple):
    """A table to draw words from in constant time (Vose, 1991).

    Attributes:
        threshold: for each entry the 32-bit draw up to which it is itself taken.
        other: who is taken above that.
    """

    threshold: NDArray[np.uint32]
    other: NDArray[np.int32]


class Kept(NamedTuple):
    """The words of a chunk that subsampling left, and for each the first and last of its window."""

    words: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]


def room_for(num_words: int) -> Kept:
    """Space for the kept words of a chunk of ``num_words``."""
    return Kept(*(np.empty(num_words, np.int32) for _ in Kept._fields))


def keep_thresholds(counts: NDArray[np.int64], subsample: float) -> NDArray[np.uint32]:
    """How often each word is kept: at a 32-bit draw of at most this number.

    A word of relative frequency f is kept with probability sqrt(t / f) + t / f, as the program of
    Mikolov et al. (2013, arXiv:1310.4546) does, a little more often than their section 2.3 says.

    Args:
        counts: occurrences of each word.
        subsample: t; 0 keeps everything.
    """
    if subsample == 0:
        return np.full(len(counts), 2**32 - 1, np.uint32)
    ratio = subsample * counts.sum() / np.maximum(counts, 1)
    probability: NDArray[np.float64] = np.sqrt(ratio) + ratio
    return np.minimum(probability * _WHOLE, _WHOLE - 1).astype(np.uint32)


def noise_table(weights: NDArray[np.float64]) -> Noise:
    """The table that draws entries in proportion to ``weights``."""
    share = weights / weights.sum() * len(weights)
    other = np.arange(len(weights), dtype=np.int32)
    _fill_alias(share, other)
    return Noise(np.minimum(share * _WHOLE, _WHOLE - 1).astype(np.uint32), other)


@kernel
def _fill_alias(share: Any, other: Any) -> None:
    """Fill what each small share lacks of 1 from a large one; ``share`` becomes what is its own."""
    num = share.shape[0]
    stack = np.empty(num, np.int32)  # small ones from the left, large ones from the right
    small, large = 0, num
    for entry in range(num):
        if share[entry] < 1.0:
            stack[small] = entry
            small += 1
        else:
            large -= 1
            stack[large] = entry
    while small > 0 and large < num:
        lacking, giving = stack[small - 1], stack[large]
        other[lacking] = giving
        share[giving] -= 1.0 - share[lacking]
        small -= 1
        if share[giving] < 1.0:
            large += 1
            stack[small] = giving
            small += 1
    for index in range(small):  # nothing but rounding is lacking
        share[stack[index]] = 1.0
    for index in range(large, num):
        share[stack[index]] = 1.0


@part
def mix(state: Any) -> Any:
    """One number of splitmix64 (Steele, Lea & Flood, 2014); the state goes on by ``STEP``."""
    state = (state ^ (state >> _S30)) * _M1
    state = (state ^ (state >> _S27)) * _M2
    return state ^ (state >> _S31)


@part
def start(seed: Any, chunk: Any) -> Any:
    """Where a chunk's own generator starts."""
    return mix(mix(np.uint64(seed)) + np.uint64(chunk))


@part
def below(number: Any, limit: Any) -> Any:
    """The low half of a 64-bit draw as an integer from 0 to ``limit - 1``."""
    return np.int64(((number & _LOW) * np.uint64(limit)) >> HALF)


@part
def subsample(ids: Any, keep: Any, window: Any, state: Any, kept: Any) -> Any:
    """Drop frequent words by chance, and draw for each that stays how far its window reaches.

    Args:
        ids: words with ``END_OF_SENTENCE`` between sentences.
        keep: see ``keep_thresholds``.
        window: the widest reach; each reach from 1 to it is as likely.
        state: of the generator.
        kept: filled in.

    Returns:
        How many words were kept, and the state.
    """
    num, sentence = 0, 0
    for index in range(ids.shape[0] + 1):
        word = ids[index] if index < ids.shape[0] else np.int32(END_OF_SENTENCE)
        if word < 0:
            for place in range(sentence, num):
                kept.first[place] = max(kept.first[place], sentence)
                kept.last[place] = min(kept.last[place], num - 1)
            sentence = num
            continue
        state += STEP
        number = mix(state)
        if np.uint32(number >> HALF) <= keep[word]:
            reach = below(number, window) + 1
            kept.words[num] = word
            kept.first[num] = num - reach
            kept.last[num] = num + reach
            num += 1
    return num, state


def chunk_bounds(ids: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Where to divide ``ids``: after about ``size`` words, at the end of a sentence if one is near.

    A sentence of more than ``size`` words is divided, at the cost of a few windows.
    """
    wanted = np.arange(size, len(ids), size)
    ends = np.flatnonzero(ids == END_OF_SENTENCE) + 1
    if len(ends):
        nearest = ends[np.minimum(np.searchsorted(ends, wanted), len(ends) - 1)]
        wanted = np.where(np.abs(nearest - wanted) < size, nearest, wanted)
    return np.unique(np.concatenate([[0], wanted, [len(ids)]]))
