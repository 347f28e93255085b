"""How every run begins and ends: help, usage, settings, bad input, pipes, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bad_inputs import BAD_INPUTS, ODD_BUT_GOOD, WITHOUT_WORDS
from tests.commands.conftest import Outcome, Seqlm, small_corpus

PROGRAM = [sys.executable, "-m", "seqlm"]


def refused(outcome: Outcome, code: int = 2) -> list[str]:
    """The two lines of an error, after checking that they are all there is to see."""
    assert outcome.code == code, outcome.err
    assert "Traceback" not in outcome.err
    lines = outcome.err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == 1, outcome.err
    assert lines[-1].startswith("try: ") and lines[-2] == errors[0], outcome.err
    return lines[-2:]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["train-lm", "--help"],
        ["train-lm", "--no-such"],
        ["no-such"],
        ["perplexity", "missing.txt"],
        ["train-lm", "missing.txt"],
        ["evaluate", "--help"],
        ["evaluate", "missing.txt"],
        ["train-translate", "--help"],
        ["train-translate", "missing.txt"],
        ["--version"],
    ],
)
def test_help_and_refusals_are_light(arguments: list[str], tmp_path: Path) -> None:
    """Else asking what to type would take seconds."""
    code = (
        "import sys; from seqlm.commands import run; run(sys.argv[1:]);"
        "heavy = {'torch', 'numpy', 'sentencepiece', 'rich'} & set(sys.modules);"
        "sys.exit(','.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such"], "No such command"),
        (["train-lm", "--no-such"], "No such option"),
        (["train-lm", "--epochs", "many"], "many"),
        (["train-lm", "x", "--budget", "soon"], "soon"),
        (["train-lm", "--arch", "nonsense", "x"], "nonsense"),
        (["perplexity", "nowhere.txt"], "nowhere.txt"),
        (["generate", "-m", "nowhere"], "nowhere"),
        (["generate", "-p", "x"], "no language model"),
        (["train-lm", "missing/*.txt"], "missing/*.txt"),
        (["evaluate", "nowhere.txt"], "nowhere.txt"),
    ],
)
def test_usage_errors(seqlm: Seqlm, arguments: list[str], message: str) -> None:
    """Else a typing mistake would end in a traceback or in silence."""
    assert message in refused(seqlm(*arguments))[0]


def test_a_close_command_is_suggested(seqlm: Seqlm) -> None:
    """Else the next thing to type would have to be looked up."""
    assert refused(seqlm("perplexty"))[1] == "try: seqlm perplexity --help"


@pytest.mark.parametrize("name", BAD_INPUTS)
@pytest.mark.parametrize("command", ["train-lm", "perplexity", "score", "generate", "tokenize"])
def test_bad_input(
    seqlm: Seqlm, models: dict[str, Path], tmp_path: Path, command: str, name: str
) -> None:
    """Else a damaged text would be taken for a good one, or end in a traceback."""
    data = BAD_INPUTS[name]
    (tmp_path / "bad").write_bytes(data)
    arguments = {
        "train-lm": ["train-lm", "bad", "--tokenizer", "word", "--steps", "1"],
        "perplexity": ["perplexity", "bad", "-m", models["unigram"]],
        "score": ["score", "bad", "-m", models["unigram"]],
        "tokenize": ["tokenize", "bad", "-m", models["unigram"]],
        "generate": ["generate", "-m", models["unigram"], "--max-tokens", "2"],
    }[command]
    outcome = seqlm(*arguments, stdin=data if command == "generate" else b"")
    if name in WITHOUT_WORDS and command in ("score", "tokenize", "generate"):
        assert outcome.code == 0  # a filter has nothing to do, and gives a record a line
        if command != "generate":
            header = command == "score"
            assert len(outcome.lines) == data.count(b"\n") + header
    elif name in ("only line ends", "only white space") and command == "perplexity":
        assert outcome.code == 0 and outcome.table[0]["words"] == "0"
    else:
        refused(outcome)
        assert not (tmp_path / "models").exists() or not list((tmp_path / "models").glob("[!.]*"))


def test_the_place_of_a_bad_byte(seqlm: Seqlm, models: dict[str, Path], tmp_path: Path) -> None:
    """Else a bad byte in a gigabyte would be hard to find."""
    (tmp_path / "bad.txt").write_bytes(b"good line\n" * 2 + b"caf\xe9 bar\n")
    error, hint = refused(seqlm("perplexity", "bad.txt", "-m", models["unigram"]))
    assert "bad.txt" in error and "line 3" in error and "23" in error
    assert "--encoding" in hint
    read = seqlm("perplexity", "bad.txt", "-m", models["unigram"], "--encoding", "latin-1")
    assert read.code == 0


@pytest.mark.parametrize("odd", [b"\xef\xbb\xbfthe old man\r\nsat\r\n", b"the old man\nsat"])
def test_odd_but_good_text_is_read_the_same(
    seqlm: Seqlm, models: dict[str, Path], odd: bytes
) -> None:
    """Else a text from another system would have another perplexity."""
    plain = seqlm("score", "-m", models["unigram"], stdin=b"the old man\nsat\n")
    assert seqlm("score", "-m", models["unigram"], stdin=odd).out == plain.out


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_only_lf_ends_a_line(seqlm: Seqlm, models: dict[str, Path], name: str) -> None:
    """Else line numbers would not be those of any other program."""
    data = ODD_BUT_GOOD[name]
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    for command in ("score", "tokenize"):
        outcome = seqlm(command, "-m", models["unigram"], stdin=data)
        assert outcome.code == 0
        assert outcome.out.count(b"\n") == lines + (command == "score")


@pytest.mark.parametrize("damage", ["cut", "flip", "gone", "config", "manifest"])
def test_a_damaged_model_is_refused(
    seqlm: Seqlm, models: dict[str, Path], tmp_path: Path, damage: str
) -> None:
    """Else figures would be given by a model that is not the one that was trained."""
    folder = tmp_path / "m"
    folder.mkdir()
    for file in models["unigram"].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    weights = folder / "1.model.safetensors"
    data = bytearray(weights.read_bytes())
    if damage == "cut":
        weights.write_bytes(data[:-10])
    elif damage == "flip":
        data[-10] ^= 1
        weights.write_bytes(data)
    elif damage == "gone":
        weights.unlink()
    else:
        file = folder / {"config": "config.json", "manifest": "MANIFEST.json"}[damage]
        file.write_text("[" * 5000)
    refused(seqlm("perplexity", "-m", folder, stdin=b"the\n"))


def test_settings(seqlm: Seqlm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what a project settles once would have to be typed each time."""
    small_corpus(tmp_path / "c.txt", lines=60)
    (tmp_path / "seqlm.toml").write_text(
        'hidden-size = 6\n[train-lm]\ntokenizer = "char"\nsteps = 7\nquiet = false\n'
    )
    plan = seqlm("train-lm", "c.txt", "--dry-run").err
    assert "1 x 6," in plan and "char" in plan and "7 steps" in plan
    monkeypatch.setenv("SEQLM_STEPS", "8")
    assert "8 steps" in seqlm("train-lm", "c.txt", "--dry-run").err
    assert "9 steps" in seqlm("train-lm", "c.txt", "--dry-run", "--steps", "9").err
    (tmp_path / "seqlm.toml").write_text("[train-lm]\nhiden-size = 6\n")
    assert "hiden" in refused(seqlm("train-lm", "c.txt", "--dry-run"))[0]


