"""``train-translate`` from two files to a folder that translates."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.commands.conftest import Seqlm
from tests.commands.test_command_line import refused

TRANSFORMER = ("--arch", "transformer")
TINY = (
    *("--tokenizer", "word", "--min-count", "1", "--hidden-size", "16"),
    *("--threads", "1", "--precision", "float32", "--num-layers", "1"),
)


def write_pairs(folder: Path, number: int = 400) -> None:
    """Numbers in words of one language and digits of another, in two files and in one."""
    draw = random.Random(1)
    words = ["null", "eins", "zwei", "drei", "vier"]
    rows = [[draw.randrange(5) for _ in range(draw.randint(1, 4))] for _ in range(number)]
    sources = [" ".join(words[n] for n in row) for row in rows]
    targets = [" ".join(str(n) for n in row) for row in rows]
    (folder / "a.txt").write_text("".join(line + "\n" for line in sources))
    (folder / "b.txt").write_text("".join(line + "\n" for line in targets))
    both = zip(sources, targets, strict=True)
    (folder / "pairs.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in both))


def test_from_two_files_to_translations(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the first example of the manual would not work."""
    write_pairs(tmp_path)
    files = ("--source", "a.txt", "--target", "b.txt")
    options = (*TINY, "--arch", "lstm", "--epochs", 12, "--lr", 0.02)
    trained = seqlm("train-translate", *files, *options, "--json")
    assert trained.code == 0, trained.err
    last = trained.records[-1]
    assert last["model"] == "models/translate-a"
    assert {"step", "train_loss", "valid_loss", "tokens_per_second"} <= set(trained.records[0])
    assert last["valid_loss"] < 0.7 * trained.records[0]["valid_loss"]
    said = seqlm("translate", "--beam", 1, stdin=b"eins zwei\ndrei\n")
    assert said.code == 0 and said.lines == ["1 2", "3"], said.err
    folder = tmp_path / "models" / "translate-a"
    assert "translate" in (folder / "README.md").read_text()
    train = json.loads((folder / "train.json").read_text())
    assert train["repeat"].startswith("--steps ") and train["corpus"]["left_out"] == 0
    facts = seqlm("info", "models/translate-a", "--json").records[0]
    assert facts["kind"] == "translation" and facts["arch"] == "lstm"


def test_a_file_with_tabs_makes_the_same_model(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the shape of the input would change what is learnt."""
    write_pairs(tmp_path)
    short = (*TINY, "--steps", 3, "--seed", 5, "-q")
    assert seqlm("train-translate", "pairs.tsv", *short, "-o", "one").code == 0
    two = ("--source", "a.txt", "--target", "b.txt")
    assert seqlm("train-translate", *two, *short, "-o", "two").code == 0
    piped = (tmp_path / "pairs.tsv").read_bytes()
    assert seqlm("train-translate", *short, "-o", "three", stdin=piped).code == 0
    weights = [(tmp_path / n / "model.safetensors").read_bytes() for n in ("one", "two", "three")]
    assert weights[0] == weights[1] == weights[2]


@pytest.mark.parametrize(
    "options",
    [
        ("--arch", "lstm", "--attention", "additive", "--input-feeding"),
        ("--arch", "gru", "--attention", "none", "--reverse-source", "--peeky"),
        ("--arch", "rnn", "--separate-vocabularies", "--precision", "bfloat16"),
    ],
    ids=lambda options: options[1],
)
def test_other_architectures(seqlm: Seqlm, tmp_path: Path, options: tuple[str, ...]) -> None:
    """Else only the default could be trained and used."""
    write_pairs(tmp_path, 60)
    trained = seqlm("train-translate", "pairs.tsv", *TINY, "--steps", 2, *options)
    assert trained.code == 0, trained.err
    assert len(seqlm("translate", stdin=b"eins\n\nvier\n").lines) == 3


def test_the_plan_is_shown_and_nothing_is_written(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else one would have to train to know how long it takes."""
    write_pairs(tmp_path, 100)
    valid = ("--valid", "pairs.tsv")
    plan = seqlm("train-translate", "pairs.tsv", *valid, *TINY, "--steps", 7, "--dry-run")
    assert plan.code == 0 and "7 steps" in plan.err and "held out: pairs.tsv" in plan.err
    assert not (tmp_path / "models" / "translate-pairs").exists()


def test_a_budget_is_kept(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a training would not be over when it should be."""
    write_pairs(tmp_path, 60)
    plan = seqlm("train-translate", "pairs.tsv", *TINY, "--budget", "5s", "--dry-run")
    assert plan.code == 0 and "about" in plan.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "a.txt"], "two texts"),
        (["pairs.tsv", "--source", "a.txt", "--target", "b.txt"], "not from all"),
        (["--source", "a.txt", "--target", "short.txt"], "400"),
        (["--source", "a.txt", "--target", "nowhere.txt"], "nowhere.txt"),
        (["a.txt"], "line 1"),
        (["pairs.tsv", "--valid-source", "a.txt"], "two texts"),
        (["pairs.tsv", *TRANSFORMER, "--hidden-size", "10", "--num-heads", "3"], "heads"),
        (["pairs.tsv", "--num-heads", "3"], "--num-heads means nothing to --arch lstm"),
        (["pairs.tsv", *TRANSFORMER, "--peeky"], "--peeky means nothing"),
        (["pairs.tsv", "--arch", "ntm"], "ntm"),
        (["empty.txt"], "no pairs"),
        (["--resume"], "train-translate"),
        (["--resume", "-o", "nowhere"], "nowhere"),
    ],
)
def test_refusals(seqlm: Seqlm, tmp_path: Path, arguments: list[str], message: str) -> None:
    """Else a mistake would end in a traceback, or in a model of something else."""
    write_pairs(tmp_path)
    (tmp_path / "short.txt").write_text("1\n" * 399)
    (tmp_path / "empty.txt").write_text("\n \t\n")
    assert message in refused(seqlm("train-translate", *arguments))[0]


def test_a_training_of_another_command_is_not_taken_up(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else --resume would go on with a model of another kind."""
    stored = tmp_path / "models" / "m" / "checkpoint" / "request.json"
    stored.parent.mkdir(parents=True)
    stored.write_text(json.dumps({"command": "train-lm", "request": {}}))
    assert "train-translate" in refused(seqlm("train-translate", "--resume"))[0]
    said = refused(seqlm("train-translate", "--resume", "-o", "models/m"))
    assert "train-lm" in said[0] and "seqlm train-lm --resume" in said[1]
