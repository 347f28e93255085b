"""Counting n-grams order by order, in memory or on disk.

An n-gram is a node: its context (the n-gram without its last token, a node of the order below) and
that last token, packed into one integer,

    key = context * vocab_size + token

so that sorting keys is all there is to counting, whatever the order and the vocabulary. Nodes of an
order are numbered by their keys' order; those of order 1 are the tokens themselves.

A line begins after ``END_ID`` and its first tokens have contexts that begin with it (KenLM's
``<s>``); its own end is predicted as ``END_ID`` (``</s>``), and no context goes back beyond it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.data.mapped import forget
from seqlm.models.large_arrays import ArrayStore
from seqlm.tokenizers.tokenizer import END_ID

Keys = NDArray[np.int64]
Counts = NDArray[np.integer]
"""Counts of n-grams, or their numbers: 32 bits if the corpus allows it, else 64."""


class _Run(NamedTuple):
    """Sorted, different keys with their counts and the nodes of their suffixes."""

    keys: Keys
    counts: Counts
    suffixes: Counts


@dataclass(frozen=True)
class OrderCounts:
    """The n-grams of one order, sorted by key.

    Attributes:
        keys: context * vocab_size + token, (n-grams,).
        counts: how often each occurs, (n-grams,).
        suffixes: the node, one order below, of each n-gram without its first token, (n-grams,).
    """

    keys: Keys
    counts: Counts
    suffixes: Counts

    def __len__(self) -> int:
        return len(self.keys)


def count_ngrams(
    ids: NDArray[np.integer], order: int, vocab_size: int, store: ArrayStore
) -> list[OrderCounts]:
    """Count all n-grams up to ``order``.

    Args:
        ids: the corpus, (tokens,), each line followed by ``END_ID``; it may be mapped from disk.
        order: the longest n-gram.
        vocab_size: ids are below it.
        store: gives the large arrays, and how much memory may be used at once.

    Returns:
        The counts of orders 1 to ``order``; order 1 has an entry for each id, seen or not.
    """
    block = store.block_length
    blocks = [slice(start, min(start + block, len(ids))) for start in range(0, len(ids), block)]
    counted = [_count_tokens(ids, vocab_size, blocks)]
    nodes: NDArray[np.integer] = ids
    for n in range(2, order + 1):
        counts, upper = _count_order(ids, nodes, blocks, vocab_size, n, store)
        counted.append(counts)
        if n > 2:
            store.free(nodes)
        nodes = upper
    return counted


def _count_order(
    ids: NDArray[np.integer],
    nodes: NDArray[np.integer],
    blocks: list[slice],
    vocab_size: int,
    n: int,
    store: ArrayStore,
) -> tuple[OrderCounts, Counts]:
    """Count order ``n``, and give each position the node of the n-gram that ends there, or -1."""
    upper = store.zeros(len(ids), np.int32 if len(ids) + vocab_size < 2**31 else np.int64)
    runs = [_count_block(ids, nodes, upper, part, vocab_size, n, store) for part in blocks]
    if len(runs) == 1:
        return OrderCounts(*runs[0]), upper
    merged = OrderCounts(*_merge(runs, store))
    _number_as_merged(upper, merged.keys, blocks, runs, store)
    return merged, upper


def _count_tokens(ids: NDArray[np.integer], vocab_size: int, blocks: list[slice]) -> OrderCounts:
    counts = np.zeros(vocab_size, np.int64)
    for part in blocks:
        counts += np.bincount(ids[part], minlength=vocab_size)
        forget(ids)
    return OrderCounts(np.arange(vocab_size), counts, np.zeros(vocab_size, np.int64))


def _count_block(
    ids: NDArray[np.integer],
    nodes: NDArray[np.integer],
    upper: NDArray[np.integer],
    part: slice,
    vocab_size: int,
    n: int,
    store: ArrayStore,
) -> _Run:
    """Count the n-grams that end in one block; ``upper`` gets their ranks in it, -1 for none."""
    contexts = _contexts(ids, nodes, part, n)
    valid = np.flatnonzero(contexts >= 0)
    keys = contexts[valid] * vocab_size + ids[part][valid]
    by_key = np.argsort(keys)
    keys = keys[by_key]
    new = np.empty(len(keys), np.bool_)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    ranks = np.full(part.stop - part.start, -1, upper.dtype)
    ranks[valid[by_key]] = np.cumsum(new) - 1
    upper[part] = ranks
    counts = np.diff(starts, append=len(keys)).astype(upper.dtype)
    suffixes = nodes[part][valid[by_key[starts]]].astype(upper.dtype)
    run = _Run(store.keep(keys[starts]), store.keep(counts), store.keep(suffixes))
    store.rest()
    forget(ids)
    return run


def _contexts(ids: NDArray[np.integer], nodes: NDArray[np.integer], part: slice, n: int) -> Keys:
    """For each position of a block the node of the n - 1 tokens before it, -1 if there is none."""
    contexts = np.empty(part.stop - part.start, np.int64)
    first = part.start == 0
    contexts[1 if first else 0 :] = nodes[part.start - 1 + first : part.stop - 1]
    if n > 2:
        before = ids[part.start - 1 + first : part.stop - 1]
        contexts[1 if first else 0 :][before == END_ID] = -1
    if first:
        contexts[0] = END_ID if n == 2 else -1
    return contexts


def _merge(runs: list[_Run], store: ArrayStore) -> _Run:
    """Merge sorted runs, adding the counts of equal keys, a range of keys at a time."""
    most = sum(len(run.keys) for run in runs)
    merged = _Run(
        store.zeros(most, np.int64),
        store.zeros(most, runs[0].counts.dtype),
        store.zeros(most, runs[0].counts.dtype),
    )
    filled = 0
    for low, high in _ranges(runs, store.block_length // 2):
        part = _merge_range(runs, low, high)
        end = filled + len(part.keys)
        for whole, column in zip(merged, part, strict=True):
            whole[filled:end] = column
        filled = end
        store.rest()
    return _Run(merged.keys[:filled], merged.counts[:filled], merged.suffixes[:filled])


def _number_as_merged(
    upper: NDArray[np.integer],
    keys: Keys,
    blocks: list[slice],
    runs: list[_Run],
    store: ArrayStore,
) -> None:
    """Turn ranks within each block's run into nodes, which are ranks in the merged ``keys``."""
    for part, run in zip(blocks, runs, strict=True):
        there = upper[part] >= 0
        upper[part][there] = np.searchsorted(keys, run.keys)[upper[part][there]]
        store.free(*run)
        store.rest()


def _ranges(runs: list[_Run], block: int) -> Iterator[tuple[int, int]]:
    """Ranges of keys that divide the runs into parts of about ``block`` entries."""
    step = max(1, block // len(runs))
    samples = np.sort(np.concatenate([run.keys[::step] for run in runs]))
    bounds = [*np.unique(samples[:: len(runs)]).tolist(), np.iinfo(np.int64).max]
    yield from pairwise(bounds)


def _merge_range(runs: list[_Run], low: int, high: int) -> _Run:
    spans = [(run, *np.searchsorted(run.keys, (low, high))) for run in runs]
    keys, counts, suffixes = (
        np.concatenate([run[column][start:stop] for run, start, stop in spans])
        for column in range(3)
    )
    by_key = np.argsort(keys, kind="stable")
    keys = keys[by_key]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return _Run(keys[starts], np.add.reduceat(counts[by_key], starts), suffixes[by_key[starts]])
