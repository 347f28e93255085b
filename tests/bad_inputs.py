"""Texts that are wrong in one way each, for the tests and for ``benchmarks/reliability.py``."""

from __future__ import annotations

import bz2
import gzip
import lzma

GOOD = b"the old man sat by the river\n"

BAD_INPUTS: dict[str, bytes] = {
    "empty": b"",
    "only line ends": b"\n\n\n",
    "only white space": b"   \t \n  \n",
    "a NUL byte": GOOD * 30 + b"bad\x00line\n" + GOOD * 30,
    "a bad byte": GOOD * 40 + b"caf\xe9 bar\n",
    "cut in a character": "한국어 문장\n".encode() * 40 + "한".encode()[:2],
    "UTF-16 with a mark": "the old man\n".encode("utf-16") * 1 + "a\n".encode("utf-16-le") * 30,
    "UTF-16 without a mark": "the old man\n".encode("utf-16-le") * 30,
    "UTF-32": "the old man\n".encode("utf-32") * 1 + "a\n".encode("utf-32-le") * 30,
    "cp949": "한국어 문장입니다\n".encode("cp949") * 40,
    "a surrogate": GOOD * 40 + b"\xed\xa0\x80\n",
    "an overlong form": GOOD * 40 + b"\xc0\xaf\n",
    "beyond Unicode": GOOD * 40 + b"\xf5\x80\x80\x80\n",
    "a cut gzip": gzip.compress(GOOD * 500)[:-9],
    "a gzip with a bad check": gzip.compress(GOOD * 500)[:-8] + b"\0" * 8,
    "a broken gzip": b"\x1f\x8b" + b"garbage" * 50,
    "a cut bzip2": bz2.compress(GOOD * 500)[:-9],
    "a cut xz": lzma.compress(GOOD * 500)[:-9],
    "a broken zstd": b"\x28\xb5\x2f\xfd" + b"garbage" * 50,
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8,
    "random bytes": bytes((i * 7919 + i * i) % 256 for i in range(3000)),
}
"""By name; three of them have no words, the others cannot be read as UTF-8 text."""

PLACES = ("missing file", "folder without text")
"""Names that lead to no text; the second one is an empty folder."""

WITHOUT_WORDS = ("empty", "only line ends", "only white space")

ODD_BUT_GOOD: dict[str, bytes] = {
    "a mark and CRLF": b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") * 30,
    "no last line end": GOOD * 30 + b"the end",
    "odd line separators": "a\u2028b\x0bc\x85d\n".encode() * 30,
    "rich markup and escapes": b"[bold]x[/bold] [/foo] :smile: \x1b[31mred\x07\n" * 30,
}
"""By name; each has to be read, and its lines counted by LF alone."""
