"""What a refusal says to try is a command line that works."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.vector_folder import publish_vectors
from tests.commands.conftest import Seqlm, small_corpus
from tests.commands.test_command_line import refused

LATIN = "café bar\n".encode("latin-1")
TRAIN = "train-lm c.txt --tokenizer word --hidden-size 4 --steps 1 --threads 1 -q"


@pytest.fixture
def place(seqlm: Seqlm, models: dict[str, Path], tmp_path: Path) -> Path:
    """Where the command lines below are run."""
    small_corpus(tmp_path / "c.txt", lines=60)
    for name, data in {
        "latin.txt": LATIN,
        "latin.tsv": "café\tbar\t1\ncafé\tthe\t2\n".encode("latin-1"),
        "there.npy": b"",
        "some.txt": b"bar cafe\n",
        "nbest.tsv": b"1\tbar cafe\n1\tbar coffee\n",
    }.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/lm").symlink_to(models["word"])
    words = WordVectors(["the", "café", "bar"], np.eye(3, dtype=np.float32))
    publish_vectors(tmp_path / "models/vectors", words, {"arch": "count"})
    return tmp_path


@pytest.mark.parametrize(
    ("line", "stdin"),
    [
        ("perplexity latin.txt -m models/lm", b""),
        ("score -m models/lm", LATIN),
        ("score c.txt -m models/lm --cache 9 --tune latin.txt", b""),
        ("generate -m models/lm --max-tokens 2", LATIN),
        ("neighbors -m models/vectors", LATIN.replace(b" ", b"\n")),
        ("analogy -m models/vectors", LATIN.replace(b"\n", b" the\n")),
        ("eval-vectors latin.tsv -m models/vectors", b""),
        ("evaluate some.txt --hypotheses latin.txt", b""),
        ("perplexity c.txt -m models/lm --cache-theta 0.3", b""),
        ("perplexity c.txt -m models/lm --device nowhere", b""),
        ("export models/vectors --to npy -o there.npy", b""),
        ("export models/vectors --to arpa -o new", b""),
        ("mix models/lm models/lm --weights one,two -o mixed", b""),
        (f"{TRAIN} --order 2 --arch lstm".replace("--steps 1", ""), b""),
        (f"{TRAIN} --tokenizer none-such", b""),
        (f"{TRAIN} --encoding none-such", b""),
        (f"{TRAIN} --arch transformer --hidden-size 5 --heads 3", b""),
        (f"{TRAIN} --arch rnn --heads=3", b""),
        (f"{TRAIN} --arch lstm --context 3", b""),
        (f"{TRAIN} --arch ngram --members 3".replace("--steps 1", ""), b""),
        (f"{TRAIN} --arch ngram --resume".replace("--steps 1", ""), b""),
        ("rescore nbest.tsv -m models/lm --tune some.txt --lm-weight 2 --word-bonus 1", b""),
        ("score c.txt -m models/lm --cache 9 --tune c.txt --cache-theta 0.3", b""),
    ],
)
def test_what_is_tried_works(seqlm: Seqlm, place: Path, line: str, stdin: bytes) -> None:
    """Else a user who does as the program says would be refused again."""
    hint = refused(seqlm(*shlex.split(line), stdin=stdin))[1]
    program, *arguments = shlex.split(hint.removeprefix("try: "))
    assert program == "seqlm", hint
    done = seqlm(*arguments, stdin=stdin)
    assert done.code == 0, f"{hint}: {done.err}"
