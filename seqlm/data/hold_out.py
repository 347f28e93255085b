"""Dividing a text into what is trained on and what is held out, block by block.

Every 20th line is held out. A text of fewer than 20 lines gives up the last twentieth of its
characters instead, cut before a white space, so that even one long line can be learnt from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from seqlm.data.blocks import Block
from seqlm.data.report import ReadReport

EVERY = 20


def divide(blocks: Iterable[Block], report: ReadReport) -> Iterator[tuple[Block, Block]]:
    """Each block as its training part and its held-out part; a part may have no lines.

    Args:
        blocks: the whole text.
        report: the figures of an earlier reading of the same text.
    """
    if report.lines >= EVERY:
        return _by_lines(blocks)
    return _by_characters(blocks, report.chars)


def _by_lines(blocks: Iterable[Block]) -> Iterator[tuple[Block, Block]]:
    number = 0  # of the block's first line
    for block in blocks:
        held = [(number + i) % EVERY == EVERY - 1 for i in range(len(block.lines))]
        yield _part(block, held, False), _part(block, held, True)
        number += len(block.lines) - block.open_end


def _part(block: Block, held: list[bool], wanted: bool) -> Block:
    lines = [line for line, is_held in zip(block.lines, held, strict=True) if is_held == wanted]
    return _block(
        lines,
        continues=block.continues and held[:1] == [wanted],
        open_end=block.open_end and held[-1:] == [wanted],
    )


def _by_characters(blocks: Iterable[Block], chars: int) -> Iterator[tuple[Block, Block]]:
    left = chars - max(1, chars // EVERY)  # characters that are still to be trained on
    nothing = _block([], continues=False, open_end=False)
    for block in blocks:
        size = sum(map(len, block.lines)) + len(block.lines) - block.open_end
        if left > size:
            yield block, nothing
        elif left > 0:
            yield _split(block, left)
        else:
            yield nothing, block
        left -= size


def _split(block: Block, at: int) -> tuple[Block, Block]:
    """Two blocks, the first of about ``at`` characters; a line that is cut ends there."""
    whole = 0
    while whole < len(block.lines) - 1 and at > len(block.lines[whole]):
        at -= len(block.lines[whole]) + 1
        whole += 1
    line = block.lines[whole]
    at = _cut(line, min(max(at, 0), len(line)))
    head = block.lines[:whole] + [line[:at]] * (at > 0)
    tail = [line[at:]] * (at < len(line)) + block.lines[whole + 1 :]
    return _block(head, block.continues, open_end=False), _block(tail, False, block.open_end)


def _cut(line: str, near: int) -> int:
    """The last place up to ``near`` before a white space; ``near`` itself where there is none."""
    space = re.search(r"\s\S*$", line[:near])
    return space.start() if space and near < len(line) else near


def _block(lines: list[str], continues: bool, open_end: bool) -> Block:
    num_bytes = sum(len(line.encode("utf-8", "surrogatepass")) for line in lines)
    return Block(lines, continues, open_end, num_bytes + len(lines) - open_end)
