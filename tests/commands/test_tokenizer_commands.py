"""train-tokenizer and tokenize as a user meets them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from seqlm.model_folder import open_model
from tests.commands.conftest import Outcome, Seqlm, small_corpus

PROGRAM = [sys.executable, "-m", "seqlm"]
NASTY = [
    "the old man",
    "",
    "  two  spaces\tand a tab ",
    "▁ \ue000 \\ \\x09 <unk> </s> <0x41>",
    "한국어 e\u0301 👨‍👩‍👧 \u0301",
    "carriage\rreturn and \x0b\x0c \x85 \u2028 \u3000",
]
TEXT = "".join(f"{line}\n" for line in NASTY).encode()


@pytest.fixture
def folders(seqlm: Seqlm, tmp_path: Path) -> dict[str, Path]:
    """A tokenizer of each kind, made by the command."""
    corpus = small_corpus(tmp_path / "news.txt", lines=300)
    with corpus.open("ab") as file:
        file.write(TEXT * 3)
    made = {}
    for kind in ("word", "char", "unigram", "bpe"):
        done = seqlm("train-tokenizer", corpus, "--kind", kind, "-o", tmp_path / kind, "-q")
        assert (done.code, done.err, done.text) == (0, "", f"{tmp_path / kind}\n")
        made[kind] = tmp_path / kind
    return made


def test_the_three_streams(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a script could not take the folder from stdout, or a user would not know what he has."""
    small_corpus(tmp_path / "news.txt", lines=200)
    done = seqlm("train-tokenizer", "news.txt")
    assert done.text == "models/tokenizer-news\n"
    assert "200 lines" in done.err and "(unigram)" in done.err
    again = seqlm("train-tokenizer", "news.txt")
    assert again.text == "models/tokenizer-news-2\n" and "is there already" in again.err
    config = open_model(tmp_path / "models/tokenizer-news").config
    assert config["kind"] == "tokenizer" and config["arch"] == "unigram"
    assert (
        seqlm("info", "models/tokenizer-news", "--json").records[0]["vocabulary"]
        == (config["vocab_size"])
    )


