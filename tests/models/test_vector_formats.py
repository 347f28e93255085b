"""Others' formats: what is written reads back, and what is damaged is not believed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from seqlm.errors import InputError
from seqlm.models.vector_formats import VectorFormat, read_vectors, write_vectors
from seqlm.models.word_vectors import WordVectors

FORMATS = get_args(VectorFormat)
DIM = 6


@pytest.fixture
def vectors() -> WordVectors:
    """Words of several scripts, and numbers that rounding would change."""
    words = ["the", "of", "서울", "naïve", "</s>", "a_b", "-1.5", "🙂", "x\u00a0y", "3"]
    rows = np.random.default_rng(1).normal(size=(len(words), DIM)).astype(np.float32)
    rows[0] = [0, -0.0, 1e-38, 1e18, 1 / 3, np.nextafter(np.float32(1), np.float32(2))]
    return WordVectors(words, rows)


def same(one: WordVectors, other: WordVectors) -> bool:
    """Whether words and bits are equal."""
    return list(one.words) == list(other.words) and one.matrix.tobytes() == other.matrix.tobytes()


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_reads_back(
    form: VectorFormat, vectors: WordVectors, tmp_path: Path
) -> None:
    """Else an export would be another model."""
    made = write_vectors(vectors, tmp_path / "made", form)
    read = read_vectors(tmp_path / "made" if form == "projector" else made[0])
    assert same(read, vectors)
    assert read.remarks == ()
    with pytest.raises(InputError, match="already exists"):
        write_vectors(vectors, tmp_path / "made", form)
    write_vectors(read, tmp_path / "made", form, force=True)
    assert {path.name[0] for path in tmp_path.rglob("*")} != {"."}


@pytest.mark.parametrize("form", FORMATS)
def test_vectors_of_one_number(form: VectorFormat, tmp_path: Path) -> None:
    """Else the smallest of files would be taken for another format."""
    vectors = WordVectors(["a", "b"], np.array([[0.5], [-2]], np.float32))
    made = write_vectors(vectors, tmp_path / "made", form)
    assert same(read_vectors(made[0]), vectors)


@pytest.mark.parametrize("form", ["word2vec-text", "word2vec-bin", "fasttext-vec"])
def test_a_word_with_a_space_is_refused_when_written(form: VectorFormat, tmp_path: Path) -> None:
    """Else the file could not be read by anybody."""
    vectors = WordVectors(["New York"], np.ones((1, 2), np.float32))
    with pytest.raises(InputError, match="white space") as caught:
        write_vectors(vectors, tmp_path / "made", form)
    assert "npy" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []
    assert same(read_vectors(write_vectors(vectors, tmp_path / "made", "npy")[0]), vectors)


def text(*lines: str, head: str | None = None) -> bytes:
    return "".join(line + "\n" for line in (head or f"{len(lines)} 2", *lines)).encode()


def binary(*words: bytes, head: bytes | None = None, end: bytes = b"\n") -> bytes:
    rows = b"".join(word + b" " + struct.pack("<2f", 1, 2) + end for word in words)
    return (head or b"%d 2" % len(words)) + b"\n" + rows


def test_files_of_other_programs(tmp_path: Path) -> None:
    """Else gensim's, fastText's or Windows' line ends would stop a user."""
    path = tmp_path / "v"
    for data in (
        text("a 1 2", "b 1 2"),
        text("a 1 2 ", "b 1 2 "),  # fastText, word2vec.c
        text("a 1 2", "b 1 2").replace(b"\n", b"\r\n"),
        text("a 1.0 2e0", "b +1 .2e1"),
        binary(b"a", b"b"),
        binary(b"a", b"b", end=b""),  # gensim
    ):
        path.write_bytes(data)
        read = read_vectors(path)
        assert list(read.words) == ["a", "b"]
        assert read.matrix.tolist() == [[1, 2], [1, 2]]


