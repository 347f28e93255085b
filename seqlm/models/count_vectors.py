"""Count-based vectors: co-occurrences, positive pointwise mutual information, truncated SVD.

After Levy, Goldberg and Dagan (2015), "Improving distributional similarity with lessons learned
from word embeddings". Counts are kept as sorted runs of pairs, so memory grows with the pairs that
occur, not with the square of the vocabulary. The products with the sparse matrix are torch's: it is
there anyway and uses all cores, so neither scipy nor a kernel of our own is needed.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_WEIGHT_BITS = 8
MAX_WINDOW = (1 << _WEIGHT_BITS) - 1
_WAITING = 1 << 22  # pairs that are sorted at once, 32 MB of them
_OVERSAMPLING = 10


class Pairs(NamedTuple):
    """Pairs of words and how often they stand near each other.

    Attributes:
        keys: first * vocab_size + second, first <= second, sorted, each once.
        weights: the count of each; nearer pairs may count more (see ``PairCounter``).
    """

    keys: Ints
    weights: Ints


class PairCounter:
    """Counts the unordered pairs of words that are at most ``window`` apart in a line.

    Args:
        vocab_size: word ids are 0 to vocab_size - 1.
        window: at most 255.
        linear: a pair d apart counts window + 1 - d times, in the mean what word2vec's windows of
            random size make of it; else once.
    """

    def __init__(self, vocab_size: int, window: int, *, linear: bool = True) -> None:
        self._vocab_size = vocab_size
        self._window = window
        self._linear = linear
        self._waiting: list[Ints] = []
        self._num_waiting = 0
        self._runs: list[Pairs] = []

    def add(self, ids: NDArray[np.int32], lines: Ints) -> None:
        """Count the pairs of a text.

        Args:
            ids: (tokens,)
            lines: (tokens,), the number of the line that each stands in; they never fall.
        """
        for distance in range(1, min(self._window, len(ids) - 1) + 1):
            same = lines[distance:] == lines[:-distance]
            one = ids[:-distance][same].astype(np.int64)
            other = ids[distance:][same].astype(np.int64)
            key = np.minimum(one, other) * self._vocab_size + np.maximum(one, other)
            weight = self._window + 1 - distance if self._linear else 1
            self._waiting.append(key << _WEIGHT_BITS | weight)
            self._num_waiting += len(key)
            if self._num_waiting >= _WAITING:
                self._sort()

    def _sort(self) -> None:
        packed = np.sort(np.concatenate([*self._waiting, np.empty(0, np.int64)]))
        self._waiting, self._num_waiting = [], 0
        run = _summed(packed >> _WEIGHT_BITS, packed & MAX_WINDOW)
        # Runs of like length are merged, as in a merge sort: each pair is moved O(log n) times.
        while self._runs and len(self._runs[-1].keys) < 2 * len(run.keys):
            run = _merged(self._runs.pop(), run)
        self._runs.append(run)

    def pairs(self) -> Pairs:
        """All pairs that were counted."""
        self._sort()
        while len(self._runs) > 1:
            self._runs.append(_merged(self._runs.pop(), self._runs.pop()))
        return self._runs[0]


def _merged(one: Pairs, other: Pairs) -> Pairs:
    keys = np.concatenate([one.keys, other.keys])
    order = np.argsort(keys, kind="stable")  # it finds the two sorted runs and merges them
    return _summed(keys[order], np.concatenate([one.weights, other.weights])[order])


def _summed(keys: Ints, weights: Ints) -> Pairs:
    """Sorted ``keys`` with each once, and the sums of their weights."""
    if not len(keys):
        return Pairs(keys, weights)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return Pairs(keys[starts], np.add.reduceat(weights, starts))


class SparseMatrix(NamedTuple):
    """A square matrix of float32 in compressed rows (CSR).

    Attributes:
        row_starts: (rows + 1,), where each row's entries begin.
        columns: (entries,)
        values: (entries,)
    """

    row_starts: Ints
    columns: NDArray[np.int32]
    values: Floats

    def to_torch(self) -> Tensor:
        """The same memory as a sparse tensor."""
        size = len(self.row_starts) - 1
        starts = torch.from_numpy(self.row_starts.astype(np.int32))
        columns, values = torch.from_numpy(self.columns), torch.from_numpy(self.values)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
            return torch.sparse_csr_tensor(
                starts, columns, values, (size, size), check_invariants=False
            )


def ppmi(
    pairs: Pairs, vocab_size: int, *, shift: float = 1.0, smoothing: float = 0.75
) -> tuple[SparseMatrix, SparseMatrix]:
    """Shifted positive pointwise mutual information of words (rows) and contexts (columns).

        max(0, log n(w, c) - log n(w) - log p(c) - log shift),    p(c) = n(c)^smoothing / sum

    where n counts each pair from both of its sides.

    Args:
        shift: k of the shifted PMI; 1 shifts nothing.
        smoothing: the exponent of the contexts' counts; 1 smooths nothing.

    Returns:
        The matrix and its transpose.
    """
    rows, columns, counts = _both_sides(pairs, vocab_size)
    totals = np.bincount(rows, counts, vocab_size)
    smoothed = totals**smoothing
    with np.errstate(divide="ignore"):
        log_words = np.log(totals)
        log_contexts = np.log(smoothed / max(smoothed.sum(), 1e-300))
    logs = np.log(counts) - np.log(shift)
    matrix = _positive(rows, columns, logs - log_words[rows] - log_contexts[columns], vocab_size)
    logs -= log_words[columns]
    logs -= log_contexts[rows]
    return matrix, _positive(rows, columns, logs, vocab_size)


def _both_sides(
    pairs: Pairs, vocab_size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Row, column and count of every entry of the symmetric matrix of counts, sorted by row."""
    first, second = np.divmod(pairs.keys, vocab_size)
    differ = first != second
    # A word near itself is seen from both of its places.
    weights = np.where(differ, pairs.weights, 2 * pairs.weights)
    rows = np.concatenate([first, second[differ]]).astype(np.int32)
    columns = np.concatenate([second, first[differ]]).astype(np.int32)
    order = np.argsort(rows, kind="stable")
    counts = np.concatenate([weights, weights[differ]]).astype(np.float32)
    return rows[order], columns[order], counts[order]


