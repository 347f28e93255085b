"""Words and their vectors: the nearest, analogies, similarities. numpy alone.

The matrix may be a mapped file: nothing of it is copied, and the lengths of its rows are computed
with the first product over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import InputError, ModelError
from seqlm.models.word_list import WordList

Method = Literal["add", "mul"]
Floats = NDArray[np.float32]

_SCORES = 1 << 24  # cosines held at once, 64 MB
_EPSILON = 0.001  # of 3CosMul


class Neighbor(NamedTuple):
    """A word and its score, the cosine but for 3CosMul."""

    word: str
    cosine: float


class Subwords(Protocol):
    """What gives a vector to a word that is not in the list."""

    def vector(self, word: str) -> Floats | None:
        """The vector (dim,) of ``word``; None if not even a part of it is known."""


class WordVectors:
    """Words with their vectors.

    Args:
        words: different words.
        matrix: float32 (words, dim), a row for each; kept as it is, so it may be a mapped file.
        subwords: gives vectors to unknown words.
        remarks: what was not read as it stood in the file, a sentence each.

    Raises:
        InputError: there are no words, they are not as ``WordList`` wants them, or their number is
            not that of the rows.
    """

    def __init__(
        self,
        words: Sequence[str],
        matrix: Floats,
        subwords: Subwords | None = None,
        remarks: Sequence[str] = (),
    ) -> None:
        self.words = words if isinstance(words, WordList) else WordList.of(words)
        if matrix.ndim != 2 or len(matrix) != len(self.words) or not matrix.size:
            raise InputError(
                f"{len(self.words):,} words do not fit a matrix of shape {matrix.shape}",
                "one row for each word",
            )
        self.matrix: Floats = np.asarray(matrix)
        self.subwords = subwords
        self.remarks = tuple(remarks)
        self._lengths: Floats | None = None

    def __len__(self) -> int:
        return len(self.words)

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return int(self.matrix.shape[1])

    def __contains__(self, word: object) -> bool:
        return word in self.words

    def vector_of(self, word: str) -> Floats | None:
        """The vector (dim,) of ``word``, from its parts if it is not in the list, or None."""
        number = self.words.find(word)
        if number is not None:
            row: Floats = self.matrix[number]
            return row
        return self.subwords.vector(word) if self.subwords else None

    def __getitem__(self, word: str) -> Floats:
        """The vector (dim,) of ``word``.

        Raises:
            InputError: it has none.
        """
        vector = self.vector_of(word)
        if vector is None:
            near = word.lower()
            hint = f"try {near}" if near in self else "another word, or vectors of more text"
            raise InputError(f"{word!r} has no vector", hint)
        return vector

    def similarity(self, one: str, other: str) -> float:
        """The cosine of two words; 0 where a vector is all zeros.

        Raises:
            InputError: one of them has no vector.
        """
        return float(unit(self[one]) @ unit(self[other]))

    def neighbors(self, word: str, n: int = 10) -> list[Neighbor]:
        """The ``n`` words of the highest cosine with ``word``, which is not among them.

        Raises:
            InputError: it has no vector.
        """
        return self.nearest(unit(self[word])[None], [[word]], n)[0]

    def analogy(self, a: str, b: str, c: str, n: int = 1, method: Method = "add") -> list[Neighbor]:
        """The words that are to ``c`` as ``b`` is to ``a``; none of the three is among them.

        Raises:
            InputError: one of the three has no vector.
        """
        return self.analogies([(a, b, c)], n, method)[0]

    def analogies(
        self, questions: Sequence[tuple[str, str, str]], n: int = 1, method: Method = "add"
    ) -> list[list[Neighbor]]:
        """``analogy`` for many questions: the matrix is read once for a batch.

        Args:
            method: ``add`` ranks by cos(d, b - a + c) of unit vectors (Mikolov et al. 2013,
                arXiv:1301.3781), ``mul`` by cos(d, b) cos(d, c) / (cos(d, a) + 0.001) of cosines
                moved to [0, 1] (Levy and Goldberg, 2014, equation 4).
        """
        rows = np.array([[unit(self[word]) for word in question] for question in questions])
        if not len(rows):
            return []
        excluded = [list(question) for question in questions]
        if method == "mul":
            return self._nearest_by_product(rows, excluded, n)
        wanted = rows[:, 1] - rows[:, 0] + rows[:, 2]
        return self.nearest(np.array([unit(row) for row in wanted]), excluded, n)

    def nearest(
        self, queries: NDArray[np.float64], excluded: Sequence[Sequence[str]], n: int
    ) -> list[list[Neighbor]]:
        """The ``n`` nearest words to each query, the nearest first, ties in the list's order.

        Args:
            queries: (queries, dim), of length one or zero.
            excluded: for each query the words that are not wanted.
        """
        batch = max(1, _SCORES // len(self))
        found = []
        for start in range(0, len(queries), batch):
            part = queries[start : start + batch]
            for query, scores, words in zip(
                part, self._cosines(part), excluded[start : start + batch], strict=True
            ):
                best = self._best(scores, words, n)
                # The product's last digits depend on the batch; what is shown does not.
                exact = np.array([unit(self.matrix[number]) @ query for number in best])
                order = np.lexsort((best, -exact))
                found.append([Neighbor(self.words[best[i]], float(exact[i])) for i in order])
        return found

    def _nearest_by_product(
        self, rows: NDArray[np.float64], excluded: Sequence[Sequence[str]], n: int
    ) -> list[list[Neighbor]]:
        """3CosMul; ``rows`` is (questions, 3, dim), unit vectors of a, b and c."""
        batch = max(1, _SCORES // len(self) // 3)
        found = []
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            moved = (self._cosines(part.reshape(-1, self.dim)) + 1) / 2
            for (a, b, c), words in zip(
                moved.reshape(len(part), 3, -1), excluded[start : start + batch], strict=True
            ):
                scores = b * c / (a + np.float32(_EPSILON))
                best = self._best(scores, words, n)
                found.append([Neighbor(self.words[i], float(scores[i])) for i in best])
        return found

    def _best(self, scores: Floats, unwanted: Sequence[str], n: int) -> NDArray[np.int64]:
        """The numbers of the ``n`` highest scores, the highest first, ties by number."""
        for word in unwanted:
            number = self.words.find(word)
            if number is not None:
                scores[number] = -np.inf
        n = min(n, len(self))
        if n < 1:
            return np.empty(0, np.int64)
        if n == 1 and scores.max() > -np.inf:
            return np.array([np.argmax(scores)])
        lowest = np.partition(scores, len(self) - n)[len(self) - n]
        numbers = np.flatnonzero((scores >= lowest) & (scores > -np.inf))
        return numbers[np.lexsort((numbers, -scores[numbers]))][:n]

    def _cosines(self, queries: NDArray[np.float64]) -> Floats:
        """Float32 (queries, words) for unit queries; the words' lengths come with the first."""
        narrow: Floats = np.ascontiguousarray(queries, np.float32)
        # One product over all rows: block by block, a busy machine makes each wait for a thread.
        scores: Floats = narrow @ self.matrix.T
        if self._lengths is None:
            self._lengths = _row_lengths(self.matrix)
        scores /= np.where(self._lengths > 0, self._lengths, np.float32(1))
        return scores


def unit(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    """``vector`` at length one, in float64; a vector of zeros stays one."""
    wide = vector.astype(np.float64)
    length = np.sqrt(wide @ wide)
    return wide / length if length else wide


def _row_lengths(matrix: Floats) -> Floats:
    """Float32 (rows,).

    Raises:
        ModelError: a number is not finite, or too large to be squared.
    """
    squares = np.einsum("ij,ij->i", matrix, matrix)
    if not np.isfinite(squares).all():
        raise ModelError("a vector is not finite, or longer than 1e19", "train it again")
    lengths: Floats = np.sqrt(squares)
    return lengths
