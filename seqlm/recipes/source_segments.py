"""Lines cut into what a translation model bears, and sorted into batches of like length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from seqlm.tokenizers import Tokenizer

_ROOM_PER_ROW = 48
"""A batch of ``n`` rows has room for about ``n`` times as many tokens."""
_WINDOW = 16
"""Batches that are sorted together, once the first have shown that somebody reads them."""
_CLOSING = "\"'”’»)]"
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


class Sized(Protocol):
    """Something of a known length in tokens."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Segment:
    """A line's tokens, or a part of them; ``line`` counts the lines of a window."""

    line: int
    ids: Sequence[int]

    def __len__(self) -> int:
        return len(self.ids)


def windows(blocks: Iterable[Sequence[str]], batch_size: int) -> Iterator[Sequence[str]]:
    """Lines that are translated together: one batch first, then more and more; never two blocks.

    So the first answer is quick, what comes through a pipe is answered as it comes, and a long text
    is still sorted over many batches.
    """
    size = batch_size
    for block in blocks:
        start = 0
        while start < len(block):
            yield block[start : start + size]
            start += size
            size = min(2 * size, _WINDOW * batch_size)


def segments(lines: Sequence[str], tokenizer: Tokenizer, longest: int) -> list[Segment]:
    """The lines as tokens, those of more than ``longest`` cut; a line of white space has none."""
    flat, counts = tokenizer.encode_lines(lines)
    ids = flat.tolist()
    found, start = [], 0
    for number, (line, count) in enumerate(zip(lines, counts.tolist(), strict=True)):
        own = ids[start : start + count]
        start += count
        if line.strip():
            found += [Segment(number, part) for part in _cut(own, tokenizer, longest)]
    return found


def _cut(ids: list[int], tokenizer: Tokenizer, longest: int) -> Iterator[list[int]]:
    """A long line in its sentences; a long sentence between words; a long word anywhere."""
    if len(ids) <= longest:
        yield ids
        return
    pieces = tokenizer.pieces(ids)
    start = word = 0  # where the part and its last word begin
    for at, piece in enumerate(pieces):
        if piece.startswith("▁") or tokenizer.kind == "word":
            word = at
        if at - start == longest:
            cut = word if word > start else at
        elif word == at > start and _ends_sentence(pieces[max(start, at - 3) : at]):
            cut = at
        else:
            continue
        yield ids[start:cut]
        start = cut
    yield ids[start:]


def _ends_sentence(pieces: Sequence[str]) -> bool:
    """Whether a text of which these are the last pieces ends a sentence, perhaps a quoted one."""
    return "".join(pieces).rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def batches(items: Sequence[Sized], batch_size: int) -> Iterator[list[int]]:
    """Places in ``items``, the longest first, in batches of ``batch_size``, fewer of long ones."""
    batch: list[int] = []
    for place in sorted(range(len(items)), key=lambda at: -len(items[at])):
        longest = max(_ROOM_PER_ROW, len(items[batch[0]])) if batch else 0
        if batch and (len(batch) + 1) * longest > batch_size * _ROOM_PER_ROW:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