def test_json_tells_everything(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a script would have to read remarks."""
    (tmp_path / "t.txt").write_text("a b a\n" * 5)
    done = seqlm("train-tokenizer", "t.txt", "--kind", "word", "--vocab-size", "3", "--json", "-q")
    (record,) = done.records
    assert record["model"] == "models/tokenizer-t" and record["vocab_size"] == 3
    assert (record["lines"], record["words"], record["bytes"]) == (5, 15, 30)
    assert "33.33% of the text is unknown" in record["notes"]


def test_a_chosen_folder_is_not_replaced(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a mistyped -o would cost a model."""
    (tmp_path / "t.txt").write_text("a b a\n")
    assert seqlm("train-tokenizer", "t.txt", "-o", "m").code == 0
    before = (tmp_path / "m" / "tokenizer.json").read_bytes()
    refused = seqlm("train-tokenizer", "t.txt", "-o", "m", "--kind", "char")
    assert refused.code == 2 and "--force" in refused.err
    assert (tmp_path / "m" / "tokenizer.json").read_bytes() == before
    assert seqlm("train-tokenizer", "t.txt", "-o", "m", "--kind", "char", "--force").code == 0
    assert (tmp_path / "m" / "tokenizer.json").read_bytes() != before


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a\xff\n", b"a\0\n", gzip.compress(b"a")[:-3]])
def test_a_text_that_cannot_be_used_leaves_no_model(
    seqlm: Seqlm, tmp_path: Path, data: bytes
) -> None:
    """Else there would be a tokenizer of nothing."""
    (tmp_path / "t.txt").write_bytes(data)
    done = seqlm("train-tokenizer", "t.txt")
    assert done.code == 2 and done.out == b"" and "Traceback" not in done.err
    assert [line.split(":")[0] for line in done.err.splitlines()][-2:] == ["error", "try"]
    assert not list((tmp_path / "models").glob("[!.]*"))


def test_a_pipe_trains(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else `zcat big.gz | seqlm train-tokenizer` would not work."""
    (tmp_path / "t.txt").write_bytes(b"a b a\n" * 9)
    seqlm("train-tokenizer", "t.txt", "-o", "file")
    done = seqlm("train-tokenizer", stdin=gzip.compress(b"a b a\n" * 9))
    assert done.text == "models/tokenizer-stdin\n"
    for name in ("tokenizer.json", "tokenizer.model"):
        assert (tmp_path / "file" / name).read_bytes() == (
            tmp_path / "models/tokenizer-stdin" / name
        ).read_bytes()


@pytest.mark.parametrize("kind", ["char", "unigram", "bpe"])
@pytest.mark.parametrize("ids", [[], ["--ids"]])
def test_pieces_give_the_text_back(
    seqlm: Seqlm, folders: dict[str, Path], kind: str, ids: list[str]
) -> None:
    """Else tokenizing a corpus for another program would spoil it."""
    pieces = seqlm("tokenize", "-m", folders[kind], *ids, stdin=TEXT)
    assert pieces.code == 0 and pieces.out.count(b"\n") == len(NASTY)
    text = seqlm("tokenize", "-m", folders[kind], "--decode", *ids, stdin=pieces.out)
    assert text.text == TEXT.decode().replace("e\u0301", "é")


def test_words_are_shown_as_they_are(seqlm: Seqlm, folders: dict[str, Path]) -> None:
    """Else the pieces of a word model could not be read."""
    done = seqlm("tokenize", "-m", folders["word"], stdin=b"the  old man xyzzy\n\n")
    assert done.text == "the old man <unk>\n\n"
    back = seqlm("tokenize", "-m", folders["word"], "--decode", stdin=done.out)
    assert back.text == "the old man <unk>\n\n"


def test_a_record_for_each_line(seqlm: Seqlm, folders: dict[str, Path]) -> None:
    """Else the lines of two files could not be matched."""
    for options in ([], ["--ids"], ["--json"], ["--decode", "--ids"]):
        stdin = b"5\n\n7 8\n\n" if "--decode" in options else b"a\n\nb\r\nc"
        assert len(seqlm("tokenize", "-m", folders["char"], *options, stdin=stdin).lines) == 4
        assert seqlm("tokenize", "-m", folders["char"], *options, stdin=b"").out == b""
    records = seqlm("tokenize", "-m", folders["char"], "--json", stdin=b"a b\n\n").records
    assert [record["line"] for record in records] == [1, 2]
    assert records[0]["pieces"] == ["a", "▁", "b"] and len(records[0]["ids"]) == 3
    assert records[1] == {"line": 2, "pieces": [], "ids": []}


def test_a_long_line_is_one_record(
    seqlm: Seqlm, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a line that comes in segments would be several lines, or lose its spaces."""
    monkeypatch.setattr("seqlm.data.blocks.SEGMENT", 50)
    monkeypatch.setattr("seqlm.data.corpus.CHUNK", 64)
    line = " the old  man and the sea" * 40
    stdin = f"a\n{line}\nb\n".encode()
    for kind in ("unigram", "char"):
        pieces = seqlm("tokenize", "-m", folders[kind], stdin=stdin)
        assert len(pieces.lines) == 3
        assert all(pieces.lines) and "  " not in pieces.text
        text = seqlm("tokenize", "-m", folders[kind], "--decode", stdin=pieces.out)
        assert text.out == stdin


def test_statistics(seqlm: Seqlm, folders: dict[str, Path], tmp_path: Path) -> None:
    """Else two tokenizers could not be compared on a text."""
    (tmp_path / "a.txt").write_text("the old man\nxyzzy\n")
    (tmp_path / "b.txt").write_text("the")
    rows = seqlm("tokenize", "-m", folders["word"], "--stats", "a.txt", "b.txt").table
    assert [row["file"] for row in rows] == ["a.txt", "b.txt"]
    counts = {key: rows[0][key] for key in ("lines", "words", "bytes", "tokens", "unknown")}
    assert counts == {"lines": "2", "words": "4", "bytes": "18", "tokens": "4", "unknown": "1"}
    assert rows[0]["unknown_share"] == "0.25" and rows[1]["bytes_per_token"] == "4.0"
    (record, _) = seqlm(
        "tokenize", "-m", folders["word"], "--stats", "a.txt", "b.txt", "--json"
    ).records
    assert record["tokens_per_word"] == 1.0
    refused = seqlm("tokenize", "-m", folders["word"], "--stats", "--decode", "a.txt")
    assert refused.code == 2


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["--decode"], b"t h e\nqqqq\n", "line 2"),
        (["--decode"], rb"\q" + b"\n", "escape"),
        (["--decode", "--ids"], b"4 5\n6 x\n", "line 2"),
        (["--decode", "--ids"], b"99999\n", "99999"),
        (["--decode", "--ids"], b"4 -1\n", "-1"),
        (["--decode", "--ids"], b"4 0 5\n", "end of a line"),
        (["--encoding", "nonsense"], b"a\n", "nonsense"),
        (["nowhere.txt"], b"", "nowhere.txt"),
    ],
)
def test_what_cannot_be_done_is_said(
    seqlm: Seqlm, folders: dict[str, Path], arguments: list[str], stdin: bytes, message: str
) -> None:
    """Else a wrong text would come out, or a traceback."""
    done = seqlm("tokenize", "-m", folders["char"], *arguments, stdin=stdin)
    assert done.code == 2 and "Traceback" not in done.err
    assert message in done.err.splitlines()[-2] and done.err.splitlines()[-1].startswith("try:")


