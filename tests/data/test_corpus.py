"""What FILE... names is read as the same text, whatever it comes in."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from seqlm.config import TextOptions
from seqlm.data.corpus import Corpus, ReadReport, read_lines
from seqlm.errors import InputError, UsageError


def lines_of(*paths: object, **options: object) -> list[str]:
    """All lines of a corpus; none of these tests has one that spans blocks."""
    corpus = Corpus([str(path) for path in paths], TextOptions(**options))  # type: ignore[arg-type]
    return [line for block in corpus.blocks() for line in block.lines]


def pipe_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Let standard input be a pipe with ``data``."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\n\nb\n", ["a", "", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\r", ["a\rb\r"]),
        (b"a\r\r\nb", ["a\r", "b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f\x1cg\n".encode(), ["a\x0bb\x0cc\x85d\u2028e\u2029f\x1cg"]),
        ("e\u0301 \u1112\u1161\u11ab\n".encode(), ["é 한"]),
        (b"  two  spaces \t\n", ["  two  spaces \t"]),
    ],
)
def test_lines(tmp_path: Path, data: bytes, lines: list[str]) -> None:
    """Else a text from another system, or with rare line ends, would have other lines here."""
    (tmp_path / "t").write_bytes(data)
    assert lines_of(tmp_path / "t") == lines


def test_normalization_can_be_left_out(tmp_path: Path) -> None:
    """Else a study of how people type could not see it."""
    (tmp_path / "t").write_text("e\u0301\n")
    assert lines_of(tmp_path / "t", normalization="none") == ["e\u0301"]


def test_the_report_counts_the_text(tmp_path: Path) -> None:
    """Else bits per byte would be divided by the bytes of a file instead of those of its text."""
    text = "\ufeffone  two\r\n한글\u3000e\u0301\n\nlast"
    (tmp_path / "t").write_bytes(text.encode())
    corpus = Corpus(tmp_path / "t")
    blocks = list(corpus.blocks())
    plain = "one  two\n한글\u3000e\u0301\n\nlast\n"
    assert corpus.report == ReadReport(
        files=1, lines=4, bytes=len(plain.encode()), chars=len(plain), words=5
    )
    assert sum(block.num_bytes for block in blocks) == len(plain.encode())
    assert corpus.report.sha256 == hashlib.sha256(plain.encode()).hexdigest()


def test_many_words_are_counted_as_split_does() -> None:
    """Else perplexity per word would be divided by another number of words than `wc` has."""
    from seqlm.data.report import count_words

    for text in (
        "a bc\td\n" * 99,
        " \u3000a\u00a0b\u2003c\x1fd\u200be\U0001f642 \ud7a3" * 99,
        " " * 999,
    ):
        for start in range(4):
            assert count_words(text[start:]) == len(text[start:].split())


def test_files_are_read_in_order_and_never_joined(tmp_path: Path) -> None:
    """Else the last line of a file without a line end would swallow the next file's first."""
    (tmp_path / "b").write_text("b")
    (tmp_path / "a").write_text("a")
    assert lines_of(tmp_path / "b", tmp_path / "a") == ["b", "a"]


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    """Else hidden files would be trained on, or the order would be the file system's."""
    for name in ("z.txt", "a/2.txt", "a/10.txt", ".hidden", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert lines_of(tmp_path) == ["a/10.txt", "a/2.txt", "z.txt"]


def test_a_glob_that_the_shell_left_alone(tmp_path: Path) -> None:
    """Else a quoted glob would be a file that does not exist."""
    for name in ("b.txt", "a.txt", "c.md", "in/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert lines_of(tmp_path / "*.txt") == ["a.txt", "b.txt"]
    assert lines_of(tmp_path / "**" / "d.txt") == ["in/d.txt"]
    (tmp_path / "[x].txt").write_text("a name with brackets")
    assert lines_of(tmp_path / "[x].txt") == ["a name with brackets"]


@pytest.mark.parametrize("given", [[], ["-"]])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    """Else nothing could be piped in."""
    pipe_in(monkeypatch, b"\xef\xbb\xbfone\ntwo")
    assert lines_of(*given) == ["one", "two"]


def test_a_spooled_pipe_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a tokenizer and a model could not both be trained from a pipe."""
    pipe_in(monkeypatch, b"one\ntwo\n")
    corpus = Corpus([], spool=True)
    twice = [[block.lines for block in corpus.blocks()] for _ in range(2)]
    assert twice[0] == twice[1] == [["one", "two"]]


def test_a_pipe_is_not_silently_empty_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a second reading would be of no text at all."""
    pipe_in(monkeypatch, b"one\n")
    corpus = Corpus([])
    assert len(list(corpus.blocks())) == 1
    with pytest.raises(InputError, match="once"):
        list(corpus.blocks())


def test_lines_of_a_pipe_come_as_they_are_written() -> None:
    """Else a filter in a conversation would answer when it is over."""
    from seqlm.data.corpus import Source

    read_end, write_end = os.pipe()
    with open(read_end, "rb") as pipe, open(write_end, "wb", buffering=0) as writer:
        source = Source(f"/dev/fd/{pipe.fileno()}", TextOptions(), spool=False)
        blocks = source.blocks(ReadReport())
        writer.write(b"B\nhalf")
        assert next(blocks).lines == ["B"]
        writer.write(b" a line\nmore")
        assert next(blocks).lines == ["half a line"]
        writer.close()
        assert next(blocks).lines == ["more"]


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Else a file named on an old system could be read, but not be spoken of."""
    path = os.fsencode(tmp_path / "caf") + b"\xe9"
    Path(os.fsdecode(path)).write_text("a")
    corpus = Corpus(os.fsdecode(path))
    assert corpus.sources[0].name.endswith("caf\\xe9")
    assert [block.lines for block in corpus.blocks()] == [["a"]]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo(tmp_path: Path) -> None:
    """Else `<(zcat text.gz)` could not be used."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    thread = threading.Thread(target=fifo.write_bytes, args=(b"one\ntwo\n",))
    thread.start()
    assert lines_of(fifo) == ["one", "two"]
    thread.join()


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a command without a file would hang without a word."""
    pipe_in(monkeypatch, b"")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    with pytest.raises(UsageError, match="terminal"):
        Corpus([])


def test_closed_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else `<&-` would end in a traceback."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="closed"):
        lines_of()


def test_a_missing_file_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    """Else a mistyped second file would cost the time to read the first."""
    (tmp_path / "corpus.txt").write_text("a")
    with pytest.raises(InputError, match=r"corpsu\.txt") as caught:
        Corpus([tmp_path / "corpus.txt", tmp_path / "corpsu.txt"])
    assert str(tmp_path / "corpus.txt") in str(caught.value.hint)
    with pytest.raises(InputError) as caught:
        Corpus(tmp_path / "no" / "where.txt")
    assert caught.value.hint == f"ls {tmp_path}"


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """Else an empty folder or a device would be an empty or an endless corpus."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for path in ("empty", "link", "*.txt", "bad\0name", "x" * 300):
        with pytest.raises(InputError):
            Corpus(tmp_path / path)
    with pytest.raises(InputError, match="device"):
        Corpus("/dev/null")
    with pytest.raises(InputError, match="twice"):
        Corpus(["-", "-"])
    with pytest.raises(InputError):
        Corpus("")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_without_permission(tmp_path: Path) -> None:
    """Else the refusal would come after hours of training on the files before it."""
    (tmp_path / "t").touch(mode=0o000)
    with pytest.raises(InputError, match="permission"):
        Corpus(tmp_path / "t")


def test_a_file_that_goes_away(tmp_path: Path) -> None:
    """Else it would end in a traceback."""
    (tmp_path / "t").write_text("a")
    corpus = Corpus(tmp_path / "t")
    (tmp_path / "t").unlink()
    with pytest.raises(InputError, match="No such file"):
        list(corpus.blocks())


def test_whole_lines_have_a_limit(tmp_path: Path) -> None:
    """Else one endless line would fill the memory where a whole line is wanted."""
    (tmp_path / "t").write_text("short\n" + "long " * 100 + "\n")
    assert list(read_lines(Corpus(tmp_path / "t"))) == ["short", "long " * 100]
    with pytest.raises(InputError, match="line 2"):
        list(read_lines(Corpus(tmp_path / "t"), limit=400))
