"""Error rates, the weights with the fewest errors, and lists in their new order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqlm.data.corpus import Corpus
from seqlm.errors import InputError
from seqlm.recipes.edit_distance import edit_distances, units
from seqlm.recipes.nbest import Hypothesis
from seqlm.recipes.rescore import Weights, ranked, read_references, tune
from seqlm.recipes.rescore_tuning import ScoredList, errors_of, tune_weights


def by_recursion(one: list[str], other: list[str]) -> int:
    """The edit distance as its definition has it."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row = row, [i]
        for j, b in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1]


def test_edit_distances() -> None:
    """Else weights would be tuned to a number that is no error count."""
    rng = np.random.default_rng(1)
    for _ in range(30):
        texts = [list(map(str, rng.integers(0, 4, rng.integers(0, 9)))) for _ in range(6)]
        expected = [by_recursion(texts[0], text) for text in texts[1:]]
        assert edit_distances(texts[0], texts[1:]).tolist() == expected
    assert edit_distances(["a"], []).tolist() == []


def test_what_is_counted() -> None:
    """Else spacing would count as an error, or Korean be judged by its spaces alone."""
    assert units(" the  cat ", "wer") == ["the", "cat"]
    assert units(" 고양  이", "cer") == ["고", "양", " ", "이"]


def random_lists(seed: int) -> list[ScoredList]:
    rng = np.random.default_rng(seed)
    lists = []
    for size in rng.integers(1, 7, 15):
        errors = rng.integers(0, 6, size)
        log_probs = -20.0 - 3 * errors + rng.normal(0, 4, size)
        words = rng.integers(1, 9, size).astype(float)
        lists.append(ScoredList(rng.normal(0, 8, size), log_probs, words, errors))
    return lists


@pytest.mark.parametrize("seed", range(5))
def test_no_weight_of_a_grid_is_better(seed: int) -> None:
    """Else the search would stop beside the lowest error rate along a weight."""
    lists = random_lists(seed)
    lm_weight, bonus = tune_weights(lists)
    found = errors_of(lists, lm_weight, bonus)
    assert lm_weight >= 0
    for other in np.linspace(0, 5, 301):
        assert found <= errors_of(lists, float(other), bonus)
    for other in np.linspace(-20, 20, 301):
        assert found <= errors_of(lists, lm_weight, float(other))


def test_lists_that_say_nothing() -> None:
    """Else lists of one, or equal hypotheses, would end in a division by zero."""
    one = ScoredList(np.zeros(1), np.zeros(1), np.ones(1), np.array([2]))
    equal = ScoredList(np.zeros(3), np.full(3, -5.0), np.ones(3), np.array([1, 0, 2]))
    with np.errstate(all="raise"):
        assert all(np.isfinite(tune_weights([one, equal])))
        assert errors_of([one, equal], *tune_weights([one, equal])) == 3


LIST = [
    Hypothesis("u", "a cat sat", -1.0),
    Hypothesis("u", "a cat", -2.0),
    Hypothesis("u", "the cat sat", -1.0),
]


def test_the_order_by_hand() -> None:
    """Else the sum that the help shows would not be the one that is ranked by."""
    placed = ranked((LIST, np.array([-10.0, -8.0, -9.0])), Weights(0.5, 0.25))
    assert [(one.hypothesis.text, one.rank, one.score) for one in placed] == [
        ("the cat sat", 1, -1 + 0.5 * -9 + 0.25 * 3),
        ("a cat sat", 2, -1 + 0.5 * -10 + 0.25 * 3),
        ("a cat", 3, -2 + 0.5 * -8 + 0.25 * 2),
    ]


def test_tuning_by_hand() -> None:
    """Else the rates that are shown would be of something else."""
    found = tune([(LIST, np.array([-10.0, -20.0, -1.0]))], ["the cat sat"], "wer")
    assert (found.before, found.after, found.oracle) == (1 / 3, 0, 0)
    assert found.weights.lm_weight > 0


def test_references(tmp_path: Path) -> None:
    """Else a reference would be held against another list's hypotheses."""
    path = tmp_path / "refs"
    path.write_text("b\tthe cut\na\tthe cat\nc\tunused\n")
    assert read_references(Corpus([path]), ["a", "b"]) == ["the cat", "the cut"]
    with pytest.raises(InputError, match="no reference of the list 'd'"):
        read_references(Corpus([path]), ["d"])
    path.write_text("one\ntwo\n")
    assert read_references(Corpus([path]), ["a", "b"]) == ["one", "two"]
    with pytest.raises(InputError, match="2 lines for 3 lists"):
        read_references(Corpus([path]), ["a", "b", "c"])
    path.write_text("a\tone\ntwo\n")
    with pytest.raises(InputError, match="line 2"):
        read_references(Corpus([path]), ["a"])
