"""``train-word2vec`` from text to neighbours, on a text whose words fall into two camps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqlm.config import Word2VecOptions
from tests.commands.conftest import Seqlm

pytest.importorskip("numba")

CAMPS = (
    ["apple", "pear", "plum", "fig", "사과", "배"],
    ["iron", "steel", "tin", "zinc", "철", "납"],
)


def camps(path: Path, lines: int = 3000) -> Path:
    """Lines of eight words, each line all of fruits or all of metals."""
    random = np.random.default_rng(1)
    text = [" ".join(random.choice(CAMPS[number % 2], 8)) for number in range(lines)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("threads", [1, 2])
def test_neighbours_are_of_the_same_camp(
    seqlm: Seqlm, tmp_path: Path, arch: str, threads: int
) -> None:
    """Else the vectors would not say which words stand together, which is all they are for."""
    text = camps(tmp_path / "c.txt")
    trained = seqlm(
        "train-word2vec",
        text,
        "--arch",
        arch,
        "--dim",
        "16",
        "--subsample",
        "0",
        "--epochs",
        "8",
        "--threads",
        threads,
        "--lr",
        "0.05",
    )
    assert trained.code == 0, trained.err
    assert trained.text == "models/vectors-c\n"
    for camp in CAMPS:
        rows = seqlm("neighbors", camp[0], camp[4], "-n", "5").table
        assert {row["word"] for row in rows if row["query"] == camp[0]} == set(camp[1:])
        assert {row["word"] for row in rows if row["query"] == camp[4]} == set(camp) - {camp[4]}


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_one_thread_gives_the_same_bytes(seqlm: Seqlm, tmp_path: Path, arch: str) -> None:
    """Else nobody could repeat anybody's vectors."""
    text = camps(tmp_path / "c.txt", lines=300)
    flags = ("--arch", arch, "--dim", "16", "--threads", "1", "-q")
    for name in ("a", "b"):
        seqlm("train-word2vec", text, *flags, "-o", name)
    assert (tmp_path / "a/vectors.npy").read_bytes() == (tmp_path / "b/vectors.npy").read_bytes()
    seqlm("train-word2vec", text, *flags, "-o", "c", "--seed", "2")
    assert (tmp_path / "a/vectors.npy").read_bytes() != (tmp_path / "c/vectors.npy").read_bytes()


def test_json_of_a_training(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a script could not follow a training, or its loss would mean nothing."""
    text = camps(tmp_path / "c.txt")
    done = seqlm(
        "train-word2vec", text, "--json", "--subsample", "0", "--threads", "1", "--dim", "16"
    )
    *records, last = done.records
    assert [round(record["epoch"]) for record in records] == [1, 2, 3, 4, 5]
    assert records[-1]["train_loss"] < records[0]["train_loss"]
    assert records[-1]["valid_loss"] < records[0]["valid_loss"]
    assert last["model"] == "models/vectors-c" and last["seconds"] > 0


def test_looking_at_held_out_text_changes_nothing() -> None:
    """Else the held-out loss would be of text that was learnt from."""
    from seqlm.models.word2vec import Word2Vec

    counts = np.array([50, 40, 30, 20, 10])
    for arch in ("skipgram", "cbow"):
        model = Word2Vec(list("abcde"), counts, Word2VecOptions(arch=arch, dim=16, subsample=0))
        before = model.inputs.tobytes() + model.outputs.tobytes()
        loss = model.loss(np.array([0, 1, 2, -1, 3, 4, 0, 1], np.int32))
        assert loss > 0
        assert model.inputs.tobytes() + model.outputs.tobytes() == before


@pytest.mark.parametrize("text", [b"", b"one\n", b"a b c\n"])
def test_too_little_text(seqlm: Seqlm, tmp_path: Path, text: bytes) -> None:
    """Else vectors would be written that nothing was learnt for."""
    (tmp_path / "c.txt").write_bytes(text)
    refused = seqlm("train-word2vec", "c.txt")
    assert refused.code == 2
    assert refused.err.splitlines()[-1].startswith("try: ")
