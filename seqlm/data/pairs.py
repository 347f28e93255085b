"""Pairs of lines: from two parallel texts, or from one with a tab in each line.

    for sources, targets in PairedText(["news.de", "news.en"]).chunks():
        ...

Line n of one text belongs to line n of the other, so texts of different length are refused. Pairs
that cannot be learnt from are left out and counted: one side is empty, or is too long.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seqlm.config import TextOptions
from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus
from seqlm.errors import InputError

MAX_CHARACTERS = 20_000
"""A longer line is no sentence; it is not even looked at."""

Lines = tuple[list[str], list[str]]
"""Sources and targets, equally many."""


@dataclass
class PairReport:
    """The figures of one reading.

    Attributes:
        pairs: lines of each side.
        empty: pairs left out because a side has nothing but white space.
        long: pairs left out because a side has too many characters.
        undecodable: pairs left out because of bytes that cannot be read.
        columns: lines of a tab-separated text with more than two columns; only two are read.
        bytes: of both sides, in UTF-8.
        sha256: of both sides.
    """

    pairs: int = 0
    empty: int = 0
    long: int = 0
    undecodable: int = 0
    columns: int = 0
    bytes: int = 0
    sha256: str = ""

    @property
    def kept(self) -> int:
        """Pairs that were given out."""
        return self.pairs - self.empty - self.long - self.undecodable

    def remarks(self) -> list[str]:
        """What was left out, a sentence each."""
        cases = [
            ("pairs left out because a side is empty", self.empty),
            (f"pairs left out because a side has over {MAX_CHARACTERS:,} characters", self.long),
            ("pairs left out because of bytes that cannot be read", self.undecodable),
            ("lines with more than two columns, of which two were read", self.columns),
        ]
        return [f"{what}: {count:,}" for what, count in cases if count]


class PairedText:
    """Two parallel texts, or a tab-separated one.

    Args:
        paths: of source and target, or of the text with both.
        options: how bytes become text. A pair with a byte that cannot be read is left out as a
            whole where ``errors`` is ``skip``.
        spool: keep what comes from a pipe, so that it can be read again.

    Attributes:
        report: of the last reading that went through to the end.
        skips: whether pairs with such a byte are left out.

    Raises:
        InputError: a path that cannot be read.
    """

    def __init__(
        self,
        paths: Sequence[str],
        options: TextOptions = TextOptions(),  # noqa: B008 (frozen)
        *,
        spool: bool = False,
    ) -> None:
        self.skips = options.errors == "skip"
        if self.skips:  # one side must not lose a line that the other keeps
            options = replace(options, errors="replace")
        self.options = options
        self.names = [str(path) for path in paths]
        self._corpora = [Corpus(path, options, spool=spool) for path in paths]
        self.report = PairReport()

    def chunks(self) -> Iterator[Lines]:
        """All pairs that can be learnt from, some at a time.

        Raises:
            InputError: the texts differ in length, or a line has no tab.
        """
        report = PairReport()
        read = side_by_side(self._corpora) if len(self._corpora) == 2 else self._tabbed(report)
        for lines in read:
            report.pairs += len(lines[0])
            yield self._sound(lines, report)
        report.bytes = sum(corpus.report.bytes for corpus in self._corpora)
        digests = [corpus.report.sha256 for corpus in self._corpora]
        report.sha256 = hashlib.sha256(" ".join(digests).encode()).hexdigest()
        self.report = report

    def _sound(self, lines: Lines, report: PairReport) -> Lines:
        kept: Lines = ([], [])
        for pair in zip(*lines, strict=True):
            if not all(side.strip() for side in pair):
                report.empty += 1
            elif any(len(side) > MAX_CHARACTERS for side in pair):
                report.long += 1
            elif self.skips and any("\ufffd" in side for side in pair):
                report.undecodable += 1
            else:
                kept[0].append(pair[0])
                kept[1].append(pair[1])
        return kept

    def _tabbed(self, report: PairReport) -> Iterator[Lines]:
        for corpus in self._corpora:
            number = 0
            for lines in whole_lines(corpus.blocks("none")):
                pairs: Lines = ([], [])
                for line in lines:
                    number += 1
                    columns = line.split("\t")
                    if len(line) > MAX_CHARACTERS:  # and perhaps cut before its tab
                        columns = [line, line]
                    elif len(columns) < 2:
                        if line.strip():
                            raise _no_tab(self.names[0], number)
                        columns = ["", ""]
                    report.columns += len(columns) > 2
                    pairs[0].append(columns[0])
                    pairs[1].append(columns[1])
                yield pairs


def whole_lines(blocks: Iterator[Block]) -> Iterator[list[str]]:
    """The lines that end in each block, whole, except that a very long one is cut."""
    started = ""
    for block in blocks:
        lines = block.lines
        if block.continues:
            lines = [(started + lines[0])[: MAX_CHARACTERS + 1], *lines[1:]]
        if block.open_end:
            started, lines = lines[-1][: MAX_CHARACTERS + 1], lines[:-1]
        yield lines


def side_by_side(corpora: Sequence[Corpus]) -> Iterator[Lines]:
    """Both texts side by side, without holding more of one than a block.

    Raises:
        InputError: they differ in length.
    """
    streams = [filter(None, whole_lines(corpus.blocks("none"))) for corpus in corpora]
    sources: list[str] | None = []
    targets: list[str] | None = []
    while True:
        sources = sources or next(streams[0], None)
        targets = targets or next(streams[1], None)
        if sources is None or targets is None:
            break
        size = min(len(sources), len(targets))
        yield sources[:size], targets[:size]
        sources, targets = sources[size:], targets[size:]
    for stream in streams:
        for _ in stream:
            pass
    counts = [corpus.report.lines for corpus in corpora]
    if counts[0] != counts[1]:
        names = [corpus.sources[0].name for corpus in corpora]
        raise InputError(
            f"{names[0]} has {counts[0]:,} lines and {names[1]} {counts[1]:,}: line n of one "
            "must be the translation of line n of the other",
            f"wc -l {names[0]} {names[1]}",
        )


def _no_tab(name: str, number: int) -> InputError:
    return InputError(
        f"{name}, line {number:,}: there is no tab between a source and its translation",
        "seqlm train-translate --source a.txt --target b.txt, for two parallel texts",
    )
