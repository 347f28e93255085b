"""Which part of a text is held out from training, decided while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seqlm.data.blocks import Block

EVERY = 20
SHARE = 0.05
SHORT = 1000  # characters; a text of at least so many may be cut where there is no white space

Parts = tuple[Block | None, Block | None]
"""What of a block is for training, and what is held out."""


def hold_out(blocks: Iterable[Block], num_lines: int, num_chars: int) -> Iterator[Parts]:
    """Divide a text: every 20th line is held out.

    Of a text of fewer than 20 lines it is the last twentieth of the characters, from a white space
    on, so that a text on a single line can be divided too.

    Args:
        blocks: the text, not normalised, so that the parts' bytes are those of the text.
        num_lines: of the whole text.
        num_chars: of the whole text, one a line end included.
    """
    if num_lines >= EVERY:
        return _every_line(blocks)
    return _last_part(blocks, num_chars)


def hold_out_rule(num_lines: int) -> str:
    """The rule in words."""
    return f"every {EVERY}th line" if num_lines >= EVERY else f"the last {SHARE:.0%} of the text"


def _every_line(blocks: Iterable[Block]) -> Iterator[Parts]:
    number = 0  # of the block's first line
    for block in blocks:
        first = (EVERY - 1 - number) % EVERY
        held = block.lines[first::EVERY]
        kept = block.lines.copy()
        del kept[first::EVERY]
        last_is_held = (len(block.lines) - 1 - first) % EVERY == 0 and bool(held)
        yield (
            _part(kept, block.continues and first > 0, block.open_end and not last_is_held),
            _part(held, block.continues and first == 0, block.open_end and last_is_held),
        )
        number += len(block.lines) - block.open_end


def _last_part(blocks: Iterable[Block], num_chars: int) -> Iterator[Parts]:
    left = int((1 - SHARE) * num_chars)  # characters before the cut
    done = False
    for block in blocks:
        size = sum(map(len, block.lines)) + len(block.lines) - block.open_end
        if done:
            yield None, block
        elif size <= left:
            left -= size
            yield block, None
        else:
            done = True
            yield _cut(block, left, num_chars)


def _cut(block: Block, at: int, num_chars: int) -> Parts:
    """Divide one block at the last white space before character ``at``; it goes to neither."""
    text = "\n".join(block.lines)
    space = next((i for i in range(min(at, len(text) - 1), -1, -1) if text[i].isspace()), None)
    if space is None and num_chars < SHORT:
        return block, None
    before, after = (text[:at], text[at:]) if space is None else (text[:space], text[space + 1 :])
    return (
        _part(before.split("\n"), block.continues, False),
        _part(after.split("\n"), False, block.open_end),
    )


def _part(lines: list[str], continues: bool, open_end: bool) -> Block | None:
    """A block of these lines, which are not normalised."""
    if not lines:
        return None
    num_bytes = len("\n".join(lines).encode()) + (not open_end)
    return Block(lines, continues, open_end, num_bytes)
