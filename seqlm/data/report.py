"""What was read, counted while it is read: nothing is left out or replaced without a figure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash


@dataclass
class ReadReport:
    """The figures of one reading.

    Bytes and characters are those of the decoded text before normalisation, in UTF-8, with one
    newline a line (also behind a last line that has none), so they are the same for a file, its
    gzip, and the same text in another encoding.

    Attributes:
        files: sources read to their end.
        lines: finished lines, without those left out.
        bytes: UTF-8 bytes.
        chars: characters (code points).
        words: whitespace-separated words, as ``str.split`` finds them.
        replaced: bytes that could not be decoded (and NUL bytes) and became U+FFFD.
        skipped: lines left out because of such bytes.
        cut: places where a very long line was divided inside a word.
    """

    files: int = 0
    lines: int = 0
    bytes: int = 0
    chars: int = 0
    words: int = 0
    replaced: int = 0
    skipped: int = 0
    cut: int = 0
    _hash: _Hash = field(default_factory=hashlib.sha256, repr=False, compare=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the decoded text in UTF-8, as hexadecimal digits."""
        return self._hash.hexdigest()

    def counts(self) -> dict[str, int]:
        """The figures by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.repr}

    def remarks(self) -> list[str]:
        """What was not read as it stands, a sentence each."""
        cases = (
            ("bytes that could not be decoded and became U+FFFD", self.replaced),
            ("lines left out because of bytes that could not be decoded", self.skipped),
            ("places where very long lines were cut inside a word", self.cut),
        )
        return [f"{what}: {count:,}" for what, count in cases if count]

    def add_text(self, text: str) -> int:
        """Count ``text`` (line ends included) and return its UTF-8 bytes."""
        data = text.encode("utf-8")
        self._hash.update(data)
        self.bytes += len(data)
        self.chars += len(text)
        self.words += count_words(text)
        return len(data)


def count_words(text: str) -> int:
    """Return ``len(text.split())``, several times faster on a long text."""
    import numpy as np

    if len(text) < 256:
        return len(text.split())
    if text.isascii():
        black = np.frombuffer(text.encode("ascii").translate(_black_table(256)), np.uint8)
    else:  # every white-space character has one UTF-16 unit, and no half of a pair is one
        units = np.frombuffer(text.encode("utf-16-le"), "<u2")
        black = np.frombuffer(_black_table(65536), np.uint8)[units]
    return int(np.count_nonzero(black[1:] > black[:-1])) + int(black[0])


@cache
def _black_table(size: int) -> bytes:
    """For each of the first ``size`` characters: 0 if ``str.split`` takes it for white space."""
    return bytes(not chr(code).isspace() for code in range(size))
