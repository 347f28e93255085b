"""Ids on disk, memory-mapped: a corpus larger than memory is fine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TokenStore:
    """A text as ids, each line ended by the end-of-line symbol.

    Attributes:
        ids: all events, (events,), 16 or 32 bits each.
        num_lines: lines.
        num_words: whitespace-separated words.
        num_bytes: UTF-8 bytes, one newline a line.
        num_unknown: ids that are the unknown token.
    """

    ids: NDArray[Any]
    num_lines: int
    num_words: int
    num_bytes: int
    num_unknown: int

    def __len__(self) -> int:
        return len(self.ids)


def id_type(vocab_size: int) -> str:
    """The narrowest type that holds every id, little-endian."""
    return "<u2" if vocab_size <= 1 << 16 else "<u4"


def write_ids(file: IO[bytes], ids: NDArray[np.int64], vocab_size: int) -> None:
    """Append ``ids`` to an open file."""
    file.write(ids.astype(id_type(vocab_size)).tobytes())


def map_ids(path: Path, vocab_size: int) -> NDArray[Any]:
    """The ids of a file without reading them into memory."""
    if path.stat().st_size == 0:
        return np.empty(0, dtype=id_type(vocab_size))
    return np.memmap(path, dtype=id_type(vocab_size), mode="r")
