"""``translate`` as somebody at a shell meets it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqlm.commands import run
from tests.bad_inputs import ODD_BUT_GOOD
from tests.commands.conftest import Seqlm
from tests.commands.test_command_line import PROGRAM, refused
from tests.tiny_translation import SOURCES, TARGETS, tiny_translation

TEXT = "".join(f"{line}\n" for line in SOURCES)
KEYS = ["line", "source", "rank", "text", "score"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer that has learnt three sentences."""
    return tiny_translation(tmp_path_factory.mktemp("made") / "models" / "translate-tiny")


def test_a_line_for_a_line(seqlm: Seqlm, model: Path, tmp_path: Path) -> None:
    """Else translations would have to be matched with their lines by hand."""
    text = f"\n{TEXT}   \n{SOURCES[0]}"
    expected = ["", *TARGETS, "", TARGETS[0]]
    done = seqlm("translate", "-m", model, stdin=text.encode())
    assert done.code == 0 and done.lines == expected
    assert done.err == f"model: {model}\n"
    (tmp_path / "a.txt").write_text(text)
    assert seqlm("translate", "a.txt", "-m", model, "-q").lines == expected
    for options in (("--beam", 1), ("--beam", 3), ("--batch-size", 1), ("--length-penalty", 0)):
        assert seqlm("translate", "a.txt", "-m", model, *options).lines == expected


