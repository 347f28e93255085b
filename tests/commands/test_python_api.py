"""What a program gets from ``seqlm.load``, beside what the commands print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import seqlm as package
from seqlm.errors import ModelError
from tests.commands.conftest import Seqlm, small_corpus

LINES = ["the old man", "", "the sea and the river"]


def test_the_same_figures(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else a program and a shell would disagree about the same model."""
    model = package.load(models["unigram"])
    stdin = "".join(line + "\n" for line in LINES).encode()
    (record,) = seqlm("perplexity", "-m", models["unigram"], "--json", stdin=stdin).records
    figures = model.perplexity(LINES)
    assert {"file": "-", **figures._asdict()} == pytest.approx(record)
    lines = seqlm("score", "-m", models["unigram"], "--json", stdin=stdin).records
    assert model.score(LINES) == pytest.approx([line["log_prob"] for line in lines])
    made = model.generate("the", max_tokens=9, seed=4)
    (said,) = seqlm(
        "generate", "-m", models["unigram"], "--json", "-p", "the", "--max-tokens", 9, "--seed", 4
    ).records
    assert made._asdict() == pytest.approx(said)


def test_text_comes_as_it_is_made(models: dict[str, Path]) -> None:
    """Else an interface could show nothing before the whole text is there."""
    parts: list[str] = []
    made = package.load(models["char"]).generate("강", max_tokens=20, on_text=parts.append)
    assert "".join(parts) == made.text
    assert len(parts) > 1


def test_a_wrong_folder_is_a_typed_error(tmp_path: Path) -> None:
    """Else a program could not tell a missing model from a fault."""
    with pytest.raises(ModelError):
        package.load(tmp_path / "nowhere")


def test_importing_is_light() -> None:
    """Else every program that might use a model would start slowly."""
    code = "import seqlm, sys; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_training_from_a_pipe(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else `zcat big.gz | seqlm train-lm` would need a file."""
    text = small_corpus(tmp_path / "c.txt", lines=60).read_bytes()
    common = ("train-lm", "--tokenizer", "char", "--steps", "2", "--hidden-size", "4", "-q")
    piped = seqlm(*common, stdin=text)
    assert piped.text == "models/lm-stdin\n", piped.err
    assert seqlm(*common, "c.txt").text == "models/lm-c\n"
    weights = [tmp_path / "models" / n / "1.model.safetensors" for n in ("lm-stdin", "lm-c")]
    assert weights[0].read_bytes() == weights[1].read_bytes()
