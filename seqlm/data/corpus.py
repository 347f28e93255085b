"""A corpus: what FILE... names, read as blocks of text in bounded memory.

    corpus = Corpus(["news.txt.gz", "books/"])
    for block in corpus.blocks():
        ...
    corpus.report.lines, corpus.report.sha256

Files, folders, globs and standard input; gzip, bzip2, xz and zstd by their first bytes; strict
decoding, NFC, and only LF ends a line.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol, cast

from seqlm.config import Normalization, TextOptions
from seqlm.data.blocks import SEGMENT, Block, blocks_of
from seqlm.data.compression import plain_chunks
from seqlm.data.inputs import STDIN, find_inputs
from seqlm.data.report import ReadReport
from seqlm.data.text_decoding import check_encoding, decoded
from seqlm.errors import InputError, SeqlmError, UsageError

__all__ = ["SEGMENT", "Block", "Corpus", "ReadReport", "Source", "line_blocks", "read_lines"]

CHUNK = 1 << 20


class _Pipe(Protocol):
    """What can be read once."""

    def read(self, size: int = -1, /) -> bytes: ...
    def read1(self, size: int = -1, /) -> bytes: ...


class Source:
    """One file, FIFO or standard input.

    Attributes:
        name: what is shown; standard input is ``-``.
    """

    def __init__(self, name: str, options: TextOptions, spool: bool) -> None:
        self.name = os.fsencode(name).decode("utf-8", "backslashreplace")
        self._path = name
        self._options = options
        self._once = name == STDIN or Path(name).is_fifo()
        self._spool = spool
        self._spooled: IO[bytes] | None = None
        self._used = False

    def blocks(
        self, report: ReadReport, normalization: Normalization | None = None
    ) -> Iterator[Block]:
        """Read the text from its start; what is read is added to ``report``.

        Args:
            report: counts on from what is in it.
            normalization: of the lines, instead of the one in the options.

        Raises:
            InputError: it cannot be read, decompressed or decoded, or is standard input or a FIFO
                that was read before and was not spooled.
        """
        options = self._options
        options = replace(options, normalization=normalization or options.normalization)
        with self._open() as read:
            chunks = plain_chunks(self._chunks(read), self.name)
            yield from blocks_of(decoded(chunks, self.name, options), options, report)
        report.files += 1

    def _chunks(self, read: Callable[[int], bytes]) -> Iterator[bytes]:
        """What is there, as it comes: a pipe's bytes are not held back until a chunk is full."""
        try:
            while data := read(CHUNK):
                yield data
        except OSError as error:
            raise self._unreadable(error) from error

    @contextmanager
    def _open(self) -> Iterator[Callable[[int], bytes]]:
        if not self._once:
            with self._open_file() as file:
                yield file.read
        elif self._spool:
            self._spooled = self._spooled or self._spool_all()
            self._spooled.seek(0)
            yield self._spooled.read
        else:
            with self._open_once() as file:
                yield file.read1

    def _open_file(self) -> io.FileIO:
        try:
            return io.FileIO(self._path)
        except OSError as error:
            raise self._unreadable(error) from error

    @contextmanager
    def _open_once(self) -> Iterator[_Pipe]:
        if self._used:
            raise InputError(f"{self.name} can be read only once", "a file in its place")
        self._used = True
        if self._path != STDIN:
            with io.BufferedReader(self._open_file()) as file:
                yield file
            return
        if sys.stdin is None or sys.stdin.closed:
            raise InputError("standard input is closed", "a file name, or cat FILE | ...")
        with suppress(OSError, ValueError):  # else "nothing yet" would be taken for the end
            os.set_blocking(sys.stdin.fileno(), True)
        yield cast(_Pipe, sys.stdin.buffer)

    def _spool_all(self) -> IO[bytes]:
        """Copy the whole stream to a file that is gone with this process, whatever ends it."""
        with self._open_once() as source:
            try:
                file = tempfile.TemporaryFile(prefix="seqlm-")  # noqa: SIM115 (kept)
                shutil.copyfileobj(source, file, CHUNK)
                file.flush()
            except OSError as error:
                raise SeqlmError(
                    f"{self.name} could not be kept in {tempfile.gettempdir()}: {error.strerror}",
                    "the same command with TMPDIR set to a folder that has room",
                ) from error
        return file

    def _unreadable(self, error: OSError) -> InputError:
        return InputError(f"cannot read {self.name}: {error.strerror}", f"ls -l {self.name}")


class Corpus:
    """Sources that are read one after the other as one text.

    Args:
        paths: files, folders, globs, or ``-``, or one of them; none at all is standard input.
        options: how bytes become text.
        spool: keep what comes from standard input or a FIFO, so that it can be read again.

    Attributes:
        sources: in order; a line never goes from one to the next.
        report: the figures of the last reading that went through to the end.

    Raises:
        InputError: a path that cannot be read; nothing has been read yet.
        UsageError: no path, and standard input is a terminal; or an unknown encoding.
    """

    def __init__(
        self,
        paths: Sequence[str | Path] | str | Path,
        options: TextOptions = TextOptions(),  # noqa: B008 (frozen)
        *,
        spool: bool = False,
    ) -> None:
        check_encoding(options.encoding)
        if isinstance(paths, str | Path):
            paths = [paths]
        if not paths and sys.stdin is not None and sys.stdin.isatty():
            raise UsageError(
                "no file is given and standard input is a terminal", "a file name, or - to type"
            )
        names = find_inputs(paths or [STDIN])
        self.options = options
        self.sources = tuple(Source(name, options, spool) for name in names)
        self.report = ReadReport()

    def blocks(self, normalization: Normalization | None = None) -> Iterator[Block]:
        """All sources from the start, block by block (see ``Source.blocks``)."""
        report = ReadReport()
        for source in self.sources:
            yield from source.blocks(report, normalization)
        self.report = report


def read_lines(corpus: Corpus, limit: int = SEGMENT) -> Iterator[str]:
    """Give whole lines, one by one (see ``line_blocks``)."""
    for lines in line_blocks(corpus, limit):
        yield from lines


def line_blocks(corpus: Corpus, limit: int = SEGMENT) -> Iterator[list[str]]:
    """Give the lines that end in each block, whole, where a piece of one is of no use.

    Raises:
        InputError: a line of more than ``limit`` characters, besides what ``blocks`` raises.
    """
    report = ReadReport()
    for source in corpus.sources:
        started: list[str] = []  # the pieces of a line that spans blocks
        before = report.lines
        for block in source.blocks(report):
            lines = block.lines
            if block.continues:
                lines = ["".join([*started, lines[0]]), *lines[1:]]
                started = []
            if block.open_end:
                started, lines = [lines[-1]], lines[:-1]
            for number, line in enumerate([*lines, *started], report.lines - before - len(lines)):
                if len(line) > limit:
                    where = f"{source.name}, line {number + 1}"
                    raise InputError(
                        f"{where}: over {limit:,} characters long", f"fold -s {source.name}"
                    )
            yield lines
    corpus.report = report
