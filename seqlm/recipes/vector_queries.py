"""What ``neighbors`` and ``analogy`` do, without a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqlm.errors import InputError
from seqlm.models.word_vectors import Method, Neighbor, WordVectors, unit


class Answer(NamedTuple):
    """What was found for one question.

    Attributes:
        question: the word that was asked for, or the three of an analogy.
        found: the nearest first; nothing if a word is unknown.
        unknown: words of the question that have no vector.
    """

    question: tuple[str, ...]
    found: list[Neighbor]
    unknown: list[str]


def neighbors(vectors: WordVectors, words: Sequence[str], n: int) -> list[Answer]:
    """The ``n`` nearest words to each of ``words``, in their order."""
    rows = [vectors.vector_of(word) for word in words]
    known = [(word, unit(row)) for word, row in zip(words, rows, strict=True) if row is not None]
    queries = np.array([row for _, row in known]).reshape(-1, vectors.dim)
    found = iter(vectors.nearest(queries, [[word] for word, _ in known], n))
    return [
        Answer((word,), [], [word]) if row is None else Answer((word,), next(found), [])
        for word, row in zip(words, rows, strict=True)
    ]


def analogies(
    vectors: WordVectors, questions: Sequence[tuple[str, str, str]], n: int, method: Method
) -> list[Answer]:
    """The ``n`` best words for each question a : b :: c : ?, in their order."""
    unknown = [
        [word for word in question if vectors.vector_of(word) is None] for question in questions
    ]
    known = [question for question, missing in zip(questions, unknown, strict=True) if not missing]
    found = iter(vectors.analogies(known, n, method))
    return [
        Answer(question, [] if missing else next(found), missing)
        for question, missing in zip(questions, unknown, strict=True)
    ]


def three_words(line: str, number: int) -> tuple[str, str, str]:
    """The words of a line of ``analogy``'s input.

    Raises:
        InputError: there are not three.
    """
    words = line.split()
    if len(words) != 3:
        raise InputError(
            f"line {number}: an analogy needs three words, and here are {len(words)}",
            "seqlm analogy man king woman",
        )
    return words[0], words[1], words[2]
