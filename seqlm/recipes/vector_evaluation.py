"""What ``eval-vectors`` does: analogies answered, similarities compared with people's.

A file of analogies has lines of four words (a, b, c and the answer) and lines ``: section``, as
questions-words.txt of Mikolov et al. (2013). A file of similarities has two words and a number
between tabs, commas, semicolons or spaces; a header and further columns are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.data.corpus import Corpus, read_lines
from seqlm.errors import InputError
from seqlm.models.word_vectors import Method, WordVectors

TOTAL = "total"


class Analogies(NamedTuple):
    """How a section was answered.

    Attributes:
        file: where it stands.
        section: its name; ``total`` is all of the file.
        correct: questions whose first answer was the right one.
        total: questions.
        skipped: those with a word that has no vector of its own.
        accuracy: correct / (total - skipped), None if all were skipped.
    """

    file: str
    section: str
    correct: int
    total: int
    skipped: int
    accuracy: float | None


class Similarities(NamedTuple):
    """How far cosines and people agree.

    Attributes:
        file: where the pairs stand.
        pairs: how many there are.
        skipped: those with a word that has no vector.
        spearman: the rank correlation over the others; None if it is not defined.
    """

    file: str
    pairs: int
    skipped: int
    spearman: float | None


def evaluate(
    vectors: WordVectors,
    corpus: Corpus,
    *,
    lowercase: bool = False,
    method: Method = "add",
) -> Iterator[list[Analogies] | Similarities]:
    """Each file's figures: a row for each section and the total, or one row.

    Args:
        corpus: the files.
        lowercase: the words of the files, as the vectors' text was.
        method: how analogies are solved.

    Raises:
        InputError: a line is neither; names file and line.
    """
    for source in corpus.sources:
        one = Corpus([source.name], corpus.options)
        lines = [
            (number, line.lower() if lowercase else line)
            for number, line in enumerate(read_lines(one), 1)
            if line.strip() and not line.startswith("#")
        ]
        if not lines:
            raise InputError(f"{source.name} is empty", "a file of analogies or similarities")
        if _are_analogies(lines[0][1]):
            yield _answer(vectors, _questions(lines, source.name), source.name, method)
        else:
            yield _compare(vectors, _pairs(lines, source.name), source.name)


Lines = list[tuple[int, str]]
Question = tuple[str, str, str, str]


def _are_analogies(first: str) -> bool:
    fields = first.split()
    return fields[0].startswith(":") or (len(fields) == 4 and not any(map(_is_number, fields)))


def _questions(lines: Lines, file: str) -> dict[str, list[Question]]:
    """The questions of each section, in their order."""
    sections: dict[str, list[Question]] = {}
    section: list[Question] | None = None
    for number, line in lines:
        words = line.split()
        if words[0].startswith(":"):
            section = sections.setdefault(line.lstrip(":").strip(), [])
        elif len(words) == 4:
            section = sections.setdefault("", []) if section is None else section
            section.append((words[0], words[1], words[2], words[3]))
        else:
            raise InputError(
                f"{file}, line {number}: neither four words nor a ': section'",
                f"sed -n {number}p {file}",
            )
    return sections


def _answer(
    vectors: WordVectors, sections: dict[str, list[Question]], file: str, method: Method
) -> list[Analogies]:
    rows = []
    for section, questions in sections.items():
        known = [asked for asked in questions if all(word in vectors for word in asked)]
        found = vectors.analogies([asked[:3] for asked in known], 1, method)
        right = [asked[3] for asked in known]
        correct = sum(best[0].word == word for best, word in zip(found, right, strict=True) if best)
        rows.append(_row(file, section, correct, len(questions), len(questions) - len(known)))
    sums = np.array([(row.correct, row.total, row.skipped) for row in rows]).sum(axis=0).tolist()
    return [*rows, _row(file, TOTAL, *sums)]


def _row(file: str, section: str, correct: int, total: int, skipped: int) -> Analogies:
    answered = total - skipped
    return Analogies(
        file, section, correct, total, skipped, correct / answered if answered else None
    )


def _pairs(lines: Lines, file: str) -> list[tuple[str, str, float]]:
    separator = next((mark for mark in "\t,;" if mark in lines[0][1]), None)
    column = None
    pairs = []
    for place, (number, line) in enumerate(lines):
        fields = [field.strip().strip('"') for field in line.split(separator)]
        if column is None:
            column = next((i for i in range(2, len(fields)) if _is_number(fields[i])), None)
            if column is None and place == 0:
                continue  # a header
        if column is None or len(fields) <= column or not _is_number(fields[column]):
            raise InputError(
                f"{file}, line {number}: not two words and a number", f"sed -n {number}p {file}"
            )
        pairs.append((fields[0], fields[1], float(fields[column])))
    if not pairs:
        raise InputError(f"{file} holds no pair of words", "lines of two words and a number")
    return pairs


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _compare(
    vectors: WordVectors, pairs: Sequence[tuple[str, str, float]], file: str
) -> Similarities:
    known = [
        (vectors.similarity(one, other), score)
        for one, other, score in pairs
        if vectors.vector_of(one) is not None and vectors.vector_of(other) is not None
    ]
    ours, theirs = np.array(known).reshape(-1, 2).T
    return Similarities(file, len(pairs), len(pairs) - len(known), spearman(ours, theirs))


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Spearman's rank correlation, equal values at the mean of their ranks.

    None for fewer than two pairs, or where all values of one side are equal.
    """
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: NDArray[np.float64] = (last - (counts - 1) / 2)[places]
    return mean
