"""sha256 of a file in blocks of 64 MB, so that a large one is verified on every core.

A file of one block has the digest that ``sha256sum`` prints; a larger one has a list of them.
"""

from __future__ import annotations

import hashlib
import os
from io import BufferedReader

BLOCK = 64 << 20
_READ = 8 << 20
"""Bytes hashed at a time: between two reads a thread has to wait for the interpreter, up to 5 ms
while another imports modules, and 8 MB are as much work as that."""


class BlockDigests:
    """The digests of bytes that come piece by piece."""

    def __init__(self) -> None:
        self.length = 0
        self._done: list[str] = []
        self._open = hashlib.sha256()

    def update(self, data: bytes) -> None:
        """Go on with ``data``."""
        rest = memoryview(data)
        while rest:
            if self.length and self.length % BLOCK == 0:
                self._done.append(self._open.hexdigest())
                self._open = hashlib.sha256()
            part = rest[: BLOCK - self.length % BLOCK]
            self._open.update(part)
            self.length += len(part)
            rest = rest[len(part) :]

    def result(self) -> str | list[str]:
        """One digest, or one a block."""
        last = self._open.hexdigest()
        return [*self._done, last] if self._done else last


def well_formed(digests: object) -> bool:
    """Whether this is one digest, or a list of them."""
    listed = digests if isinstance(digests, list) else [digests]
    return bool(listed) and all(isinstance(digest, str) for digest in listed)


def has_digests(file: BufferedReader, length: int, digests: str | list[str]) -> bool:
    """Whether the ``length`` bytes of ``file`` are those that have ``digests``."""
    if isinstance(digests, str):
        return _sha256(file.fileno(), 0, length) == digests
    starts = range(0, length, BLOCK)
    if len(starts) != len(digests):
        return False
    from concurrent.futures import ThreadPoolExecutor

    def block(start: int) -> str:
        return _sha256(file.fileno(), start, min(BLOCK, length - start))

    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(starts))) as threads:
        return list(threads.map(block, starts)) == digests


def _sha256(descriptor: int, start: int, length: int) -> str:
    """The digest of ``length`` bytes of a file from ``start``."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(min(max(length, 1), _READ)))
    while length:
        size = os.preadv(descriptor, [buffer[: min(length, _READ)]], start)
        if not size:
            break  # shorter than it was: the digest will not fit
        digest.update(buffer[:size])
        start += size
        length -= size
    return digest.hexdigest()
