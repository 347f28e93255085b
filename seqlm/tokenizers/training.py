"""Making a tokenizer from text."""

from __future__ import annotations

from collections.abc import Iterable

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.blocks import Block
from seqlm.tokenizers.tokenizer import Tokenizer


def train_tokenizer(
    kind: TokenizerKind,
    blocks: Iterable[Block],
    *,
    vocab_size: int | None = None,
    min_count: int | None = None,
    normalization: Normalization = "NFC",
) -> tuple[Tokenizer, list[str]]:
    """Learn a vocabulary of the given kind.

    Args:
        blocks: the training text, read once, in bounded memory.
        vocab_size: ids altogether. None is no limit for words and characters, and for subwords
            what suits the size of the text.
        min_count: how often a word or character has to occur; subwords do not use it.
        normalization: recorded in the tokenizer, which then applies it to what it is given.

    Returns:
        The tokenizer, and notes: whatever is not as it was asked for, a sentence each.

    Raises:
        InputError: the text is empty, or the sizes leave nothing.
    """
    if kind == "word":
        from seqlm.tokenizers.word import train_word

        return train_word(blocks, vocab_size, min_count, normalization)
    if kind == "char":
        from seqlm.tokenizers.character import train_character

        return train_character(blocks, vocab_size, min_count, normalization)
    from seqlm.tokenizers.subword_training import train_subword

    return train_subword(kind, blocks, vocab_size, normalization)
