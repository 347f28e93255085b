"""``mix`` as somebody at a shell meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import CORPORA, Seqlm

TUNE = CORPORA / "english.test.txt"


def test_a_mixture_is_a_model_like_any_other(seqlm: Seqlm, mixable: dict[str, Path]) -> None:
    """Else what was mixed could not be measured, written with, or looked at."""
    made = seqlm("mix", mixable["lstm"], mixable["ngram"], "--tune", TUNE, "-d", "cpu")
    assert made.code == 0, made.err
    assert made.text == "models/mix-lstm\n"
    assert "the mixture" in made.err
    (measured,) = seqlm("perplexity", TUNE, "--json").records
    shown = made.err.split("the mixture")[1].split()[0]
    assert measured["ppl_token"] == pytest.approx(float(shown), abs=0.01)
    assert seqlm("score", "--per", "token", stdin=b"the sea\n").code == 0
    assert seqlm("generate", "--prompt", "the", "--max-tokens", "4").text.startswith("the")
    (facts,) = seqlm("info", "--json").records
    assert facts["arch"] == "mixture" and facts["config"]["members"] == ["lstm", "ngram"]
    assert facts["parameters"] > facts["vocabulary"] > 0
    assert "train.members.1.train.request.options.arch" in seqlm("info").text


def test_json_of_a_mixture(seqlm: Seqlm, mixable: dict[str, Path]) -> None:
    """Else a script could not see the weights."""
    (record,) = seqlm(
        "mix", mixable["lstm"], mixable["gru"], "--weights", "1,3", "--json", "-o", "m"
    ).records
    assert record["model"] == "m" and record["weights"] == [0.25, 0.75]
    assert record["tune_ppl"] is None


def test_lines_of_unlike_tokenizers(seqlm: Seqlm, mixable: dict[str, Path]) -> None:
    """Else a question that such a mixture has no answer to would get one."""
    made = seqlm("mix", mixable["lstm"], mixable["char"], "-o", "m")
    assert made.code == 0 and "lines" in made.err
    assert seqlm("score", "-m", "m", stdin=b"the sea\n\n").out.count(b"\n") == 3
    assert seqlm("perplexity", "-m", "m", TUNE).code == 0
    for command in (("score", "--per", "word"), ("generate",)):
        refused = seqlm(*command, "-m", "m", stdin=b"the\n")
        assert refused.code == 2 and "try: seqlm score -m m" in refused.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "two or more"),
        (["lstm"], "2 to 12"),
        (["lstm", "nowhere"], "nowhere"),
        (["lstm", "gru", "--weights", "one,two"], "no list of numbers"),
        (["lstm", "gru", "--weights", "1"], "1 weights for 2 models"),
        (["lstm", "gru", "--weights", "1,1", "--tune", "x"], "--weights"),
        (["lstm", "gru", "--tune", "missing.txt"], "missing.txt"),
        (["lstm", "gru", "--tune", "empty"], "no text"),
    ],
)
def test_what_cannot_be_mixed(
    seqlm: Seqlm, mixable: dict[str, Path], tmp_path: Path, arguments: list[str], message: str
) -> None:
    """Else a typing mistake would end in a traceback or in a model that means nothing."""
    (tmp_path / "empty").write_text("")
    outcome = seqlm("mix", *[mixable.get(word, word) for word in arguments])
    assert outcome.code == 2 and "Traceback" not in outcome.err
    error, hint = outcome.err.splitlines()[-2:]
    assert error.startswith("error: ") and message in error
    assert hint.startswith("try: ")
    assert not list(tmp_path.glob("models/*"))


def test_the_light_refusals(seqlm: Seqlm) -> None:
    """Else help would take seconds."""
    helped = seqlm("mix", "--help")
    assert helped.code == 0 and "--tune" in helped.text
