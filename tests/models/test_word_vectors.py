"""Nearest words, analogies and similarities on vectors small enough to see through."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seqlm.errors import InputError, ModelError
from seqlm.models.word_list import WordList
from seqlm.models.word_vectors import Floats, WordVectors


@pytest.fixture
def plane() -> WordVectors:
    """Words as directions in a plane, of different lengths; ``nil`` has none."""
    words = ["east", "north", "north-east", "west", "nil"]
    rows = [[2, 0], [0, 1], [3, 3], [-1, 0], [0, 0]]
    return WordVectors(words, np.array(rows, np.float32))


def test_neighbors_are_ranked_by_angle(plane: WordVectors) -> None:
    """Else long vectors, those of frequent words, would be near everything."""
    found = plane.neighbors("east", n=10)
    assert [word for word, _ in found] == ["north-east", "north", "nil", "west"]
    assert [cosine for _, cosine in found] == pytest.approx([math.sqrt(0.5), 0, 0, -1])
    assert plane.neighbors("east", n=1)[0].word == "north-east"
    assert plane.neighbors("east", n=0) == []


def test_a_batch_answers_as_one_by_one() -> None:
    """Else what a file of words gives would not be what the words give."""
    rng = np.random.default_rng(1)
    vectors = WordVectors([f"w{i}" for i in range(300)], rng.normal(size=(300, 9)).astype("f4"))
    asked = [(f"w{i}", f"w{i + 1}", f"w{i + 2}") for i in range(40)]
    for method in ("add", "mul"):
        together = vectors.analogies(asked, 5, method)
        alone = [vectors.analogy(*question, n=5, method=method) for question in asked]
        for one, other in zip(together, alone, strict=True):
            assert [word for word, _ in one] == [word for word, _ in other]
            np.testing.assert_allclose([c for _, c in one], [c for _, c in other], rtol=1e-5)


def test_neighbors_against_a_full_sort() -> None:
    """Else the shortcuts (blocks, partition) could lose a word."""
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(20_000, 3)).astype(np.float32)
    vectors = WordVectors([str(i) for i in range(20_000)], matrix)
    units = matrix.astype(float) / np.linalg.norm(matrix.astype(float), axis=1, keepdims=True)
    best = np.argsort(-(units @ units[17]), kind="stable")[1:8]
    assert [word for word, _ in vectors.neighbors("17", 7)] == [str(i) for i in best]


def test_analogies_add_and_multiply() -> None:
    """Else a : b :: c : ? would be answered by other formulas than the papers'."""
    words = ["man", "king", "woman", "queen", "apple"]
    rows = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1], [-1, 1, 0]], np.float32)
    vectors = WordVectors(words, rows)
    assert vectors.analogy("man", "king", "woman")[0].word == "queen"
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    man, king, woman, queen = units[:4]
    shifted = [(queen @ other + 1) / 2 for other in (man, king, woman)]
    best = vectors.analogy("man", "king", "woman", method="mul")[0]
    assert best.word == "queen"
    assert best.cosine == pytest.approx(shifted[1] * shifted[2] / (shifted[0] + 0.001), rel=1e-5)
    assert not {"man", "king", "woman"} & {w for w, _ in vectors.analogy("man", "king", "woman", 5)}


def test_unknown_words_and_subwords(plane: WordVectors) -> None:
    """Else an unknown word would be a KeyError, or subwords would not be asked."""

    class Compass:
        def vector(self, word: str) -> Floats | None:
            return np.array([1, 1], np.float32) if word.endswith("erly") else None

    with pytest.raises(InputError, match="no vector") as caught:
        plane.neighbors("East")
    assert "east" in str(caught.value.hint)
    with_parts = WordVectors(plane.words, plane.matrix, Compass())
    assert with_parts.neighbors("north-easterly", 1)[0].word == "north-east"
    assert with_parts.vector_of("up") is None
    assert "north-easterly" not in with_parts


def test_numbers_that_are_not_finite_are_refused() -> None:
    """Else one bad number would make its word the neighbour of every other."""
    vectors = WordVectors(["a", "b"], np.array([[1, 0], [np.nan, 1]], np.float32))
    with pytest.raises(ModelError, match="finite"):
        vectors.neighbors("a")


def test_words_are_found_by_searching_and_by_dict() -> None:
    """Else the first look-ups and the later ones could disagree, or a part be taken for a word."""
    words = ["a", "ab", "b", "한국", "a b", "-", "b\tc"]
    listed = WordList.of(words)
    for _ in range(20):  # the first 64 look-ups search, the others do not
        assert [listed.find(word) for word in words] == list(range(len(words)))
        assert [listed.find(word) for word in ("", "a\n", "a\nab", "c", "한")] == [None] * 5
    assert list(listed) == words == listed[:]
    assert listed[-1] == "b\tc"
    assert listed[1:3] == ["ab", "b"]
    with pytest.raises(IndexError):
        listed[len(words)]


@pytest.mark.parametrize("words", [["a", "a"], ["a", ""], ["a\nb", "c"]])
def test_lists_that_are_refused(words: list[str]) -> None:
    """Else a row could not be found, or another row would be."""
    with pytest.raises(InputError):
        WordList.of(words)


@pytest.mark.parametrize("data", [b"a", b"a\n\nb\n", b"\na\n", b"\xff\n"])
def test_bytes_that_are_no_list(data: bytes) -> None:
    """Else a damaged word file would be taken for a shorter one."""
    with pytest.raises(InputError):
        WordList(data)


def test_words_and_rows_must_fit() -> None:
    """Else the last words would have the vectors of nobody."""
    for shape in ((1, 2), (3, 2), (2, 0)):
        with pytest.raises(InputError):
            WordVectors(["a", "b"], np.zeros(shape, np.float32))
