"""Ids on disk, memory-mapped: what makes a corpus larger than memory fine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.data.blocks import Block
from seqlm.data.report import count_words
from seqlm.tokenizers.tokenizer import END_ID, UNKNOWN_ID, Tokenizer


@dataclass(frozen=True)
class TokenStore:
    """A text as ids.

    Attributes:
        ids: the tokens of each line and ``END_ID`` behind them, (tokens,); uint16, or uint32 for
            a vocabulary of more than 65,536; on disk, read when it is looked at.
        num_lines: lines, which is how many ends there are.
        num_words: whitespace-separated words.
        num_bytes: UTF-8 bytes of the text before normalisation, one newline a line.
        num_unknown: tokens that are ``UNKNOWN_ID``.
    """

    ids: NDArray[Any]
    num_lines: int
    num_words: int
    num_bytes: int
    num_unknown: int

    def __len__(self) -> int:
        """Tokens, ends included."""
        return len(self.ids)

    def facts(self) -> dict[str, int | str]:
        """The counts by name, as ``open_store`` takes them."""
        return {
            "lines": self.num_lines,
            "words": self.num_words,
            "bytes": self.num_bytes,
            "tokens": len(self.ids) - self.num_lines,
            "unknown": self.num_unknown,
            "dtype": str(self.ids.dtype),
        }


def open_store(path: Path, facts: dict[str, Any]) -> TokenStore:
    """Map the file of ids that ``write_store`` wrote.

    Args:
        path: the file.
        facts: what ``TokenStore.facts`` gave.

    Raises:
        ValueError: the file has another length than ``facts`` say.
        OSError: it cannot be mapped.
    """
    ids = np.memmap(path, dtype=np.dtype(facts["dtype"]), mode="r")
    if len(ids) != facts["tokens"] + facts["lines"]:
        raise ValueError(f"{path.name} does not have the length that was written")
    return TokenStore(ids, facts["lines"], facts["words"], facts["bytes"], facts["unknown"])


class StoreWriter:
    """Writes the ids of a text to a file, block by block.

    Args:
        path: the file, which is made.
        tokenizer: gives the ids.
    """

    def __init__(self, path: Path, tokenizer: Tokenizer) -> None:
        self.path = path
        self.num_tokens = 0
        self._tokenizer = tokenizer
        self._dtype = np.dtype(np.uint16 if tokenizer.vocab_size <= 1 << 16 else np.uint32)
        self._file = path.open("xb")
        self._lines = self._words = self._bytes = self._unknown = 0

    def add(self, block: Block) -> None:
        """Append one block.

        Raises:
            OSError: the disk is full.
        """
        ids, counts = self._tokenizer.encode_lines(block.lines, block.continues)
        ends = np.cumsum(counts)[: len(counts) - block.open_end]
        self.add_ids(ids, ends, count_words("\n".join(block.lines)), block.num_bytes)

    def add_ids(
        self, ids: NDArray[np.integer], ends: NDArray[np.integer], num_words: int, num_bytes: int
    ) -> None:
        """Append ids that are there already.

        Args:
            ids: tokens without ends.
            ends: before which of them a line ends, in order.
            num_words: words of their text.
            num_bytes: its bytes.

        Raises:
            OSError: the disk is full.
        """
        self._file.write(np.insert(ids, ends, END_ID).astype(self._dtype).data)
        self.num_tokens += len(ids)
        self._lines += len(ends)
        self._words += num_words
        self._bytes += num_bytes
        self._unknown += int(np.count_nonzero(ids == UNKNOWN_ID))

    def close(self) -> TokenStore | None:
        """Finish the file and map it; None if it has no token besides the ends of lines."""
        self._file.close()
        if not self.num_tokens:
            return None
        ids = np.memmap(self.path, dtype=self._dtype, mode="r")
        return TokenStore(ids, self._lines, self._words, self._bytes, self._unknown)


def write_store(path: Path, tokenizer: Tokenizer, blocks: Iterable[Block]) -> TokenStore | None:
    """Write all of ``blocks`` (see ``StoreWriter``)."""
    writer = StoreWriter(path, tokenizer)
    for block in blocks:
        writer.add(block)
    return writer.close()
