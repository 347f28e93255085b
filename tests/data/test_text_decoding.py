"""Bytes that are no text stop the reading, and are found; unless they are to be replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlm.config import Errors, TextOptions
from seqlm.data.corpus import CHUNK, Corpus, ReadReport
from seqlm.errors import InputError, UsageError

KOREAN = "영화가 정말 재미있었어요. 배우들의 연기도 좋았고요\n"
JAPANESE = "これは日本語のテキストです。カタカナも漢字もあります\n"
FRENCH = "un café très élégant, où l'été règne\n"


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    return path


def read(
    path: Path, encoding: str = "utf-8", errors: Errors = "strict"
) -> tuple[list[str], ReadReport]:
    corpus = Corpus(path, TextOptions(encoding, errors))
    return [line for block in corpus.blocks() for line in block.lines], corpus.report


def refusal(path: Path, encoding: str = "utf-8") -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, encoding)
    return caught.value


def test_the_place_of_a_bad_byte(tmp_path: Path) -> None:
    """Else one bad byte in a gigabyte could not be found."""
    message = refusal(write(tmp_path, b"ok\nfine\nab\xffcd\n")).message
    assert "text.txt, line 3: byte 10 (0xFF)" in message


@pytest.mark.parametrize("before", [CHUNK - 3, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1])
def test_the_place_is_right_at_the_edge_of_a_chunk(tmp_path: Path, before: int) -> None:
    """Else the offset would be wrong in every file longer than one reading."""
    good = b"x\n" * (before // 2) + b"y" * (before % 2)
    error = refusal(write(tmp_path, good + "한".encode()[:2] + b"z\n"))
    assert f"line {before // 2 + 1}: byte {before} (0xED)" in error.message


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (KOREAN, "cp949"),
        (KOREAN, "euc-kr"),
        (JAPANESE, "shift_jis"),
        (FRENCH, "latin-1"),
        ("“it’s” – naïve\n", "cp1252"),
    ],
)
def test_the_right_encoding_is_suggested_and_works(
    tmp_path: Path, text: str, encoding: str
) -> None:
    """Else the user would have to know what wrote the file."""
    path = write(tmp_path, text.encode(encoding) * 30)
    suggested = "cp949" if encoding == "euc-kr" else encoding  # which holds euc-kr
    assert refusal(path).hint == f"--encoding {suggested}"
    for name in (encoding, suggested):
        assert read(path, name)[0] == [text.rstrip("\n")] * 30


def test_utf8_taken_for_something_else(tmp_path: Path) -> None:
    """Else the suggestion for a wrong --encoding would be another wrong one."""
    path = write(tmp_path, (KOREAN * 3).encode() + "é\n".encode())
    assert "--encoding utf-8" in str(refusal(path, "ascii").hint)


def test_a_single_bad_byte_in_good_text(tmp_path: Path) -> None:
    """Else an encoding would be suggested that spoils the rest."""
    path = write(tmp_path, (KOREAN * 9).encode() + b"\xff\n" + (KOREAN * 9).encode())
    assert "--errors replace" in str(refusal(path).hint)


def test_what_is_no_text_at_all(tmp_path: Path) -> None:
    """Else an encoding would be suggested for a picture."""
    path = write(tmp_path, b"\x89PNG\r\n\x1a\n\x01\x02\x03\x80\x81\x82" * 9)
    assert refusal(path).hint == f"file {path}"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_other_unicode_is_refused_unless_it_is_named(tmp_path: Path, encoding: str) -> None:
    """Else a text from Windows would be trained on as NULs."""
    path = write(tmp_path, (KOREAN * 2).encode(encoding))
    assert refusal(path).hint == f"--encoding {encoding}"
    assert read(path, encoding)[0] == [KOREAN.rstrip("\n")] * 2


def test_nul_is_refused(tmp_path: Path) -> None:
    """Else UTF-16 without a mark, or half a binary file, would pass for text."""
    assert "line 2: byte 4 is NUL" in refusal(write(tmp_path, b"ab\nc\0d\n")).message
    path = write(tmp_path, "the old man\n".encode("utf-16-le"))
    assert "utf-16-le" in str(refusal(path).hint)
    assert read(path, "utf-16-le")[0] == ["the old man"]


def test_replacing_is_counted(tmp_path: Path) -> None:
    """Else nobody would know how much of a text is made up."""
    path = write(tmp_path, b"a\xffb\n" + "한".encode()[:2] + b"\nc\0d \xef\xbf\xbd\n" + b"end\xe9")
    lines, report = read(path, errors="replace")
    assert lines == ["a\ufffdb", "\ufffd\ufffd", "c\ufffdd \ufffd", "end\ufffd"]
    assert report.replaced == 5 and report.skipped == 0
    assert report.bytes == len("".join(f"{line}\n" for line in lines).encode())


def test_skipping_is_counted(tmp_path: Path) -> None:
    """Else nobody would know how much of a text is missing."""
    path = write(tmp_path, b"bad \xff\xff\ngood\nba\0d\n\nfine\nbad\xe9")
    lines, report = read(path, errors="skip")
    assert lines == ["good", "", "fine"]
    assert report.skipped == 3 and report.replaced == 0
    assert (report.lines, report.bytes, report.words) == (3, 11, 2)
    assert report.remarks() == ["lines left out because of bytes that could not be decoded: 3"]
    assert read(write(tmp_path, b"\xff\n"), errors="skip")[0] == []


def test_any_encoding_replaces(tmp_path: Path) -> None:
    """Else --errors replace would fail where it is needed most."""
    path = write(tmp_path, "한국어".encode("cp949")[:-1] + b"\n\xff\xff\n")
    assert read(path, "cp949", "replace")[0][0].startswith("한국")
    path = write(tmp_path, "ab".encode("utf-16-le") + b"\x00\xd8" + "c\n".encode("utf-16-le"))
    assert read(path, "utf-16-le", "replace")[0] == ["ab\ufffd\ufffdc"]


@pytest.mark.parametrize(
    "name", ["nonsense", "rot13", "base64", "unicode_escape", "utf-7", "idna", ""]
)
def test_what_is_no_encoding(tmp_path: Path, name: str) -> None:
    """Else a typing mistake would end in a traceback."""
    with pytest.raises(UsageError, match="encoding"):
        Corpus(write(tmp_path, b"a"), TextOptions(encoding=name))
