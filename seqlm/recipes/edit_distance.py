"""The edit distance of many texts to one, and what an error rate counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Metric = Literal["wer", "cer"]


def units(text: str, metric: Metric) -> list[str]:
    """What an error rate counts of a text: its words, or its characters with single spaces."""
    words = text.split()
    return words if metric == "wer" else list(" ".join(words))


def edit_distances(
    reference: Sequence[str], hypotheses: Sequence[Sequence[str]]
) -> NDArray[np.int64]:
    """How many units have to be put in, left out or changed to make each of them ``reference``.

    Levenshtein's table, a row for each unit of the reference, for all hypotheses at once: within a
    row a unit more costs one, so the least over all earlier columns is a running minimum.

    Returns:
        (hypotheses,).
    """
    numbers: dict[str, int] = {}
    longest = max(map(len, hypotheses), default=0)
    table = np.full((len(hypotheses), longest), -1)
    for row, hypothesis in zip(table, hypotheses, strict=True):
        row[: len(hypothesis)] = [numbers.setdefault(unit, len(numbers)) for unit in hypothesis]
    columns = np.arange(longest + 1)
    distances = np.tile(columns, (len(hypotheses), 1))
    for unit in reference:
        changed = distances[:, :-1] + (table != numbers.get(unit, -2))
        left_out = distances + 1
        left_out[:, 1:] = np.minimum(left_out[:, 1:], changed)
        distances = np.minimum.accumulate(left_out - columns, axis=1) + columns
    lengths = [len(hypothesis) for hypothesis in hypotheses]
    return distances[np.arange(len(hypotheses)), lengths]
