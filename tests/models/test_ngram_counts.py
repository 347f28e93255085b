"""Counting n-grams, in memory and in sorted runs on disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from seqlm.models.large_arrays import ArrayStore
from seqlm.models.ngram_counts import OrderCounts, count_ngrams

VOCAB = 6


def random_ids(num_tokens: int, seed: int = 0) -> np.ndarray:
    ids = np.random.default_rng(seed).choice(
        VOCAB, num_tokens, p=[0.1, 0.05, 0.4, 0.25, 0.15, 0.05]
    )
    ids[-1] = 0
    return ids.astype(np.uint16)


def as_grams(counted: list[OrderCounts], n: int) -> list[tuple[int, ...]]:
    """The n-grams of order ``n``; -1 is the beginning of a line."""
    if n == 1:
        return [(token,) for token in range(VOCAB)]
    lower = as_grams(counted, n - 1)
    found = []
    for key in counted[n - 1].keys.tolist():
        context = lower[key // VOCAB]
        found.append(((-1, *context[1:]) if context[0] == 0 else context) + (key % VOCAB,))
    return found


def expected(ids: np.ndarray, n: int) -> Counter[tuple[int, ...]]:
    counts: Counter[tuple[int, ...]] = Counter()
    line = [-1]
    for token in ids.tolist():
        line.append(token)
        if token == 0:
            counts.update(tuple(line[i : i + n]) for i in range(len(line) - n + 1))
            line = [-1]
    counts.pop((-1,), None)
    return counts


@pytest.mark.parametrize("memory_limit", [1 << 30, 1 << 15, 1 << 13])
def test_counts_are_those_of_a_loop(memory_limit: int, tmp_path: Path) -> None:
    """A text larger than the memory limit would give another model than the same text in memory."""
    ids = random_ids(700)
    with ArrayStore(memory_limit, tmp_path) as store:
        counted = count_ngrams(ids, 4, VOCAB, store)
        assert store.spilled == (memory_limit < 1 << 30)
        for n in range(2, 5):
            grams = as_grams(counted, n)
            assert dict(zip(grams, counted[n - 1].counts.tolist(), strict=True)) == expected(ids, n)
            lower = as_grams(counted, n - 1)
            for gram, suffix in zip(grams, counted[n - 1].suffixes.tolist(), strict=True):
                assert lower[suffix] == gram[1:]
    assert counted[0].counts.tolist() == [expected(ids, 1)[(i,)] for i in range(VOCAB)]
    assert not list(tmp_path.iterdir())


def test_by_hand() -> None:
    """Lines "2 3" and an empty one: <s> 2, 2 3, 3 </s> and <s> </s>; no context crosses an end."""
    with ArrayStore(1 << 20) as store:
        counted = count_ngrams(np.array([2, 3, 0, 0]), 3, VOCAB, store)
    assert as_grams(counted, 2) == [(-1, 0), (-1, 2), (2, 3), (3, 0)]
    assert as_grams(counted, 3) == [(-1, 2, 3), (2, 3, 0)]
    assert counted[0].counts.tolist() == [2, 0, 1, 1, 0, 0]


@pytest.mark.parametrize("seed", range(16))
def test_disk_and_memory_agree(seed: int, tmp_path: Path) -> None:
    """Runs are merged by ranges of keys: no entry at an edge may be lost, or counted twice."""
    ids = random_ids(50 + 37 * seed, seed)
    with ArrayStore(1 << 30) as large, ArrayStore(1 << (12 + seed % 4), tmp_path) as small:
        pairs = zip(
            count_ngrams(ids, 5, VOCAB, large), count_ngrams(ids, 5, VOCAB, small), strict=True
        )
        for whole, merged in pairs:
            np.testing.assert_array_equal(whole.keys, merged.keys)
            np.testing.assert_array_equal(whole.counts, merged.counts)
            np.testing.assert_array_equal(whole.suffixes, merged.suffixes)
