"""Compressed text is known by its first bytes, and damage is never taken for an end."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from seqlm.data.compression import plain_chunks
from seqlm.data.corpus import Corpus
from seqlm.errors import InputError

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
TEXT = "".join(f"line {n} {n * n % 997} 한글\n" for n in range(3000)).encode()


def read(path: Path) -> bytes:
    corpus = Corpus(path)
    return "".join(f"{line}\n" for block in corpus.blocks() for line in block.lines).encode()


@pytest.mark.parametrize("kind", COMPRESS)
def test_each_kind_by_its_bytes(tmp_path: Path, kind: str) -> None:
    """Else a compressed corpus would have to be unpacked first, or named in a certain way."""
    compress = COMPRESS[kind]
    (tmp_path / "text.txt").write_bytes(compress(TEXT))
    assert read(tmp_path / "text.txt") == TEXT
    (tmp_path / "empty").write_bytes(compress(b""))
    assert read(tmp_path / "empty") == b""
    (tmp_path / "parts").write_bytes(compress(TEXT) + compress(b"") + compress(TEXT))
    assert read(tmp_path / "parts") == TEXT * 2
    (tmp_path / "padded").write_bytes(compress(TEXT) + bytes(512))
    assert read(tmp_path / "padded") == TEXT


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_stream_that_comes_byte_by_byte(kind: str) -> None:
    """Else a slow pipe would be taken for plain text, or its members be lost."""
    data = COMPRESS[kind](TEXT[:500]) * 2
    chunks = (data[i : i + 1] for i in range(len(data)))
    assert b"".join(plain_chunks(chunks, "-")) == TEXT[:500] * 2


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_cut_or_damaged_stream_is_an_error(tmp_path: Path, kind: str) -> None:
    """Else a download that broke off would be a smaller corpus, without a word."""
    data = COMPRESS[kind](TEXT)
    for size in (len(data) - 1, len(data) - 5, len(data) // 2, 7):
        (tmp_path / "cut").write_bytes(data[:size])
        with pytest.raises(InputError, match=f"cut: the {kind} data"):
            read(tmp_path / "cut")
    for more in (b"garbage", COMPRESS[kind](TEXT)[:9]):
        (tmp_path / "more").write_bytes(data + more)
        with pytest.raises(InputError, match=f"more: the {kind} data"):
            read(tmp_path / "more")


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_flipped_bits_are_found(tmp_path: Path, kind: str) -> None:
    """Else damage on a disk would be trained on (zstd has no checksum unless it was asked for)."""
    data = COMPRESS[kind](TEXT)
    draw = random.Random(1)
    for _ in range(40):
        damaged = bytearray(data)
        damaged[draw.randrange(10 if kind == "gzip" else 0, len(data))] ^= 1 << draw.randrange(8)
        (tmp_path / "t").write_bytes(damaged)
        with contextlib.suppress(InputError):
            assert read(tmp_path / "t") == TEXT  # a bit that means nothing


def test_a_text_that_begins_like_a_compressed_one(tmp_path: Path) -> None:
    """Else a text of one letter would wait for more, or be lost."""
    for text in (b"B\n", b"BZ", b"(", b"\x1f\n"):
        (tmp_path / "t").write_bytes(text)
        assert read(tmp_path / "t").rstrip(b"\n") == text.rstrip(b"\n")


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_bomb_comes_in_small_pieces(kind: str) -> None:
    """Else a file of some kilobytes could fill the memory."""
    data = COMPRESS[kind](b"a" * (16 << 20))
    sizes = [len(piece) for piece in plain_chunks(iter([data]), "bomb")]
    assert sum(sizes) == 16 << 20
    assert max(sizes) <= 8 << 20
