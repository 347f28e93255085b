"""Commands are run in this process, in a folder of their own, and seen as a user sees them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seqlm.commands import run

CORPORA = Path(__file__).parents[2] / "corpora"


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON objects of ``--json``."""
        return [json.loads(line) for line in self.lines]

    @property
    def table(self) -> list[dict[str, str]]:
        """The rows of a TSV with a header."""
        header, *rows = (line.split("\t") for line in self.text.split("\n")[:-1])
        return [dict(zip(header, row, strict=True)) for row in rows]


Seqlm = Callable[..., Outcome]


def call(capture: pytest.CaptureFixture[bytes], *arguments: object, stdin: bytes = b"") -> Outcome:
    """Run one command line with ``stdin`` piped in."""
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="ascii")
    capture.readouterr()
    try:
        code = run([str(argument) for argument in arguments])
    finally:
        sys.stdin = before
    out, err = capture.readouterr()
    return Outcome(code, out, err.decode())


@pytest.fixture
def seqlm(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Seqlm:
    """``seqlm("score", "-m", folder, stdin=b"...")`` in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, stdin=b"": call(capsysbinary, *arguments, stdin=stdin)


def small_corpus(path: Path, name: str = "english", lines: int = 1500) -> Path:
    """The beginning of one of our corpora."""
    text = (CORPORA / f"{name}.txt").read_text(encoding="utf-8").splitlines()[:lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tiny trained model for each kind of tokenizer, made by ``train-lm`` itself."""
    folder = tmp_path_factory.mktemp("trained")
    made = {}
    for kind, language in (("word", "english"), ("char", "korean"), ("unigram", "korean")):
        corpus = small_corpus(folder / f"{kind}.txt", language)
        made[kind] = folder / f"model-{kind}"
        code = run(
            [
                "train-lm",
                str(corpus),
                "--tokenizer",
                kind,
                "--steps",
                "30",
                "--hidden-size",
                "24",
                "--vocab-size",
                "700",
                "--threads",
                "1",
                "-q",
                "-o",
                str(made[kind]),
            ]
        )
        assert code == 0
    return made
