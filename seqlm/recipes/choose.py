"""What ``choose`` does: which of some candidates belongs into the blank of a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlm.data.corpus import Corpus, read_lines
from seqlm.data.inputs import is_line
from seqlm.errors import InputError

BLANK = "___"


@dataclass(frozen=True)
class Question:
    """A line with a blank, and what may stand there.

    Attributes:
        line: its number, from 1.
        text: with ``BLANK`` in it once.
        candidates: two or more.
    """

    line: int
    text: str
    candidates: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        """The whole line with each of the candidates in the blank."""
        return [self.with_(candidate) for candidate in self.candidates]

    def with_(self, candidate: str) -> str:
        """The whole line with ``candidate`` in the blank."""
        return self.text.replace(BLANK, candidate)


@dataclass(frozen=True)
class Choice:
    """A candidate in its place.

    Attributes:
        candidate: as it was given.
        rank: from 1, the most probable first.
        log_prob: natural-log probability of the whole line with it.
        probability: that it is this one of the candidates.
    """

    candidate: str
    rank: int
    log_prob: float
    probability: float


def ranked_choices(candidates: Sequence[str], log_probs: Sequence[float]) -> list[Choice]:
    """The candidates, the most probable first; equal ones in the order they were given."""
    values = np.array(log_probs)
    shares = np.exp(values - np.logaddexp.reduce(values))
    order = np.argsort(-values, kind="stable").tolist()
    return [
        Choice(candidates[i], rank, float(values[i]), float(shares[i]))
        for rank, i in enumerate(order, start=1)
    ]


def read_questions(corpus: Corpus) -> Iterator[Question]:
    """Lines of text TAB candidate TAB candidate..., or of {"text": ..., "candidates": [...]}.

    Empty lines are passed over, and counted.

    Raises:
        InputError: names the line, and what it lacks.
    """
    name = corpus.sources[0].name
    for number, line in enumerate(read_lines(corpus), start=1):
        if not line.strip():
            continue
        text, candidates = _json(line) if line.lstrip().startswith("{") else _cells(line)
        wrong = _what_is_wrong(text, candidates)
        if wrong:
            raise InputError(
                f"{name}, line {number}: {wrong}", "printf 'the ___ sat\\tcat\\tcut\\n' | ..."
            )
        yield Question(number, text, tuple(candidates))


def _cells(line: str) -> tuple[Any, Any]:
    text, *candidates = line.split("\t")
    return text, candidates


def _json(line: str) -> tuple[Any, Any]:
    try:
        value = json.loads(line)
        return value.get("text"), value.get("candidates")
    except (ValueError, RecursionError, AttributeError):
        return None, None


def _what_is_wrong(text: Any, candidates: Any) -> str | None:
    if not isinstance(text, str):
        return "there is no text"
    if text.count(BLANK) != 1:
        return f"the text needs one blank, {BLANK}"
    if not isinstance(candidates, list) or len(candidates) < 2:
        return "there are not two candidates"
    if not all(isinstance(candidate, str) for candidate in candidates):
        return "a candidate is no text"
    if not all(map(is_line, (text, *candidates))):
        return "a text or candidate is no single line of Unicode"
    return None
