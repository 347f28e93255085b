"""Pairs as ids on disk: two memory-mapped rows of ids, and where each line ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.data.report import count_words
from seqlm.data.token_store import StoreWriter, TokenStore, open_store
from seqlm.tokenizers.tokenizer import END_ID, Tokenizer

SIDES = ("source", "target")


class PairStore:
    """Pairs of lines as ids.

    Args:
        source: the ids of all sources.
        target: the ids of all targets.

    Attributes:
        lengths: tokens of each source and target, the end counted, (2, pairs).
    """

    def __init__(self, source: TokenStore, target: TokenStore) -> None:
        self.source = source
        self.target = target
        self._ends = [line_ends(store.ids) for store in (source, target)]
        self.lengths = np.stack([np.diff(ends, prepend=-1) for ends in self._ends])

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self._ends[0])

    def rows(self, side: int, numbers: NDArray[np.integer]) -> list[NDArray[Any]]:
        """The ids of some lines, without their ends; ``side`` is 0 for sources, 1 for targets."""
        ids = (self.source, self.target)[side].ids
        ends = self._ends[side][numbers]
        starts = ends - self.lengths[side][numbers] + 1
        return [ids[start:end] for start, end in zip(starts, ends, strict=True)]

    def facts(self) -> dict[str, Any]:
        """The counts of both sides, as ``open_pairs`` takes them."""
        return {"source": self.source.facts(), "target": self.target.facts()}


def line_ends(ids: NDArray[Any]) -> NDArray[np.int64]:
    """Where each line ends, (lines,); memory-mapped ids are read a piece at a time."""
    size = 1 << 22
    pieces = [
        start + np.flatnonzero(ids[start : start + size] == END_ID)
        for start in range(0, len(ids), size)
    ]
    return np.concatenate([np.zeros(0, np.int64), *pieces])


def open_pairs(folder: Path, name: str, facts: dict[str, Any]) -> PairStore:
    """Map what a ``PairWriter`` of that name wrote.

    Raises:
        ValueError: a file has another length than ``facts`` say.
        OSError: a file cannot be mapped.
    """
    stores = [open_store(folder / f"{name}.{side}.ids", facts[side]) for side in SIDES]
    return PairStore(stores[0], stores[1])


@dataclass
class PairWriter:
    """Writes pairs as ids, and leaves out those with a side that is too long.

    Attributes:
        folder: where the two files are made.
        name: what they are called.
        tokenizers: of source and target.
        max_length: tokens of the longest side, its end not counted.
        long: pairs that were left out.
        empty: pairs left out because nothing of a side is a token.
    """

    folder: Path
    name: str
    tokenizers: tuple[Tokenizer, Tokenizer]
    max_length: int
    long: int = 0
    empty: int = 0

    def __post_init__(self) -> None:
        """Make the files."""
        self._writers = [
            StoreWriter(self.folder / f"{self.name}.{side}.ids", tokenizer)
            for side, tokenizer in zip(SIDES, self.tokenizers, strict=True)
        ]

    def add(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Append pairs.

        Raises:
            OSError: the disk is full.
        """
        if not sources:
            return
        sides = (sources, targets)
        encoded = [
            tokenizer.encode_lines(lines)
            for tokenizer, lines in zip(self.tokenizers, sides, strict=True)
        ]
        counts = np.stack([count for _, count in encoded])
        empty = (counts == 0).any(0)
        long = (counts > self.max_length).any(0) & ~empty
        keep = ~empty & ~long
        self.empty += int(empty.sum())
        self.long += int(long.sum())
        for writer, lines, (ids, count) in zip(self._writers, sides, encoded, strict=True):
            text = "".join(f"{line}\n" for line, kept in zip(lines, keep, strict=True) if kept)
            writer.add_ids(
                ids[np.repeat(keep, count)],
                np.cumsum(count[keep]),
                count_words(text),
                len(text.encode()),
            )

    def close(self) -> PairStore | None:
        """Finish and map the files; None if there is no pair."""
        source, target = (writer.close() for writer in self._writers)
        return None if source is None or target is None else PairStore(source, target)
