"""The corpora that the project makes itself, and the entropy that they claim."""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[1] / "corpora"
sys.path.insert(0, str(CORPORA))

import grammar as corpora  # noqa: E402
from korean_forms import ENDINGS, particle  # noqa: E402
from rules import finish, read_rules  # noqa: E402

LANGUAGES = ("english", "korean")


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_what_the_grammar_draws(language: str) -> None:
    """Else the published floor is that of another text."""
    for name, seed, num_bytes in corpora.FILES[language]:
        assert (CORPORA / name).read_bytes() == corpora.file_bytes(language, seed, num_bytes)


def test_entropy_by_hand() -> None:
    """A wrong formula for the entropy would be a wrong floor for every model.

    A sentence is ``a`` (1/2) or ``b`` and one more sentence of its own kind (1/2), which ends
    with certainty: the number of b's is geometric, so that the entropy is the expected number of
    choices, 2, times ln 2. Expected words: 1 b and 1 a.
    """
    text = "Sentence: 1 a | 1 b Sentence"
    floor = corpora.Grammar(finish(read_rules(text))).floor()
    assert floor.entropy == pytest.approx(2 * math.log(2), rel=1e-9)
    assert floor.words == pytest.approx(2.0, rel=1e-9)
    assert floor.bytes == pytest.approx(4.0, rel=1e-9)
    assert floor.ppl_word == pytest.approx(4 ** (1 / 3), rel=1e-9)
    assert floor.bits_per_byte == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_floor_agrees_with_a_sample(language: str) -> None:
    """The closed form and the mean of what is drawn measure the same thing in two ways."""
    uniform = random.Random(3).random
    drawn = [corpora.grammar(language).draw(uniform) for _ in range(5000)]
    floor = corpora.grammar(language).floor()
    for expected, values in (
        (floor.entropy, [-log_prob for _, log_prob in drawn]),
        (floor.words, [len(text.split()) for text, _ in drawn]),
        (floor.bytes, [len(text.encode()) + 1 for text, _ in drawn]),
    ):
        mean = math.fsum(values) / len(values)
        variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
        assert abs(mean - expected) < 4 * math.sqrt(variance / len(values))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_one_derivation(language: str) -> None:
    """With two, the probability of the choices made would be less than that of the sentence."""
    uniform = random.Random(4).random
    for _ in range(300):
        sentence, log_prob = corpora.grammar(language).draw(uniform)
        count, probability = corpora.grammar(language).derivations(sentence)
        assert count == 1, sentence
        assert math.log(probability) == pytest.approx(log_prob, rel=1e-9)


def test_ambiguity_is_seen() -> None:
    """The check above must be able to fail."""
    ambiguous = corpora.Grammar(finish(read_rules("Sentence: 1 a Tail | 1 a b\nTail: 1 b")))
    assert ambiguous.derivations("a b") == (2, 1.0)
    with pytest.raises(ValueError, match="not a sentence"):
        ambiguous.log_prob("b a")


def test_the_old_begins_english_sentences() -> None:
    """The first example of every page prompts with these words."""
    lines = (CORPORA / "english.txt").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("the old ") for line in lines) > 50


def test_korean_forms() -> None:
    """A wrong particle or ending would teach a model wrong Korean."""
    assert particle("소년", "은", "는") == "소년은"
    assert particle("어부", "은", "는") == "어부는"
    assert [particle(place, "으로", "로") for place in ("산", "마을", "학교")] == [
        "산으로",
        "마을로",
        "학교로",
    ]
    forms = {
        ("past", "먹/먹었/먹으/드시"): ("먹었다", "드셨다"),
        ("present", "만들/만들었/만드"): ("만든다", "만드신다"),
        ("present", "읽/읽었"): ("읽는다", "읽으신다"),
        ("future", "돕/도왔/도우"): ("도울 것이다", "도우실 것이다"),
        ("which", "걷/걸었/걸으"): ("걸은", "걸으신"),
        ("and", "노래하"): ("노래하고", "노래하시고"),
        ("doing", "읽/읽었"): ("읽고 있었다", "읽고 계셨다"),
    }
    for (ending, verb), (plain, honoured) in forms.items():
        assert (ENDINGS[ending](verb, False), ENDINGS[ending](verb, True)) == (plain, honoured)
