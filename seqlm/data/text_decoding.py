"""From bytes to text: strict decoding whose errors name file, line and byte."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from seqlm.config import TextOptions
from seqlm.data.encoding_advice import advice
from seqlm.errors import InputError, UsageError

MARK = "\ud800"
"""Stands for one undecodable byte until the line is replaced or left out; no text can hold it."""

BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

NO_TEXT = {"unicode-escape", "raw-unicode-escape", "undefined", "idna", "punycode", "utf-7"}
"""Codecs between text and text-like bytes that no file is written in, or that let surrogates in."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK * (error.end - error.start), error.end


codecs.register_error("seqlm-mark", _mark)


def check_encoding(encoding: str) -> None:
    """Refuse what is not a text encoding that Python knows.

    Raises:
        UsageError: ``encoding`` is unknown, or a codec that is not for text.
    """
    try:
        codec = codecs.lookup(encoding)
        known = codec._is_text_encoding and codec.name.replace("_", "-") not in NO_TEXT
    except (LookupError, ValueError):
        known = False
    if not known:
        raise UsageError(
            f"{encoding!r} is not a text encoding as cp949, shift_jis and latin-1 are",
            "--encoding utf-8",
        )


def decoded(chunks: Iterator[bytes], name: str, options: TextOptions) -> Iterator[str]:
    """Decode ``chunks``; the byte order mark at the start is dropped.

    With ``options.errors`` other than ``"strict"`` each undecodable byte, and each NUL, comes out
    as ``MARK``.

    Raises:
        InputError: a byte that is not valid, a NUL, or a byte order mark of UTF-16 or UTF-32.
    """
    return _Decoding(name, options).texts(chunks)


class _Decoding:
    """One reading of one source: the decoder and where it has got to."""

    def __init__(self, name: str, options: TextOptions) -> None:
        codec = codecs.lookup(options.encoding)
        assert codec.incrementaldecoder is not None
        self._decoder = codec.incrementaldecoder(
            "strict" if options.errors == "strict" else "seqlm-mark"
        )
        self._unicode = codec.name.startswith("utf")
        self._utf8 = codec.name == "utf-8"
        self._strict = options.errors == "strict"
        self._encoding = codec.name
        self._name = name
        self._offset = 0  # of the first byte that is not decoded yet
        self._lines = 0  # line ends before it

    def texts(self, chunks: Iterator[bytes]) -> Iterator[str]:
        start = True
        for data in chunks:
            if start and self._utf8:
                self._refuse_other_boms(data)
            text = self._decode(data, final=False)
            if start and text:
                start = False
                text = text.removeprefix("\ufeff") if self._unicode else text
            if text:
                yield text
        if text := self._decode(b"", final=True):
            yield text

    def _decode(self, data: bytes, final: bool) -> str:
        waiting = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise self._bad_byte(error) from error
        if "\0" in text:
            text = self._without_nul(text)
        self._offset += waiting + len(data) - len(self._decoder.getstate()[0])
        self._lines += text.count("\n")
        return text

    def _bad_byte(self, error: UnicodeDecodeError) -> InputError:
        data, at = bytes(error.object), error.start
        before = data[:at].decode(self._encoding, "replace")
        where = f"{self._name}, line {self._lines + before.count(chr(10)) + 1}"
        return InputError(
            f"{where}: byte {self._offset + at} (0x{data[at]:02X}) is not {self._encoding}",
            advice(self._name, data, at, self._encoding),
        )

    def _without_nul(self, text: str) -> str:
        if not self._strict:
            return text.replace("\0", MARK)
        before = text[: text.index("\0")]
        line = self._lines + before.count("\n") + 1
        byte = self._offset + len(before.encode(self._encoding, "replace"))
        raise InputError(
            f"{self._name}, line {line}: byte {byte} is NUL, so this is not plain text",
            "the same command with --encoding utf-16-le if it is UTF-16, or with --errors replace",
        )

    def _refuse_other_boms(self, data: bytes) -> None:
        for bom, encoding in BOMS.items():
            if data.startswith(bom):
                raise InputError(
                    f"{self._name} is {encoding.upper()}, not UTF-8",
                    f"--encoding {encoding}",
                )
