"""Text cut into blocks of whole lines, and very long lines into segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seqlm.config import TextOptions
from seqlm.data.normalization import is_normal, joins, normalize
from seqlm.data.report import ReadReport
from seqlm.data.text_decoding import MARK

SEGMENT = 1 << 20
"""The longest piece of a line that a block holds, in characters."""


@dataclass(frozen=True, slots=True)
class Block:
    """About 1 MiB of text, whole lines wherever possible.

    Attributes:
        lines: without line ends, normalised.
        continues: ``lines[0]`` goes on from the last line of the block before.
        open_end: ``lines[-1]`` is not finished: the next block goes on with it.
        num_bytes: UTF-8 bytes before normalisation, one newline a finished line counted.
    """

    lines: list[str]
    continues: bool
    open_end: bool
    num_bytes: int


def blocks_of(texts: Iterator[str], options: TextOptions, report: ReadReport) -> Iterator[Block]:
    """Cut ``texts`` into blocks as they come and count them in ``report``.

    Each text gives a block at once with the lines that end in it, so a filter answers promptly.
    A line of more than ``SEGMENT`` characters is cut before white space, or where no character
    would combine with the one before.
    """
    waiting: list[str] = []  # the line that has not ended yet, in pieces
    size = 0
    continues = False
    for text in texts:
        end = text.rfind("\n") + 1
        if end:
            waiting.append(text[:end])
            yield from _block("".join(waiting), continues, False, options, report)
            waiting, size, continues, text = [], 0, False, text[end:]
        waiting.append(text)
        size += len(text)
        while size > SEGMENT:
            rest = "".join(waiting)
            at, inside_word = _cut(rest)
            report.cut += inside_word
            yield from _block(rest[:at], continues, True, options, report)
            waiting, size, continues = [rest[at:]], size - at, True
    if rest := "".join(waiting):
        ending = "\r\n" if rest.endswith("\r") else "\n"  # a last CR is text, no half line end
        yield from _block(rest + ending, continues, False, options, report)


def _cut(text: str) -> tuple[int, bool]:
    """Where to divide ``text``, and whether that is inside a word."""
    before = text[:SEGMENT].rsplit(None, 1)
    if len(before) == 2 and len(before[0]) >= SEGMENT // 2:
        return len(before[0]), False
    for at in range(SEGMENT, SEGMENT - 1000, -1):
        if text[at - 1] != "\r" and not joins(text[at - 40 : at], text[at : at + 40]):
            return at, True
    return SEGMENT, True


def _block(
    text: str, continues: bool, open_end: bool, options: TextOptions, report: ReadReport
) -> Iterator[Block]:
    """The block of ``text``, which ends with a newline unless ``open_end``."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if options.errors != "strict" and MARK in text:
        text = _mended(text, continues, open_end, options, report)
    if not text and not open_end:
        return
    num_bytes = report.add_text(text)
    lines = text.split("\n")
    if not open_end:
        lines.pop()
    if not is_normal(text, options.normalization):
        lines = [normalize(line, options.normalization) for line in lines]
    report.lines += len(lines) - open_end
    yield Block(lines, continues, open_end, num_bytes)


def _mended(
    text: str, continues: bool, open_end: bool, options: TextOptions, report: ReadReport
) -> str:
    """``text`` with its undecodable bytes replaced, or without the lines that hold them."""
    if options.errors == "replace":
        report.replaced += text.count(MARK)
        return text.replace(MARK, "\ufffd")
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if MARK not in line:
            kept.append(line)
            continue
        report.skipped += 1
        if (number == 0 and continues) or (number == len(lines) - 1 and open_end):
            kept.append("")  # a part of a longer line, whose other parts stay
    return "\n".join(kept)
