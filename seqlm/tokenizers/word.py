"""Words as white space divides them. Not lossless: the kind of white space is forgotten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.blocks import Block
from seqlm.data.normalization import normalize
from seqlm.errors import InputError
from seqlm.tokenizers.files import vocabulary_file
from seqlm.tokenizers.tokenizer import UNKNOWN, split_lines
from seqlm.tokenizers.vocabulary import Vocabulary, cut_vocabulary

LARGE_TEXT = 10_000  # words; below it, a word that occurs once is kept
MAX_COUNTED = 4_000_000  # different words held while counting


class WordTokenizer:
    """``str.split()``; a word that is not in the vocabulary, and ``<unk>`` itself, is id 1."""

    kind: ClassVar[TokenizerKind] = "word"

    def __init__(self, vocabulary: Vocabulary, normalization: Normalization = "NFC") -> None:
        self.vocabulary = vocabulary
        self.vocab_size = len(vocabulary)
        self.normalization: Normalization = normalization

    def encode(self, text: str) -> list[int]:
        return [self.vocabulary.ids[word] for word in self._words(text)]

    def encode_lines(
        self, lines: Sequence[str], continues: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        words = [self._words(line) for line in lines]
        counts = np.fromiter(map(len, words), np.int64, len(words))
        ids = map(self.vocabulary.ids.__getitem__, chain.from_iterable(words))
        return np.fromiter(ids, np.int32, int(counts.sum())), counts

    def decode(self, ids: Sequence[int]) -> str:
        return "\n".join(" ".join(self.vocabulary.texts(line)) for line in split_lines(ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return self.vocabulary.pieces(ids)

    def piece_ids(self, pieces: Sequence[str]) -> list[int]:
        return self.vocabulary.piece_ids(pieces)

    def end_offsets(self, text: str) -> list[int]:
        return [match.end() for match in re.finditer(r"\S+", text)]

    def to_files(self) -> dict[str, bytes]:
        return vocabulary_file(self.kind, self.normalization, self.vocabulary.entries)

    def _words(self, text: str) -> list[str]:
        return normalize(text, self.normalization).split()


def train_word(
    blocks: Iterable[Block],
    vocab_size: int | None,
    min_count: int | None,
    normalization: Normalization,
) -> tuple[WordTokenizer, list[str]]:
    """Count the words of ``blocks`` and keep the frequent ones.

    Args:
        vocab_size: the most ids there may be; None is no limit.
        min_count: how often a word has to occur. None is 1 for a text that marks its unknown words
            with ``<unk>`` or has fewer than 10,000 words, and 2 for any other, so that a model
            meets unknown words in training.

    Raises:
        InputError: there is no word at all.
    """
    counts: Counter[str] = Counter()
    notes: list[str] = []
    floor = 0
    for block in blocks:
        for line in block.lines:
            counts.update(normalize(line, normalization).split())
        if len(counts) > MAX_COUNTED:
            floor += 1
            counts = Counter({word: count for word, count in counts.items() if count > floor})
    if floor:
        notes.append(f"words that had occurred {floor} times or less were dropped while counting")
    if not counts:
        raise InputError("there is no word in this text", "a text file with some lines in it")
    marked = counts.pop(UNKNOWN, 0)
    if min_count is None:
        min_count = 1 if marked or counts.total() < LARGE_TEXT else 2
    vocabulary, cut = cut_vocabulary(counts, vocab_size, min_count)
    return WordTokenizer(vocabulary, normalization), notes + cut
