"""``perplexity`` and ``score`` with a neural cache, or under dynamic evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import CORPORA, Seqlm

TEXT = ("the zebra saw a river\n" * 6 + "a girl laughed at the old man\n" * 6).encode()


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (["--cache", "50"], "cache"),
        (["--cache", "50", "--cache-theta", "3", "--cache-weight", "0.5"], "cache"),
        (["--cache", "50", "--cache-horizon", "20"], "cache"),
        (["--dynamic"], "dynamic"),
        (["--dynamic", "--dynamic-rate", "0.1"], "dynamic"),
    ],
)
def test_it_adapts_and_says_so(
    seqlm: Seqlm, mixable: dict[str, Path], options: list[str], key: str
) -> None:
    """Else an adapted figure would pass for a plain one, or the option would do nothing."""
    common = ("-m", mixable["lstm"], "--json", "-d", "cpu")
    (plain,) = seqlm("perplexity", *common, stdin=TEXT).records
    outcome = seqlm("perplexity", *common, *options, stdin=TEXT)
    (adapted,) = outcome.records
    assert list(adapted) == [*plain, key] and key in outcome.err
    assert adapted["log_prob"] > plain["log_prob"]
    lines = seqlm("score", *common, *options, stdin=TEXT).records
    assert sum(line["log_prob"] for line in lines) == pytest.approx(adapted["log_prob"], rel=1e-5)
    assert lines[0][key] == adapted[key]
    chunked = seqlm("perplexity", *common, *options, "--chunk-length", 7, stdin=TEXT).records[0]
    assert chunked["log_prob"] == pytest.approx(adapted["log_prob"], rel=1e-4)


def test_a_tuned_cache_is_better(seqlm: Seqlm, mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else tuning would be a waste of time."""
    (tmp_path / "tune.txt").write_bytes(TEXT)
    common = ("perplexity", "-m", mixable["lstm"], "--json", "--cache", "50")
    plain, tuned = (
        seqlm(*common, *more, stdin=TEXT).records[0] for more in ([], ["--tune", "tune.txt"])
    )
    assert tuned["log_prob"] >= plain["log_prob"]
    assert tuned["cache"] != plain["cache"]


def test_a_cache_in_a_mixture(seqlm: Seqlm, mixable: dict[str, Path]) -> None:
    """Else the best of all, mixture and cache, could not be had."""
    assert seqlm("mix", mixable["lstm"], mixable["ngram"], "-o", "m").code == 0
    plain, cached, dynamic = (
        seqlm("perplexity", "-m", "m", "--json", *more, stdin=TEXT).records[0]
        for more in ([], ["--cache", "50"], ["--dynamic"])
    )
    assert cached["log_prob"] > plain["log_prob"]
    assert dynamic["log_prob"] > plain["log_prob"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cache-theta", "3"], "of a cache"),
        (["--tune", "x"], "of a cache"),
        (["--cache", "5", "--tune", "x", "--cache-weight", "0.1"], "finds theta"),
        (["--cache", "5", "--tune", "missing.txt"], "missing.txt"),
        (["--cache", "0"], "0"),
        (["--dynamic-rate", "1"], "dynamic evaluation"),
        (["--dynamic", "--cache", "5"], "on top of"),
        (["--dynamic", "--context", "line"], "from line to line"),
        (["--cache", "5", "-m", "ngram"], "has no network"),
        (["--dynamic", "-m", "ngram"], "has no network"),
    ],
)
@pytest.mark.parametrize("command", ["perplexity", "score"])
def test_what_makes_no_sense(
    seqlm: Seqlm, mixable: dict[str, Path], command: str, options: list[str], message: str
) -> None:
    """Else an option would be left out without a word."""
    words = [mixable.get(word, word) for word in options]
    model = [] if "-m" in options else ["-m", mixable["lstm"]]
    outcome = seqlm(command, *model, *words, CORPORA / "english.test.txt")
    assert outcome.code == 2 and "Traceback" not in outcome.err
    error, hint = outcome.err.splitlines()[-2:]
    assert error.startswith("error: ") and message in error and hint.startswith("try: ")