def test_the_newest_tokenizer_is_taken_and_named(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else `-m` would have to be typed each time, or nobody would know whose pieces these are."""
    (tmp_path / "t.txt").write_text("a b a\n")
    assert seqlm("tokenize", stdin=b"a\n").code == 2
    seqlm("train-tokenizer", "t.txt", "--kind", "word")
    done = seqlm("tokenize", stdin=b"a\n")
    assert done.text == "a\n" and "model: models/tokenizer-t" in done.err
    assert seqlm("tokenize", "-q", stdin=b"a\n").err == ""


def test_a_language_model_tokenizes(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else nobody could see what a model sees."""
    for kind, model in models.items():
        done = seqlm("tokenize", "-m", model, stdin=b"the\n")
        assert done.code == 0 and done.text.count("\n") == 1, kind


def test_replaced_bytes_are_told(seqlm: Seqlm, folders: dict[str, Path]) -> None:
    """Else nobody would know how much of the output is made up."""
    done = seqlm("tokenize", "-m", folders["char"], "--errors", "replace", stdin=b"a\xff\n")
    assert done.code == 0 and "became U+FFFD: 1" in done.err


def run(*arguments: object, **options: object) -> Outcome:
    done = subprocess.run([*PROGRAM, *map(str, arguments)], capture_output=True, **options)  # type: ignore[call-overload]
    return Outcome(done.returncode, done.stdout, done.stderr.decode())


def test_a_conversation(folders: dict[str, Path]) -> None:
    """Else a program that writes a line and waits for its pieces would wait for ever."""
    command = [*PROGRAM, "tokenize", "-q", "-m", str(folders["unigram"])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        for _ in range(3):
            process.stdin.write(b"the man\n")
            process.stdin.flush()
            assert process.stdout.readline().split()
        process.stdin.close()
        assert process.wait() == 0


def test_head_ends_it_quietly(folders: dict[str, Path], tmp_path: Path) -> None:
    """Else `| head -1` would end in an error."""
    (tmp_path / "long.txt").write_text("the old man\n" * 200_000)
    command = f"{' '.join(PROGRAM)} tokenize -q -m {folders['char']} long.txt | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, cwd=tmp_path, text=True
    )
    assert (done.returncode, done.stderr) == (141, "")
    assert done.stdout.count("\n") == 1


def test_the_locale_changes_nothing(folders: dict[str, Path]) -> None:
    """Else Korean could not be tokenized on a server without a locale."""
    for locale in ("C", "POSIX", "en_US.ISO-8859-1"):
        done = run(
            "tokenize",
            "-m",
            folders["unigram"],
            "--json",
            input=TEXT,
            env={"LC_ALL": locale, "PYTHONUTF8": "0", "PATH": ""},
        )
        assert done.code == 0, done.err
        assert len(done.lines) == len(NASTY)
        assert [json.loads(line)["line"] for line in done.lines] == [1, 2, 3, 4, 5, 6]
