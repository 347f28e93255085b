"""Questions with a blank: how they are read, and that the model's answer is the model's."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from seqlm.data.corpus import Corpus
from seqlm.errors import InputError
from seqlm.recipes.choose import ranked_choices, read_questions
from seqlm.recipes.loading import load


def test_probabilities_by_hand() -> None:
    """Else a probability would not be the share of the candidates' own."""
    first, second, third = ranked_choices(["a", "b", "c"], [math.log(0.1), math.log(0.3), -1e9])
    assert (first.candidate, first.rank) == ("b", 1)
    assert first.probability == pytest.approx(0.75)
    assert (second.candidate, third.candidate) == ("a", "c")
    assert third.probability == 0


def test_both_forms_of_a_question(tmp_path: Path) -> None:
    """Else the same question would be another in JSON."""
    path = tmp_path / "q"
    path.write_text('the ___ sat\tcat\tcut\n\n{"text": "the ___ sat", "candidates": ["cat", ""]}\n')
    one, other = read_questions(Corpus([path]))
    assert (one.line, other.line) == (1, 3)
    assert one.filled == ["the cat sat", "the cut sat"]
    assert other.filled == ["the cat sat", "the  sat"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("the cat sat\tcat\tcut", "one blank"),
        ("___ and ___\tcat\tcut", "one blank"),
        ("the ___ sat\tcat", "two candidates"),
        ('{"text": "the ___"}', "two candidates"),
        ('{"text": "the ___", "candidates": "ab"}', "two candidates"),
        ('{"text": "the ___", "candidates": ["a", 2]}', "no text"),
        ('{"text": "the ___", "candidates": ["a", "b\\nc"]}', "no single line"),
        ('{"text": "the ___", "candidates": ["a", "\\ud800"]}', "no single line"),
        ('{"candidates": ["a", "b"]}', "no text"),
        ("{broken", "no text"),
    ],
)
def test_a_malformed_question_is_named(tmp_path: Path, line: str, message: str) -> None:
    """Else one bad line would end a long run without saying where."""
    path = tmp_path / "q"
    path.write_text(f"the ___ sat\tcat\tcut\n{line}\n")
    with pytest.raises(InputError) as error:
        list(read_questions(Corpus([path])))
    assert "q, line 2: " in error.value.message and message in error.value.message


def test_from_python(mixable: dict[str, Path]) -> None:
    """Else a program could not ask what a shell can."""
    model = load(mixable["ngram"])
    best, other = model.choose("the old ___", ["man", "sat the"])
    assert best.candidate == "man" and best.log_prob > other.log_prob
    assert best.log_prob == pytest.approx(model.score(["the old man"])[0])
    assert best.probability + other.probability == pytest.approx(1)
    first, second = model.rescore(["man old the", "the old man"], [-1.0, -1.5], word_bonus=0.5)
    assert first.hypothesis.text == "the old man" and second.rank == 2
    assert first.score == pytest.approx(-1.5 + first.lm_log_prob + 0.5 * 3)