def test_a_closed_pipe_is_quiet(models: dict[str, Path], tmp_path: Path) -> None:
    """Else `| head -1` would end in an error."""
    text = small_corpus(tmp_path / "c.txt", lines=1500)
    command = f"{' '.join(PROGRAM)} score --per token -q -m {models['unigram']} {text} | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True
    )
    assert done.returncode == 141
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_an_error(models: dict[str, Path]) -> None:
    """Else half a result would pass for a whole one."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, "score", "-q", "-m", models["unigram"]],
            input=b"the\n",
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("error: ")
    assert "Traceback" not in done.stderr.decode()


def test_interrupted_and_resumed_is_the_same_model(tmp_path: Path) -> None:
    """Else a training that was stopped would be lost, or come out different."""
    small_corpus(tmp_path / "c.txt", lines=300)
    environment = os.environ | {"SEQLM_CACHE_DIR": str(tmp_path / "cache")}
    command = [
        *PROGRAM,
        "train-lm",
        "c.txt",
        "--tokenizer",
        "char",
        "--steps",
        "1000",
        "--hidden-size",
        "32",
        "--threads",
        "1",
    ]
    (tmp_path / "whole").mkdir()
    running = subprocess.Popen(
        [*command, "-o", "stopped"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if line.startswith("step "):
            running.send_signal(signal.SIGTERM)
            break
    said += running.stderr.readlines()
    assert running.wait() == 143, said
    assert said[-2].startswith("error: stopped at step ")
    assert said[-1] == "try: seqlm train-lm --resume -o stopped\n"
    resume = said[-1].removeprefix("try: seqlm ").split()
    went_on = subprocess.run([*PROGRAM, *resume, "-q"], cwd=tmp_path, env=environment)
    assert went_on.returncode == 0
    whole = subprocess.run([*command, "-o", "whole", "-q"], cwd=tmp_path, env=environment)
    assert whole.returncode == 0
    for weights in ("1.model.safetensors", "2.model.safetensors"):
        stopped, whole = ((tmp_path / name / weights).read_bytes() for name in ("stopped", "whole"))
        assert stopped == whole


def test_an_old_model_lives_until_the_new_one_is_whole(
    seqlm: Seqlm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else --force would leave nothing when the new training fails."""
    from seqlm.recipes import mix

    small_corpus(tmp_path / "c.txt", lines=60)
    common = ("train-lm", "c.txt", "--tokenizer", "char", "--hidden-size", "4", "-o", "m", "-q")
    assert seqlm(*common, "--steps", "2").code == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mix, "publish", full)
    failed = seqlm(*common, "--steps", "3", "--force")
    assert failed.code == 1 and "No space left" in failed.err
    after = {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir() if file.is_file()}
    assert after == before
    assert seqlm("score", "-m", "m", stdin=b"a\n").code == 0
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert seqlm("train-lm", "--resume", "-o", "m", "-q").code == 0
    assert not (tmp_path / "m/checkpoint").exists()


def test_two_trainings_into_one_folder(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else each would overwrite the other's checkpoints."""
    from seqlm.verified_folder import locked

    small_corpus(tmp_path / "c.txt", lines=60)
    with locked(tmp_path / "m"):
        started = time.monotonic()
        error, _ = refused(
            seqlm("train-lm", "c.txt", "--tokenizer", "char", "--steps", "1", "-o", "m")
        )
        assert "another training" in error
        assert time.monotonic() - started < 5
