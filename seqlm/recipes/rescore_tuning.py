"""The weights under which re-ranked n-best lists have the fewest errors (Och, 2003).

A hypothesis's score is a line in each weight; along one weight the best of a list changes only
where lines cross. So the number of errors over all lists is a step function whose steps are known,
and its lowest one is found exactly. The weights are searched in turns until neither gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 10


@dataclass(frozen=True)
class ScoredList:
    """What of an n-best list decides about its order.

    Attributes:
        scores: of the list itself, (hypotheses,).
        log_probs: of the language model, (hypotheses,).
        words: their numbers, (hypotheses,).
        errors: edits to the reference, (hypotheses,).
    """

    scores: NDArray[np.float64]
    log_probs: NDArray[np.float64]
    words: NDArray[np.float64]
    errors: NDArray[np.int64]

    def totals(self, lm_weight: float, word_bonus: float) -> NDArray[np.float64]:
        """What the list is ordered by, (hypotheses,)."""
        return self.scores + lm_weight * self.log_probs + word_bonus * self.words


def errors_of(lists: Sequence[ScoredList], lm_weight: float, word_bonus: float) -> int:
    """Errors of the first of each list's best."""
    return sum(int(one.errors[np.argmax(one.totals(lm_weight, word_bonus))]) for one in lists)


def tune_weights(lists: Sequence[ScoredList]) -> tuple[float, float]:
    """The language model's weight, not below 0, and the word bonus with the fewest errors."""
    found = [_descend(lists, start) for start in (0.0, 1.0)]
    return min(found, key=lambda weights: errors_of(lists, *weights))


def _descend(lists: Sequence[ScoredList], lm_weight: float) -> tuple[float, float]:
    weights = (lm_weight, 0.0)
    errors = errors_of(lists, *weights)
    for _ in range(_ROUNDS):
        before = errors
        bonus = weights[1]
        starts = [(one.scores + bonus * one.words, one.log_probs) for one in lists]
        tried = (_lowest(lists, starts, 0.0), bonus)
        weights, errors = _better(lists, weights, errors, tried)
        starts = [(one.scores + weights[0] * one.log_probs, one.words) for one in lists]
        tried = (weights[0], _lowest(lists, starts, -np.inf))
        weights, errors = _better(lists, weights, errors, tried)
        if errors == before:
            break
    return weights


def _better(
    lists: Sequence[ScoredList],
    weights: tuple[float, float],
    errors: int,
    tried: tuple[float, float],
) -> tuple[tuple[float, float], int]:
    found = errors_of(lists, *tried)
    return (tried, found) if found < errors else (weights, errors)


def _lowest(
    lists: Sequence[ScoredList],
    lines: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    least: float,
) -> float:
    """The weight from ``least`` up with the fewest errors: the middle of its widest step.

    Args:
        lines: of each list, each hypothesis's score at weight 0 and how it grows with the weight.
    """
    places: list[float] = []
    changes: list[int] = []
    errors = 0
    for one, (heights, slopes) in zip(lists, lines, strict=True):
        crossed = _upper_envelope(heights, slopes)
        first = max(i for i, (start, _) in enumerate(crossed) if start <= least)
        errors += int(one.errors[crossed[first][1]])
        for (_, old), (start, new) in zip(crossed[first:], crossed[first + 1 :], strict=False):
            places.append(start)
            changes.append(int(one.errors[new] - one.errors[old]))
    order = np.argsort(places, kind="stable")
    edges = np.array(places)[order]
    totals = errors + np.concatenate([[0], np.cumsum(np.array(changes, np.int64)[order])])
    starts = np.concatenate([[least], edges])
    ends = np.concatenate([edges, [np.inf]])
    width = np.where(totals == totals.min(), ends - starts, -1.0)
    finite = np.isfinite(width)
    at = int(np.argmax(np.where(finite, width, -1.0)))
    if finite[at] and width[at] > 0:
        return float((starts[at] + ends[at]) / 2)
    return _beyond(starts, ends, int(np.argmax(width)))


def _beyond(starts: NDArray[np.float64], ends: NDArray[np.float64], at: int) -> float:
    """A weight within a step that has no end on one side or both."""
    start, end = float(starts[at]), float(ends[at])
    if np.isfinite(start):
        return start + 1 + abs(start) * 0.1
    return end - 1 - abs(end) * 0.1 if np.isfinite(end) else 0.0


def _upper_envelope(
    heights: NDArray[np.float64], slopes: NDArray[np.float64]
) -> list[tuple[float, int]]:
    """Which of the lines height + slope * x is highest, from which x on; from left to right."""
    envelope: list[tuple[float, int]] = []
    # Of lines with one slope the highest counts, and the first of those with one height.
    for new in np.lexsort((-np.arange(len(slopes)), heights, slopes)).tolist():
        start = -np.inf
        while envelope:
            since, old = envelope[-1]
            rise = slopes[new] - slopes[old]
            start = (heights[old] - heights[new]) / rise if rise > 0 else -np.inf
            if start > since:
                break
            envelope.pop()
            start = -np.inf
        envelope.append((float(start), new))
    return envelope
