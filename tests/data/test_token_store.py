"""Ids on disk are those of the text, line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqlm.data.blocks import Block
from seqlm.data.token_store import StoreWriter, open_store
from seqlm.tokenizers import Tokenizer, train_tokenizer
from seqlm.tokenizers.vocabulary import Vocabulary
from seqlm.tokenizers.word import WordTokenizer


def tokenizer() -> Tokenizer:
    return train_tokenizer("word", [Block(["a b c"], False, False, 6)])[0]


def test_an_end_behind_each_line(tmp_path: Path) -> None:
    """Words a, b, c are 2, 3, 4, any other 1; an end, 0, for each finished line.

    Else lines would run together at the edges of blocks, or end twice.
    """
    writer = StoreWriter(tmp_path / "ids", tokenizer())
    writer.add(Block(["a b", "", "c"], False, True, 8))
    writer.add(Block([" x c", "b"], True, False, 7))
    store = writer.close()
    assert store is not None
    assert store.ids.tolist() == [2, 3, 0, 0, 4, 1, 4, 0, 3, 0]
    assert store.ids.dtype == np.uint16 and len(store) == 10
    assert (store.num_lines, store.num_words, store.num_bytes, store.num_unknown) == (4, 6, 15, 1)
    again = open_store(tmp_path / "ids", store.facts())
    assert again.ids.tolist() == store.ids.tolist() and again.facts() == store.facts()
    assert isinstance(again.ids, np.memmap)
    with pytest.raises(ValueError, match="length"):
        open_store(tmp_path / "ids", {**store.facts(), "tokens": 5})


def test_a_large_vocabulary_takes_four_bytes(tmp_path: Path) -> None:
    """Else the ids from 65,536 on would begin again from 0."""
    words = WordTokenizer(Vocabulary(f"w{number}" for number in range(70_000)))
    writer = StoreWriter(tmp_path / "ids", words)
    writer.add(Block(["w0 w65533 w65534 w69999"], False, False, 24))
    store = writer.close()
    assert store is not None and store.ids.dtype == np.uint32
    assert store.ids.tolist() == [2, 65535, 65536, 70001, 0]


def test_nothing_but_ends_is_nothing(tmp_path: Path) -> None:
    """Else a model would be trained, or judged, on no text."""
    writer = StoreWriter(tmp_path / "ids", tokenizer())
    writer.add(Block(["", " "], False, False, 3))
    assert writer.close() is None
