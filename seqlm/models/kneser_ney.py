"""Interpolated modified Kneser-Ney (Chen and Goodman, 1998), as KenLM's lmplz computes it.

With a(g) the adjusted count of an n-gram g = h w (h its context, ' drops the first token),

    p(w | h) = (a(h w) - D(a(h w))) / sum_v a(h v) + gamma(h) p(w | h')
    gamma(h) = sum_v D(a(h v)) / sum_v a(h v)

down to order 0, where p is 1 / vocab_size (Heafield et al., 2013, "Scalable Modified Kneser-Ney
Language Model Estimation"). a is the count for the highest order and for n-grams that begin a
line, and else the number of different tokens that come before g. D(1), D(2) and D(3 or more) follow
from the numbers n_j of n-grams whose a is j, for each order:

    y = n_1 / (n_1 + 2 n_2)        D(j) = j - (j + 1) y n_(j+1) / n_j
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqlm.models.large_arrays import ArrayStore
from seqlm.models.ngram_counts import Counts, OrderCounts
from seqlm.models.ngram_table import NgramTable

_BLOCK = 1 << 18
FALLBACK = (0.5, 1.0, 1.5)  # lmplz --discount_fallback


@dataclass(frozen=True)
class Discounts:
    """What is taken off the counts of one order: D(1), D(2) and D(3 or more).

    Attributes:
        values: the three discounts.
        estimated: False if the text is too small, or too unlike language, to estimate them.
    """

    values: tuple[float, float, float]
    estimated: bool

    def of(self, adjusted: Counts) -> NDArray[np.float64]:
        """The discount of each adjusted count; nothing is taken off 0."""
        return np.array([0.0, *self.values])[np.minimum(adjusted, 3)]


def estimate_discounts(adjusted: Counts) -> Discounts:
    """Chen and Goodman's discounts, or the fallback where a formula fails or is out of range."""
    n = np.zeros(6)
    for start in range(0, len(adjusted), _BLOCK):
        n += np.bincount(np.minimum(adjusted[start : start + _BLOCK], 5), minlength=6)
    if not n[1:4].all():
        return Discounts(FALLBACK, estimated=False)
    y = n[1] / (n[1] + 2 * n[2])
    values = tuple(float(j - (j + 1) * y * n[j + 1] / n[j]) for j in (1, 2, 3))
    if not all(0 < value <= j for j, value in enumerate(values, start=1)):
        return Discounts(FALLBACK, estimated=False)
    return Discounts((values[0], values[1], values[2]), estimated=True)


def estimate(
    counted: list[OrderCounts], vocab_size: int, store: ArrayStore
) -> tuple[NgramTable, list[Discounts]]:
    """The probabilities of every counted n-gram, and the weights of the orders below.

    Args:
        counted: orders 1 and up, of one text (``count_ngrams``).
        vocab_size: the uniform distribution's size.
        store: gives the arrays of the table; it has to stay open as long as the table is used.
    """
    log_probs: list[NDArray[np.float32]] = []
    backoffs: list[NDArray[np.float32]] = []
    discounts: list[Discounts] = []
    lower = store.zeros(0, np.float64)
    for n, counts in enumerate(counted, start=1):
        following = counted[n] if n < len(counted) else None
        adjusted = _adjusted_counts(counts, following, store)
        discounts.append(estimate_discounts(adjusted))
        probs = store.zeros(len(counts), np.float64)
        log_probs.append(store.zeros(len(counts), np.float32))
        if n == 1:
            probs[:] = _unigrams(adjusted, discounts[-1])
            log_probs[-1][:] = np.log(probs)
        else:
            backoffs.append(store.zeros(len(lower), np.float32))
            for part in _whole_contexts(counts.keys, vocab_size, store.block_length):
                probs[part] = _interpolate(
                    counts, adjusted, part, discounts[-1], vocab_size, lower, backoffs[-1]
                )
                log_probs[-1][part] = np.log(probs[part])
                store.rest()
        if following is not None:
            store.free(adjusted)
        del adjusted
        store.free(lower)
        lower = probs
    keys = tuple(counts.keys for counts in counted[1:])
    return NgramTable(vocab_size, keys, tuple(log_probs), tuple(backoffs)), discounts


def _adjusted_counts(
    counts: OrderCounts, following: OrderCounts | None, store: ArrayStore
) -> Counts:
    """a(g): how many n-grams of the order above end in g; its count where there is no such one."""
    if following is None:
        return counts.counts
    adjusted = store.zeros(len(counts), counts.counts.dtype)
    for start in range(0, len(following), store.block_length):
        suffixes = following.suffixes[start : start + store.block_length]
        nodes, times = np.unique(suffixes, return_counts=True)
        adjusted[nodes] += times
        store.rest()
    for start in range(0, len(counts), store.block_length):
        part = slice(start, start + store.block_length)
        # What begins a line has nothing before it: its count stands.
        np.copyto(adjusted[part], counts.counts[part], where=adjusted[part] == 0)
        store.rest()
    return adjusted


def _unigrams(adjusted: Counts, discounts: Discounts) -> NDArray[np.float64]:
    total = adjusted.sum(dtype=np.int64)
    taken = discounts.of(adjusted)
    probs: NDArray[np.float64] = (adjusted - taken + taken.sum() / len(adjusted)) / total
    return probs


def _whole_contexts(keys: NDArray[np.int64], vocab_size: int, block: int) -> Iterator[slice]:
    """Slices of about ``block`` n-grams that divide no context."""
    start = 0
    while start < len(keys):
        stop = min(start + block, len(keys))
        if stop < len(keys):
            context = int(keys[stop - 1]) // vocab_size
            stop = int(np.searchsorted(keys, (context + 1) * vocab_size))
        yield slice(start, stop)
        start = stop


def _interpolate(
    counts: OrderCounts,
    adjusted: Counts,
    part: slice,
    discounts: Discounts,
    vocab_size: int,
    lower: NDArray[np.float64],
    backoffs: NDArray[np.float32],
) -> NDArray[np.float64]:
    """p(w | h) of the n-grams in ``part``; log gamma(h) goes into ``backoffs``."""
    contexts = counts.keys[part] // vocab_size
    starts = np.flatnonzero(np.concatenate([[True], contexts[1:] != contexts[:-1]]))
    sizes = np.diff(starts, append=len(contexts))
    taken = discounts.of(adjusted[part])
    totals = np.add.reduceat(adjusted[part], starts, dtype=np.float64)
    gamma = np.add.reduceat(taken, starts) / totals
    backoffs[contexts[starts]] = np.log(gamma)
    own: NDArray[np.float64] = (adjusted[part] - taken) / np.repeat(totals, sizes)
    return own + np.repeat(gamma, sizes) * lower[counts.suffixes[part]]
