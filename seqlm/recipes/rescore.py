"""What ``rescore`` does: n-best lists re-ranked with the help of a language model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqlm.data.corpus import Corpus, read_lines
from seqlm.errors import InputError
from seqlm.recipes.edit_distance import Metric, edit_distances, units
from seqlm.recipes.nbest import Hypothesis
from seqlm.recipes.rescore_tuning import ScoredList, errors_of, tune_weights

if TYPE_CHECKING:
    from seqlm.recipes.text_scores import TextScores

ListWithLogProbs = tuple[list[Hypothesis], NDArray[np.float64]]


@dataclass(frozen=True)
class Weights:
    """What a hypothesis's score is made of: its own, and these.

    Attributes:
        lm_weight: of the language model's natural-log probability.
        word_bonus: for each word.
    """

    lm_weight: float = 1.0
    word_bonus: float = 0.0


@dataclass(frozen=True)
class Rescored:
    """A hypothesis in its new place.

    Attributes:
        hypothesis: as the list has it.
        rank: from 1.
        score: its own + lm_weight * lm_log_prob + word_bonus * words.
        lm_log_prob: of the language model, natural log.
    """

    hypothesis: Hypothesis
    rank: int
    score: float
    lm_log_prob: float


def with_log_probs(
    model: TextScores, lists: Iterable[list[Hypothesis]], batch_size: int = 32
) -> Iterator[ListWithLogProbs]:
    """Each list with the natural-log probability of each of its texts as a line of its own."""
    return model.score_groups(
        lists, lambda one: [hypothesis.text for hypothesis in one], batch_size
    )


def ranked(one: ListWithLogProbs, weights: Weights) -> list[Rescored]:
    """A list in its new order; hypotheses of one score keep the order they had."""
    hypotheses, log_probs = one
    found = _scored(one, np.zeros(len(hypotheses), np.int64))
    scores = found.totals(weights.lm_weight, weights.word_bonus)
    order = np.argsort(-scores, kind="stable").tolist()
    return [
        Rescored(hypotheses[i], rank, float(scores[i]), float(log_probs[i]))
        for rank, i in enumerate(order, start=1)
    ]


def _scored(one: ListWithLogProbs, errors: NDArray[np.int64]) -> ScoredList:
    hypotheses, log_probs = one
    scores = np.array([hypothesis.score for hypothesis in hypotheses])
    words = np.array([float(len(hypothesis.text.split())) for hypothesis in hypotheses])
    return ScoredList(scores, log_probs, words, errors)


@dataclass(frozen=True)
class TunedWeights:
    """Weights with the fewest errors on lists whose references are known.

    Attributes:
        weights: what was found.
        before: error rate of the first hypotheses as they stood.
        after: of the best under ``weights``.
        oracle: of the best that the lists hold.
    """

    weights: Weights
    before: float
    after: float
    oracle: float


def tune(
    lists: Sequence[ListWithLogProbs], references: Sequence[str], metric: Metric
) -> TunedWeights:
    """Find the weights with the lowest error rate.

    Args:
        lists: with the language model's log-probabilities.
        references: what was said, for each list.
        metric: word or character error rate.
    """
    scored, total = [], 0
    for one, reference in zip(lists, references, strict=True):
        wanted = units(reference, metric)
        total += len(wanted)
        texts = [units(hypothesis.text, metric) for hypothesis in one[0]]
        scored.append(_scored(one, edit_distances(wanted, texts)))
    found = tune_weights(scored)
    total = max(1, total)
    return TunedWeights(
        Weights(*found),
        before=sum(int(one.errors[0]) for one in scored) / total,
        after=errors_of(scored, *found) / total,
        oracle=sum(int(one.errors.min()) for one in scored) / total,
    )


def read_references(corpus: Corpus, ids: Sequence[str]) -> list[str]:
    """The reference of each list: lines of id TAB text, or a line for each list in order.

    Raises:
        InputError: a list has none, or there are more or fewer lines than lists.
    """
    lines = list(read_lines(corpus))
    name = corpus.sources[0].name
    if not any("\t" in line for line in lines):
        if len(lines) != len(ids):
            raise InputError(
                f"{name} has {len(lines)} lines for {len(ids)} lists",
                "a line for each list, or lines of id TAB text",
            )
        return lines
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        key, tab, text = line.partition("\t")
        if not tab:
            raise InputError(f"{name}, line {number}: no tab between id and text", "id TAB text")
        found[key] = text
    missing = next((key for key in ids if key not in found), None)
    if missing is not None:
        raise InputError(f"{name} has no reference of the list {missing!r}", "id TAB text")
    return [found[key] for key in ids]
