"""N-gram models through the commands: trained, measured and written with like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import CORPORA, Seqlm, small_corpus


@pytest.mark.parametrize("kind", ["word", "char", "unigram"])
def test_counted_measured_and_written_with(seqlm: Seqlm, tmp_path: Path, kind: str) -> None:
    """Else an n-gram model would be no model like any other."""
    small_corpus(tmp_path / "c.txt", lines=800)
    trained = seqlm("train-lm", "c.txt", "--arch", "ngram", "--tokenizer", kind, "--order", "3")
    assert trained.code == 0, trained.err
    assert trained.text == "models/lm-c\n"
    test = CORPORA / "english.test.txt"
    (stream,) = seqlm("perplexity", test, "--json").records
    (line,) = seqlm("perplexity", test, "--json", "--context", "line").records
    assert 0 < stream["bits_per_byte"] < 3
    # An n-gram's context ends with the line, so it makes no difference.
    assert stream["log_prob"] == pytest.approx(line["log_prob"], rel=1e-6)
    written = seqlm("generate", "--prompt", "the old", "-n", "2")
    assert written.code == 0 and len(written.lines) == 2
    info = seqlm("info", "--json").records[0]
    assert info["arch"] == "ngram" and info["config"]["order"] == 3


def test_what_means_nothing_is_refused(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a budget would seem to be kept that was never looked at."""
    small_corpus(tmp_path / "c.txt", lines=60)
    refused = seqlm("train-lm", "c.txt", "--arch", "ngram", "--budget", "1m")
    assert refused.code == 2 and "--budget" in refused.err


def test_a_corpus_of_two_lines(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else somebody's first try, on a toy text, would end in an error about discounts."""
    (tmp_path / "c.txt").write_text("the cat sat on the mat\nthe dog sat\n")
    trained = seqlm("train-lm", "c.txt", "--arch", "ngram", "--tokenizer", "word")
    assert trained.code == 0, trained.err
    assert "discounts" in trained.err


def test_a_dry_run_leaves_the_model_that_is_there(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else asking for the plan would replace a finished model, and without --force."""
    small_corpus(tmp_path / "c.txt", lines=60)
    common = ("train-lm", "c.txt", "--arch", "ngram", "--tokenizer", "word")
    assert seqlm(*common, "--order", "3").code == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "models/lm-c").iterdir()}
    planned = seqlm(*common, "--order", "2", "--dry-run")
    assert planned.code == 0 and planned.out == b"" and "up to 2 tokens" in planned.err
    after = {file.name: file.read_bytes() for file in (tmp_path / "models/lm-c").iterdir()}
    assert after == before and list((tmp_path / "models").glob("*")) == [tmp_path / "models/lm-c"]
