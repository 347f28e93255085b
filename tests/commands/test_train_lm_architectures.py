"""``train-lm`` with every kind of network, its presets, and what it says about them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seqlm.models.networks import empty_network
from seqlm.verified_folder import read_json
from tests.commands.conftest import Seqlm, small_corpus

TINY = ("--tokenizer", "char", "--hidden-size", "8", "--batch-size", "4", "--steps", "2")


@pytest.mark.parametrize("arch", ["window", "transformer"])
def test_every_command_works_with_it(seqlm: Seqlm, tmp_path: Path, arch: str) -> None:
    """Else an architecture could be trained and not be used."""
    small_corpus(tmp_path / "c.txt", lines=60)
    trained = seqlm("train-lm", "c.txt", "--arch", arch, "--context", "3", *TINY, "-o", "m")
    assert trained.code == 0, trained.err
    figures = [
        seqlm("perplexity", "-m", "m", "--json", "--chunk-length", size, stdin=b"the old man\n\n")
        for size in (1, 3, 256)
    ]
    assert all(figure.code == 0 for figure in figures), figures[0].err
    values = [figure.records[0]["log_prob"] for figure in figures]
    assert values == pytest.approx([values[0]] * 3, rel=1e-6)
    written = seqlm("generate", "-m", "m", "-p", "the", "--max-tokens", "5", "--json")
    assert written.code == 0 and written.records[0]["tokens"] <= 5
    searched = seqlm("generate", "-m", "m", "-p", "the", "--max-tokens", "5", "--beam", "3")
    assert searched.code == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--arch", "lstm", "--context", "5"), "--context means nothing to --arch lstm"),
        (("--arch", "window", "--heads", "2"), "--heads means nothing to --arch window"),
        (("--arch", "window", "--num-layers", "2"), "--num-layers means nothing"),
        (("--arch", "transformer", "--weight-drop", "0.5"), "--weight-drop means nothing"),
        (("--arch", "transformer", "--heads", "3"), "8 features cannot be shared out among 3"),
    ],
)
def test_what_does_not_go_together_is_said(
    seqlm: Seqlm, tmp_path: Path, flags: tuple[str, ...], words: str
) -> None:
    """Else an option would be ignored without a word, or end in a traceback."""
    small_corpus(tmp_path / "c.txt", lines=60)
    refused = seqlm("train-lm", "c.txt", *flags, *TINY)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {words}") and "\ntry: " in refused.err


def test_a_damaged_config_is_an_error(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a model folder with other heads would end in a traceback."""
    small_corpus(tmp_path / "c.txt", lines=60)
    assert seqlm("train-lm", "c.txt", "--arch", "transformer", *TINY, "-o", "m").code == 0
    config = read_json(tmp_path / "m" / "config.json")
    for damage in ({"num_heads": 3}, {"context": 0}, {"context": "4"}, {"tied": 1}, {"arch": "x"}):
        with pytest.raises(ValueError):
            empty_network(config | damage)


def test_explain_adds_up(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else nobody could see what was chosen, and why."""
    small_corpus(tmp_path / "c.txt", lines=60)
    done = seqlm("train-lm", "c.txt", "--arch", "lstm", *TINY, "--dry-run", "--explain")
    assert done.code == 0 and done.out == b""
    lines = done.err.splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("layer "))
    total = next(number for number, line in enumerate(lines) if line.startswith("total "))
    counts = [int(line.split()[-1].replace(",", "")) for line in lines[header + 1 : total + 1]]
    assert sum(counts[:-1]) == counts[-1]
    reasons = [line.split(":")[0] for line in lines[total + 1 :]]
    expected = ["size", "epochs", "dropout", "penalties", "learning rate", "loss", "precision"]
    assert reasons == expected


def test_explain_shows_what_was_counted(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else nobody could hold the counts and the discounts against a textbook's."""
    (tmp_path / "c.txt").write_text("a b\na b\na c\n" * 20, encoding="utf-8")
    flags = ("--tokenizer", "word", "--arch", "ngram", "--order", "2", "--explain", "-q")
    held_out = ("--valid", "c.txt")
    assert seqlm("train-lm", "c.txt", *flags, *held_out, "-o", "quiet").err == ""
    done = seqlm("train-lm", "c.txt", *flags[:-1], *held_out, "-o", "m")
    assert done.code == 0, done.err
    header, unigrams, bigrams = (line.split() for line in done.err.splitlines()[-3:])
    assert header == ["order", "ngrams", "D1", "D2", "D3+"]
    assert bigrams[:2] == ["2", "5"]  # a after a line's end, b and c after a, the end after both
    assert unigrams[0] == "1" and bigrams[2:] == ["0.5000", "1.0000", "1.5000"]


def test_flags_and_settings_go_before_a_preset(
    seqlm: Seqlm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a preset could not be varied."""
    small_corpus(tmp_path / "c.txt", lines=60)
    monkeypatch.setenv("SEQLM_DROPOUT", "0.125")
    small = ("--embedding-size", "4", "--chunk-length", "5", "--num-layers", "2")
    done = seqlm("train-lm", "c.txt", "--preset", "awd-lstm", *TINY, *small, "-o", "m")
    assert done.code == 0, done.err
    assert "model: lstm, 2 x 8" in done.err and "dropout 0.125" in done.err
    options = read_json(tmp_path / "m" / "train.json")["choices"]["options"]
    assert (options["weight_drop"], options["slowness_penalty"]) == (0.5, 1.0)
    assert options["narrow_last"] and options["tokenizer"] == "char"


def test_penalties_go_with_less_dropout(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a recurrent network would be held back twice, and a transformer by what it has no use
    for."""
    small_corpus(tmp_path / "c.txt", lines=60)

    def settled(*flags: str, epochs: str = "2") -> tuple[float, float, float]:
        small = ("--tokenizer", "char", "--hidden-size", "8", "--epochs", epochs)
        done = seqlm("train-lm", "c.txt", *small, *flags, "-o", "m", "--force")
        assert done.code == 0, done.err
        options = read_json(tmp_path / "m" / "train.json")["choices"]["options"]
        return options["activation_penalty"], options["slowness_penalty"], options["dropout"]

    none = ("--activation-penalty", "0", "--slowness-penalty", "0")
    usual, without = settled("--arch", "lstm"), settled("--arch", "lstm", *none)
    assert usual[:2] > (0.0, 0.0) == without[:2]
    assert usual[2] < without[2]
    assert settled("--arch", "transformer")[:2] == (0.0, 0.0)
    assert settled("--arch", "lstm", epochs="1")[:2] == (0.0, 0.0)
    assert settled("--arch", "lstm", *none, "--dropout", "0.5") == (0.0, 0.0, 0.5)


@pytest.mark.parametrize("kind", ["word", "char", "unigram"])
def test_writing_needs_no_torch(models: dict[str, Path], kind: str) -> None:
    """Else a text of a hundred words would wait for a library that takes longer to start."""
    script = (
        "import sys; from seqlm.commands import run; "
        f"code = run(['generate', '-m', {str(models[kind])!r}, '-q', '--max-tokens', '3']); "
        "sys.exit(code or 'torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
