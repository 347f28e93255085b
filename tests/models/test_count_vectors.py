"""Co-occurrence, PPMI and SVD, each against a reckoning by hand or by brute force."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from seqlm.models.count_vectors import PairCounter, Pairs, SparseMatrix, ppmi, truncated_svd


def dense(matrix: SparseMatrix) -> np.ndarray:
    size = len(matrix.row_starts) - 1
    full = np.zeros((size, size))
    rows = np.repeat(np.arange(size), np.diff(matrix.row_starts))
    full[rows, matrix.columns] = matrix.values
    return full


def pairs_of(counts: dict[tuple[int, int], int], size: int) -> Pairs:
    keys = np.array([a * size + b for a, b in counts], np.int64)
    order = np.argsort(keys)
    return Pairs(keys[order], np.array(list(counts.values()), np.int64)[order])


def test_windows_by_hand() -> None:
    """Else words would be counted over the end of a line, or near ones no more than far ones."""
    counter = PairCounter(4, window=2)
    counter.add(np.array([0, 1, 2, 1, 3], np.int32), np.array([0, 0, 0, 1, 1]))
    keys, weights = counter.pairs()
    # line 0 is "0 1 2": neighbours count 2, the pair (0, 2) two apart counts 1; line 1 is "1 3"
    assert dict(zip(keys.tolist(), weights.tolist(), strict=True)) == {
        0 * 4 + 1: 2, 1 * 4 + 2: 2, 0 * 4 + 2: 1, 1 * 4 + 3: 2,
    }  # fmt: skip


@pytest.mark.parametrize("linear", [True, False])
def test_counting_in_pieces_against_a_loop(linear: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else sorted runs that are merged would lose or double pairs."""
    monkeypatch.setattr("seqlm.models.count_vectors._WAITING", 500)
    rng = np.random.default_rng(1)
    counter, expected = PairCounter(12, 4, linear=linear), Counter[int]()
    for _ in range(20):
        ids = rng.integers(0, 12, 90).astype(np.int32)
        lines = np.sort(rng.integers(0, 9, 90))
        counter.add(ids, lines)
        for i in range(90):
            for j in range(i + 1, min(i + 5, 90)):
                if lines[i] == lines[j]:
                    low, high = sorted((int(ids[i]), int(ids[j])))
                    expected[low * 12 + high] += 5 - (j - i) if linear else 1
    keys, weights = counter.pairs()
    assert dict(zip(keys.tolist(), weights.tolist(), strict=True)) == dict(expected)
    assert (np.diff(keys) > 0).all()


def test_no_pairs_at_all() -> None:
    """Else a text of lines of one word would end in a traceback."""
    counter = PairCounter(3, 5)
    counter.add(np.array([0, 1, 2], np.int32), np.array([0, 1, 2]))
    counter.add(np.empty(0, np.int32), np.empty(0, np.int64))
    assert len(counter.pairs().keys) == 0
    assert len(ppmi(counter.pairs(), 3)[0].values) == 0


def test_ppmi_of_a_table_by_hand() -> None:
    """Else the weights would not be those of Levy, Goldberg and Dagan (2015)."""
    # Words a and b; the pair (a, a) was counted once, so twice seen from both sides, (a, b) twice.
    #        a  b | n
    #     a  2  2 | 4         p(a) = 4/6, p(b) = 2/6 without smoothing
    #     b  2  0 | 2
    pairs = pairs_of({(0, 0): 1, (0, 1): 2}, 2)
    # a, a: log 2 / (4 * 4/6) = log 3/4 < 0; a, b: log 2 / (4 * 2/6) = log 3/2;
    # b, a: log 2 / (2 * 4/6) = log 3/2
    matrix, transposed = ppmi(pairs, 2, smoothing=1)
    np.testing.assert_allclose(dense(matrix), [[0, np.log(1.5)], [np.log(1.5), 0]], rtol=1e-6)
    np.testing.assert_allclose(dense(transposed), dense(matrix).T, rtol=1e-6)
    # Smoothed: 4^.75 = 2.828427, 2^.75 = 1.681793, so p(a) = .627115 and p(b) = .372885:
    # a, b: log 2 / (4 * .372885) = log 1.340896; b, a: log 2 / (2 * .627115) = log 1.594604
    matrix, transposed = ppmi(pairs, 2, smoothing=0.75)
    expected = [[0, np.log(1.340896)], [np.log(1.594604), 0]]
    np.testing.assert_allclose(dense(matrix), expected, rtol=1e-5)
    np.testing.assert_allclose(dense(transposed), dense(matrix).T, rtol=1e-6)
    # A shift of k = 1.4 takes log 1.4 from each: only b, a stays above zero.
    matrix, _ = ppmi(pairs, 2, smoothing=0.75, shift=1.4)
    np.testing.assert_allclose(dense(matrix), [[0, 0], [np.log(1.594604 / 1.4), 0]], rtol=1e-4)


def test_svd_against_numpy() -> None:
    """Else the vectors would not be the best of their size."""
    rng = np.random.default_rng(3)
    full = np.where(rng.random((60, 60)) < 0.3, rng.random((60, 60)), 0).astype(np.float32)
    full += np.outer(rng.random(60), rng.random(60)).astype(np.float32) * 3
    vectors, values = truncated_svd(sparse(full), sparse(full.T), 5, iterations=12)
    left, expected, _ = np.linalg.svd(full.astype(float))
    np.testing.assert_allclose(values, expected[:5], rtol=1e-4)
    np.testing.assert_allclose(np.abs(vectors.T @ left[:, :5]), np.eye(5), atol=2e-2)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(5), atol=1e-5)
    largest = np.abs(vectors).argmax(axis=0)
    assert (vectors[largest, range(5)] > 0).all()
    again, _ = truncated_svd(sparse(full), sparse(full.T), 5, iterations=12)
    assert again.tobytes() == vectors.tobytes()


def sparse(full: np.ndarray) -> SparseMatrix:
    rows, columns = np.nonzero(full)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(full)))])
    return SparseMatrix(starts, columns.astype(np.int32), full[rows, columns].astype(np.float32))