def test_the_newest_model_is_taken(
    seqlm: Seqlm, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each command would need -m."""
    monkeypatch.chdir(model.parents[1])
    done = seqlm("translate", stdin=TEXT.encode())
    assert done.lines == TARGETS and done.err == "model: models/translate-tiny\n"


def test_json_and_n_best(seqlm: Seqlm, model: Path) -> None:
    """Else a program could not read what a person can."""
    common = ("translate", "-m", model, "--beam", "4", "--nbest", "3")
    records = seqlm(*common, "--json", stdin=f"{TEXT}\n".encode()).records
    assert [list(record) for record in records] == [KEYS] * 10
    assert [(r["line"], r["rank"]) for r in records] == [
        *((line, rank) for line in (1, 2, 3) for rank in (1, 2, 3)),
        (4, 1),
    ]
    for line, (source, target) in enumerate(zip(SOURCES, TARGETS, strict=True)):
        best = records[3 * line]
        assert (best["source"], best["text"]) == (source, target)
        assert -20 < best["score"] < 0
    assert (records[-1]["source"], records[-1]["text"], records[-1]["score"]) == ("", "", 0.0)
    table = seqlm(*common, stdin=TEXT.encode()).table
    assert list(table[0]) == ["line", "rank", "score", "text"]
    assert [row["text"] for row in table] == [r["text"] for r in records[:9]]
    assert "line\t" not in seqlm(*common, "--no-header", stdin=TEXT.encode()).text


def test_given_translations_are_scored(seqlm: Seqlm, model: Path, tmp_path: Path) -> None:
    """Else --score would not be the score that a search shows."""
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text("".join(f"{line}\n" for line in TARGETS))
    found = seqlm("translate", "-m", model, "--json", stdin=TEXT.encode()).records
    forced = seqlm("translate", "a.txt", "--score", "b.txt", "-m", model, "--json").records
    assert [list(record) for record in forced] == [KEYS] * 3
    assert [record["text"] for record in forced] == TARGETS
    assert [r["score"] for r in forced] == pytest.approx([r["score"] for r in found], abs=1e-4)
    table = seqlm("translate", "--score", "b.txt", "-m", model, stdin=TEXT.encode()).table
    assert [list(row) for row in table] == [["line", "score"]] * 3
    (tmp_path / "b.txt").write_text(TARGETS[0] + "\n")
    error, _ = refused(seqlm("translate", "a.txt", "--score", "b.txt", "-m", model))
    assert "3 lines" in error and " 1:" in error


def test_attention_of_the_first_line(seqlm: Seqlm, model: Path, tmp_path: Path) -> None:
    """Else nobody could see which words a translation came from."""
    text = f"\n{TEXT}".encode()
    done = seqlm("translate", "-m", model, "--attention", "map.json", stdin=text)
    assert done.code == 0 and done.lines == ["", *TARGETS]
    assert "attention: map.json" in done.err
    record = json.loads((tmp_path / "map.json").read_text())
    assert "".join(record["source"]).replace("▁", " ") == f" {SOURCES[0]}</s>"
    assert "".join(record["target"]).replace("▁", " ") == f" {TARGETS[0]}</s>"
    assert [sum(row) for row in record["weights"]] == pytest.approx(
        [1] * len(record["target"]), abs=1e-4
    )
    shown = seqlm("translate", "-m", model, "--attention", "-", "--head", "2", stdin=text)
    assert shown.lines[:4] == ["", *TARGETS] and "░ 0.1" in shown.lines[-1]
    for options, message in (
        (("--attention", "map.gif"), ".gif"),
        (("--attention", "-", "--head", "9"), "head 9"),
        (("--attention", "-", "--score", "map.json"), "--score"),
    ):
        assert message in refused(seqlm("translate", "-m", model, *options, stdin=text))[0]


def test_a_picture_that_cannot_be_drawn(
    seqlm: Seqlm, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a corpus would be translated before it is said that Pillow is missing."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    asked = seqlm("translate", "-m", model, "--attention", "map.png", stdin=TEXT.encode())
    assert asked.out == b"" and "Pillow" in refused(asked, 1)[0]


def test_samples(seqlm: Seqlm, model: Path) -> None:
    """Else --seed would not bring a text back."""
    common = ("translate", "-m", model, "--sample", "--temperature", "3", "--top-p", "0.99")
    one = seqlm(*common, stdin=TEXT.encode())
    assert one.code == 0 and one.out.count(b"\n") == 3
    assert seqlm(*common, "--batch-size", "1", stdin=TEXT.encode()).out == one.out
    assert seqlm(*common, "--seed", "2", stdin=TEXT.encode()).out != one.out
    assert seqlm(*common, "--top-k", "1", stdin=TEXT.encode()).lines == TARGETS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--sample", "--beam", "3"], "--sample"),
        (["--score", "a.txt", "--nbest", "2"], "--score"),
        (["--score", "missing.txt"], "missing.txt"),
        (["--engine", "ctranslate2", "--sample"], "ctranslate2"),
        (["--quantization", "int8"], "--quantization"),
        (["--beam", "0"], "--beam"),
        (["--engine", "fast"], "fast"),
        (["nowhere.txt"], "nowhere.txt"),
        (["-m", "nowhere"], "nowhere"),
    ],
)
def test_what_does_not_go_together(
    seqlm: Seqlm, model: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    """Else an option would be ignored in silence."""
    (tmp_path / "a.txt").write_text(TEXT)
    files = [] if "nowhere.txt" in options else ["a.txt"]
    chosen = [] if "-m" in options else ["-m", model]
    assert message in refused(seqlm("translate", *files, *chosen, *options))[0]


def test_no_model_and_another_kind(
    seqlm: Seqlm, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a language model would be taken for a translator."""
    monkeypatch.delenv("SEQLM_MODEL", raising=False)
    assert "translation model" in refused(seqlm("translate", stdin=b"a\n"))[0]
    error, _ = refused(seqlm("translate", "-m", models["word"], stdin=b"a\n"))
    assert "a language model" in error


def odd_lines(count: int) -> list[str]:
    """Lines as they are found: empty, blank, of control characters, endless, in any script."""
    draw = random.Random(1)
    kinds = [
        lambda: "",
        lambda: " " * draw.randrange(1, 9),
        lambda: "\t\x01\x1b[31m\x7f\x85",
        lambda: "👨‍👩‍👧 🙂 e\u0301\u0301 \ufeff",
        lambda: "한국어 日本語 العربية",
        lambda: "</s> <unk> <0x0A> ▁ \ue000",
        lambda: "".join(chr(draw.randrange(0x20, 0x3000)) for _ in range(draw.randrange(1, 20))),
        lambda: draw.choice(SOURCES),
    ]
    lines = [draw.choice(kinds)() for _ in range(count)]
    for number in range(0, count, 50):
        lines[number] = f"mark {number}"
    lines[count // 2] = "ein Hund " * 400
    lines[count // 3] = "x" * 2000
    return lines


def test_two_thousand_odd_lines(seqlm: Seqlm, model: Path) -> None:
    """Else one odd line of a crawl would shift all behind it."""
    lines = odd_lines(2000)
    options = ("-m", model, "--beam", "1", "--max-length", "12")
    done = seqlm("translate", *options, stdin="\n".join([*lines, ""]).encode())
    assert done.code == 0
    out = done.out.decode().split("\n")[:-1]
    assert len(out) == len(lines)
    marks = [n for n in range(0, 2000, 50) if lines[n].startswith("mark")]
    asked = "".join(f"{lines[n]}\n" for n in marks).encode()
    alone = seqlm("translate", *options, stdin=asked).out.decode().split("\n")[:-1]
    assert [out[n] for n in marks] == alone
    assert [out[n] for n, line in enumerate(lines) if not line.strip()] == [""] * sum(
        not line.strip() for line in lines
    )
    assert re.search(r"(\d+) lines were longer than 40 tokens and were translated", done.err)


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_only_lf_ends_a_line(seqlm: Seqlm, model: Path, name: str) -> None:
    """Else a file from another system would give other lines."""
    data = ODD_BUT_GOOD[name]
    done = seqlm("translate", "-m", model, "--max-length", "3", stdin=data)
    assert done.code == 0
    assert done.out.count(b"\n") == data.count(b"\n") + (not data.endswith(b"\n"))


def test_the_empty_text(seqlm: Seqlm, model: Path) -> None:
    """Else nothing would not give nothing."""
    done = seqlm("translate", "-m", model, stdin=b"")
    assert (done.code, done.out) == (0, b"")


def test_a_closed_pipe_is_quiet(model: Path, tmp_path: Path) -> None:
    """Else `| head -1` would end in an error, or only after the whole text."""
    (tmp_path / "a.txt").write_text(TEXT * 2000)
    command = f"{' '.join(PROGRAM)} translate -q --beam 1 -m {model} a.txt | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (141, TARGETS[0] + "\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_an_error(
    model: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Else half a translation would pass for a whole one."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    full = open("/dev/full", "w")  # noqa: SIM115 (closing it fails)
    monkeypatch.setattr(sys, "stdout", full)
    assert run(["translate", "-q", "-m", str(model)]) == 1
    assert capfd.readouterr().err.startswith("error: No space left")
    with contextlib.suppress(OSError):
        full.close()


def test_a_conversation(model: Path) -> None:
    """Else one could not try a model out: a line typed is answered before the next one."""
    controller, terminal = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, "translate", "-m", str(model)],
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TERM": "dumb"},
    )
    os.close(terminal)
    try:
        for source, target in zip(SOURCES, TARGETS, strict=True):
            os.write(controller, f"{source}\n".encode())
            seen = b""
            while target.encode() + b"\r\n" not in seen:
                seen += os.read(controller, 1000)
        os.write(controller, b"\x04")
        assert running.wait(timeout=60) == 0
    finally:
        running.kill()
        os.close(controller)


def test_help_needs_no_torch() -> None:
    """Else asking what to type would take seconds."""
    code = (
        "import sys; from seqlm.commands import run; run(['translate', '--help']);"
        "run(['translate', 'missing.txt']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_other_engine(seqlm: Seqlm, model: Path, tmp_path: Path) -> None:
    """Else the fast engine would translate with another model, or score on another scale."""
    pytest.importorskip("ctranslate2")
    lines = [*SOURCES, "", "ein Buch liest zwei Hunde.", SOURCES[0] + " " + SOURCES[1]]
    text = "".join(f"{line}\n" for line in lines).encode()
    for options in (("--beam", "1"), ("--beam", "4", "--nbest", "3", "--length-penalty", "0.5")):
        common = ("translate", "-m", model, "--json", *options)
        ours = seqlm(*common, stdin=text).records
        theirs = seqlm(*common, "--engine", "ctranslate2", stdin=text).records
        assert [r["text"] for r in theirs] == [r["text"] for r in ours]
        assert [r["score"] for r in theirs] == pytest.approx([r["score"] for r in ours], abs=1e-3)
    small = seqlm(
        "translate", "-m", model, "--engine", "ctranslate2", "--quantization", "int8", stdin=text
    )
    assert small.lines[:4] == [*TARGETS, ""]


def test_the_other_engine_is_missing(
    seqlm: Seqlm, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an import error would be all one sees."""
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    outcome = seqlm("translate", "-m", model, "--engine", "ctranslate2", stdin=b"a\n")
    assert refused(outcome, 1)[1] == "try: pip install 'seqlm[fast]'"


def test_recurrent_models_stay_with_torch(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the engine would be given weights that it has no place for."""
    pytest.importorskip("ctranslate2")
    folder = tiny_translation(tmp_path / "lstm", "lstm")
    error, hint = refused(
        seqlm("translate", "-m", folder, "--engine", "ctranslate2", stdin=b"ein Hund\n")
    )
    assert "lstm" in error and "--arch transformer" in hint


def test_an_export_is_whole(model: Path, tmp_path: Path) -> None:
    """Else an exported model would need this package's folder, or another tokenizer."""
    ctranslate2 = pytest.importorskip("ctranslate2")
    from seqlm.recipes.ctranslate2_export import export_ctranslate2
    from seqlm.tokenizers import load_tokenizer

    for quantization in ("none", "int8"):
        out = tmp_path / quantization
        files = export_ctranslate2(model, out, quantization)
        assert {"model.bin", "config.json", "tokenizer.json"} <= {path.name for path in files}
        tokenizer = load_tokenizer(
            {path.name: path.read_bytes() for path in files if path.name.startswith("tokenizer.")}
        )
        engine = ctranslate2.Translator(str(out))
        pieces = tokenizer.pieces(tokenizer.encode(SOURCES[1]))
        (result,) = engine.translate_batch([pieces])
        assert tokenizer.decode(tokenizer.piece_ids(result.hypotheses[0])) == TARGETS[1]
        assert json.loads((out / "config.json").read_text())["add_source_eos"] is True
