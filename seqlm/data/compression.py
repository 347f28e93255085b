"""gzip, bzip2, xz and zstd, known by their first bytes and read as a stream.

Memory stays bounded whatever the compression ratio: each step gives at most about 1 MiB (zstd:
8 MiB at the worst, on data made for the purpose).
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from seqlm.errors import InputError

STEP = 1 << 20
XZ_MEMORY = 256 << 20
ZSTD_WINDOW = 128 << 20
ZSTD_SLICE = 256  # a 4-byte block of zstd can stand for 128 KiB of one repeated byte


class Decompressor(Protocol):
    """What bz2 and lzma offer, and gzip and zstd are given below."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """One gzip member; zlib checks its CRC and its length."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self.needs_input = not self._stream.unconsumed_tail and len(out) < max_length
        return out


class _Zstd:
    """One zstd frame, fed in small slices because ``decompressobj`` cannot limit its output."""

    def __init__(self) -> None:
        import zstandard

        self._stream = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()
        self._input = b""
        self._position = 0

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def needs_input(self) -> bool:
        return self._position >= len(self._input)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._stream.unused_data) + self._input[self._position :]

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        self._input = self._input[self._position :] + data
        self._position = 0
        parts: list[bytes] = []
        size = 0
        while not self.needs_input and not self.eof and size < max_length:
            piece = self._input[self._position : self._position + ZSTD_SLICE]
            self._position += len(piece)
            parts.append(self._stream.decompress(piece))
            size += len(parts[-1])
        return b"".join(parts)


FORMATS: dict[bytes, tuple[str, Callable[[], Decompressor]]] = {
    b"\x1f\x8b": ("gzip", _Gzip),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\x00": ("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)),
    b"\x28\xb5\x2f\xfd": ("zstd", _Zstd),
}


def plain_chunks(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Give the bytes of ``chunks``, decompressed if their first bytes say so.

    Raises:
        InputError: the compressed data are damaged or end in the middle; the message has ``name``.
    """
    head = next(chunks, b"")
    while any(magic != head and magic.startswith(head) for magic in FORMATS) and head:
        more = next(chunks, b"")
        if not more:
            break
        head += more
    for magic, (kind, start) in FORMATS.items():
        if head.startswith(magic):
            yield from _decompressed(head, chunks, name, kind, start)
            return
    if head:
        yield head
    yield from chunks


def _decompressed(
    data: bytes, chunks: Iterator[bytes], name: str, kind: str, start: Callable[[], Decompressor]
) -> Iterator[bytes]:
    """Decompress one member after the other; zero bytes between them are padding."""
    stream: Decompressor | None = None
    while True:
        if stream is None:
            data = data.lstrip(b"\0") or next(chunks, b"")
            if not data:
                return
            if not data.strip(b"\0"):
                continue
            stream = start()
        out = _step(stream, data, name, kind)
        data = b""
        if out:
            yield out
        if stream.eof:
            data, stream = stream.unused_data, None
        elif stream.needs_input:
            data = next(chunks, b"")
            if not data:
                raise InputError(
                    f"{name}: the {kind} data end in the middle", f"{_test_command(kind)} {name}"
                )


def _step(stream: Decompressor, data: bytes, name: str, kind: str) -> bytes:
    from zstandard import ZstdError

    try:
        return stream.decompress(data, STEP)
    except (zlib.error, lzma.LZMAError, ZstdError, OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{name}: the {kind} data are damaged ({reason})", f"{_test_command(kind)} {name}"
        ) from error


def _test_command(kind: str) -> str:
    """The command that checks a file of this kind."""
    return f"{kind} -t"
