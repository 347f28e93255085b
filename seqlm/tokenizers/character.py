"""Characters: one token for each code point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.blocks import Block
from seqlm.data.normalization import normalize
from seqlm.errors import InputError
from seqlm.tokenizers.code_points import CODE_POINTS, code_points
from seqlm.tokenizers.files import vocabulary_file
from seqlm.tokenizers.tokenizer import UNKNOWN_ID, split_lines
from seqlm.tokenizers.vocabulary import Vocabulary, cut_vocabulary


class CharacterTokenizer:
    """A code point is a token; one that is not in the vocabulary is id 1."""

    kind: ClassVar[TokenizerKind] = "char"

    def __init__(self, vocabulary: Vocabulary, normalization: Normalization = "NFC") -> None:
        self.vocabulary = vocabulary
        self.vocab_size = len(vocabulary)
        self.normalization: Normalization = normalization
        self._table = np.full(CODE_POINTS, UNKNOWN_ID, dtype=np.int32)
        for character, i in vocabulary.ids.items():
            self._table[ord(character)] = i

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._ids(normalize(text, self.normalization)).tolist()
        return ids

    def encode_lines(
        self, lines: Sequence[str], continues: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        lines = [normalize(line, self.normalization) for line in lines]
        return self._ids("".join(lines)), np.fromiter(map(len, lines), np.int64, len(lines))

    def decode(self, ids: Sequence[int]) -> str:
        return "\n".join("".join(self.vocabulary.texts(line)) for line in split_lines(ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return self.vocabulary.pieces(ids)

    def piece_ids(self, pieces: Sequence[str]) -> list[int]:
        return self.vocabulary.piece_ids(pieces)

    def end_offsets(self, text: str) -> list[int]:
        return list(range(1, len(text) + 1))

    def to_files(self) -> dict[str, bytes]:
        return vocabulary_file(self.kind, self.normalization, self.vocabulary.entries)

    def _ids(self, text: str) -> NDArray[np.int32]:
        return self._table[code_points(text)]


def train_character(
    blocks: Iterable[Block],
    vocab_size: int | None,
    min_count: int | None,
    normalization: Normalization,
) -> tuple[CharacterTokenizer, list[str]]:
    """Count the characters of ``blocks``; those of equal count follow their code points.

    Args:
        vocab_size: the most ids there may be; None is no limit.
        min_count: how often a character has to occur; None is once.

    Raises:
        InputError: there is no character at all.
    """
    counts = np.zeros(CODE_POINTS, dtype=np.int64)
    for block in blocks:
        text = normalize("".join(block.lines), normalization)
        counts += np.bincount(code_points(text), minlength=CODE_POINTS)
    found = {chr(code): int(counts[code]) for code in np.flatnonzero(counts).tolist()}
    if not found:
        raise InputError("there is no character in this text", "a text file with some lines in it")
    vocabulary, notes = cut_vocabulary(found, vocab_size, min_count or 1)
    return CharacterTokenizer(vocabulary, normalization), notes