def _positive(
    rows: NDArray[np.int32], columns: NDArray[np.int32], values: NDArray[np.floating], size: int
) -> SparseMatrix:
    kept = values > 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=size))])
    return SparseMatrix(starts, columns[kept], values[kept].astype(np.float32))


def truncated_svd(
    matrix: SparseMatrix, transposed: SparseMatrix, rank: int, *, iterations: int = 2, seed: int = 1
) -> tuple[Floats, Floats]:
    """The leading left singular vectors and the singular values, approximately.

    Randomised subspace iteration (Halko, Martinsson and Tropp, 2011, algorithm 4.4). The sign of
    each vector is such that its largest entry is positive.

    Args:
        rank: at most the size of the matrix.
        iterations: more are more exact.

    Returns:
        float32 (rows, rank) and (rank,), the largest value first.
    """
    forth, back = matrix.to_torch(), transposed.to_torch()
    size = forth.shape[0]
    generator = torch.Generator().manual_seed(seed)
    basis = torch.randn(size, min(rank + _OVERSAMPLING, size), generator=generator)
    basis = torch.linalg.qr(forth @ basis).Q
    for _ in range(iterations):
        basis = torch.linalg.qr(back @ basis).Q
        basis = torch.linalg.qr(forth @ basis).Q
    small = torch.linalg.qr(back @ basis, mode="r").R
    rotation, values, _ = torch.linalg.svd(small.T)
    vectors = basis @ rotation[:, :rank]
    largest = vectors.abs().argmax(dim=0)
    vectors = vectors * vectors[largest, torch.arange(rank)].sign()
    return vectors.numpy(), values[:rank].numpy()