def test_rows_that_no_word_could_find_are_counted(tmp_path: Path) -> None:
    """Else vectors would go missing without a word, or real files of word2vec.c not be read."""
    path = tmp_path / "v"
    for data in (
        text("a 1 2", "a 3 4", " 1 2", "b 5 6") + b"\xea\xb0 1 2\n",
        binary(b"a", b"a", b"", b"b", b"\xea\xb0"),
    ):
        path.write_bytes(data.replace(b"4 2\n", b"5 2\n", 1))
        read = read_vectors(path)
        assert list(read.words) == ["a", "b"]
        assert read.matrix[0].tolist() == [1, 2]
        assert [remark.split(": ")[2].split()[0] for remark in read.remarks] == ["1", "1", "1"]


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "no header": (b"a 1 2\nb 1 2\n", "two counts"),
    "too few": (text("a 1 2", "b 1 2", head="3 2"), "too short|ends after"),
    "too many": (text("a 1 2", "b 1 2", head="1 2"), "goes on"),
    "cut line": (text("a 1 2", "b 1.25")[:-1].replace(b"2 2", b"2 2", 1), "line 3|ends after"),
    "cut number": (text("a 1 2", "b 1 2.25")[:-2], "ends after"),
    "a space in a word": (text("a 1 2", "New York 1 2"), "line 3.*space"),
    "no number": (text("a 1 2", "b 1 x"), "line 3"),
    "two numbers in one": (text("a 1 2", "b 1 2_0"), "line 3"),
    "nan": (text("a 1 2", "b 1 nan"), "finite"),
    "inf": (text("a 1 2", "b 1 1e999"), "finite"),
    "a huge count": (text("a 1 2", head="999999999 2"), "too short"),
    "a huger count": (text("a 1 2", head="99999999999999999999 2"), "two counts"),
    "a huge dim": (text("a 1 2", head="1 99999999"), "says that it holds"),
    "no vectors": (b"0 2\n", "says that it holds"),
    "negative": (text("a 1 2", head="-1 2"), "two counts"),
    "binary, too few": (binary(b"a", b"b", head=b"3 2"), "too short|ends after"),
    "binary, too many": (binary(b"a", b"b", head=b"1 2"), "goes on"),
    "binary, cut": (binary(b"a", b"b")[:-2], "too short|ends after"),
    "binary, other dim": (binary(b"a", b"b", b"c", head=b"3 1"), "damaged|goes on"),
    "binary, nan": (b"1 1\na " + struct.pack("<f", np.nan), "finite"),
    "binary, no end of a word": (b"1 1\n" + b"a" * 20_000, "bytes|line 2"),
    "gzip": (b"\x1f\x8b\x08\x00", "compressed"),
    "a pickle": (b"\x80\x04}.", "pickle"),
    "fastText's .bin": (struct.pack("<i", 793712314), "fastText"),
    "npy, cut": (b"\x93NUMPY\x01\x00", "npy"),
    "npy, a bomb": (b"\x93NUMPY\x01\x00\xe8\x03" + b"(" * 1000, "npy"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(name: str, tmp_path: Path) -> None:
    """Else a wrong count or a short file would pass for vectors, or end in a traceback."""
    data, message = BAD[name]
    path = tmp_path / "vectors"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_vectors(path)
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_numpy_matrices(tmp_path: Path) -> None:
    """Else a matrix as numpy saves it would be read wrongly, or objects be unpickled."""
    path = tmp_path / "m.npy"
    (tmp_path / "m.words.txt").write_bytes(b"a\nb c\n")
    for matrix in (np.eye(2), np.eye(2, dtype="f2"), np.asfortranarray(np.eye(2, dtype=">f4"))):
        np.save(path, matrix)
        assert read_vectors(path).matrix.tolist() == [[1, 0], [0, 1]]
        assert read_vectors(path).matrix.dtype == np.float32
    for wrong in (np.eye(3), np.ones(2), np.eye(2, dtype=int), np.array([[None]], object)):
        np.save(path, wrong, allow_pickle=True)
        with pytest.raises(InputError):
            read_vectors(path)
    np.save(path, np.eye(2))
    (tmp_path / "m.words.txt").unlink()
    with pytest.raises(InputError, match="words"):
        read_vectors(path)


def test_projector_metadata_of_several_columns(tmp_path: Path) -> None:
    """Else the header of a metadata file would be taken for a word."""
    (tmp_path / "vectors.tsv").write_bytes(b"1\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_bytes(b"word\tcount\na\t7\nb\t6\n")
    assert list(read_vectors(tmp_path).words) == ["a", "b"]
    (tmp_path / "metadata.tsv").write_bytes(b"a\nb\nc\n")
    with pytest.raises(InputError):
        read_vectors(tmp_path)


def damages(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one thing wrong."""
    place = rng.randrange(len(data))
    length = rng.choice((1, 1, 2, 4, 9, 40))
    other = rng.randbytes(length)
    kinds: list[Callable[[], bytes]] = [
        lambda: data[:place],
        lambda: data[:place] + data[place + length :],
        lambda: data[:place] + other + data[place + length :],
        lambda: data[:place] + other + data[place:],
        lambda: data + other,
        lambda: data[:place] + data[place : place + length] * 2 + data[place + length :],
        lambda: data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :],
    ]
    return rng.choice(kinds)()


def promised(path: Path, form: VectorFormat, whole: int) -> int:
    """How many rows the (damaged) files at ``path`` say that they hold."""
    if form == "npy":
        return len(np.load(path, mmap_mode="r"))
    if form == "projector":
        return path.read_bytes().count(b"\n")
    return int(path.read_bytes().split()[0])


def fuzz(vectors: WordVectors, folder: Path, form: VectorFormat, count: int, seed: int) -> int:
    """Read ``count`` damaged files; how many of them were taken (a changed digit is a number)."""
    rng = random.Random(f"{form} {seed}")
    made = write_vectors(vectors, folder / "v", form)
    sound = {path: path.read_bytes() for path in made}
    taken = 0
    for _ in range(count):
        hurt = rng.choice(made)
        hurt.write_bytes(damages(sound[hurt], rng))
        try:
            read = read_vectors(made[0])
        except InputError as error:
            assert error.hint and "\n" not in error.message
        else:
            taken += 1
            left_out = sum(int(text.split(": ")[2].split()[0]) for text in read.remarks)
            assert len(read) + left_out == promised(made[0], form, len(vectors))
            assert np.isfinite(read.matrix).all()
            cut = sound[hurt].startswith(hurt.read_bytes()) and hurt.read_bytes() != sound[hurt]
            assert not cut or (form == "word2vec-bin" and sound[hurt][:-1] == hurt.read_bytes())
        hurt.write_bytes(sound[hurt])
    return taken


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_files(form: VectorFormat, vectors: WordVectors, tmp_path: Path) -> None:
    """Else a bad disk or a broken download would go unnoticed, or end in a traceback."""
    assert fuzz(vectors, tmp_path, form, 80, seed=1) < 80
