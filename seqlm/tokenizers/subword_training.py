"""Learning subwords: a sample, its alphabet, sentencepiece's training, and ids by frequency."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.blocks import Block
from seqlm.errors import InputError
from seqlm.tokenizers.model_proto import sort_pieces
from seqlm.tokenizers.subword import SubwordTokenizer, open_model, train_model
from seqlm.tokenizers.subword_sample import (
    COVERAGE,
    RESERVED,
    choose_alphabet,
    default_vocab_size,
    draw_sample,
    sentences,
)
from seqlm.tokenizers.tokenizer import FIRST_ID

MIN_VOCAB_SIZE = RESERVED + 6
MAX_VOCAB_SIZE = 500_000  # more than a sample supports, and as far as sentencepiece's seeds go


def train_subword(
    kind: TokenizerKind,
    blocks: Iterable[Block],
    vocab_size: int | None,
    normalization: Normalization,
) -> tuple[SubwordTokenizer, list[str]]:
    """Learn subwords from a sample of at most about 10 MB; one thread, so that it can be repeated.

    Raises:
        InputError: there is no text to learn from.
    """
    sample = draw_sample(blocks, normalization)
    wanted = default_vocab_size(sample.num_bytes) if vocab_size is None else vocab_size
    size = min(max(wanted, MIN_VOCAB_SIZE), MAX_VOCAB_SIZE)
    alphabet = choose_alphabet(sample.lines, size)
    if not alphabet.characters:
        raise InputError("there is no character in this text", "a text file with some lines in it")
    texts = list(sentences(sample.lines, alphabet.characters))
    model = train_model(kind, texts, size)
    tokenizer = SubwordTokenizer(kind, _by_frequency(model, texts), normalization)
    notes = []
    if vocab_size not in (None, tokenizer.vocab_size):
        why = "256 of them are the bytes" if size > wanted else "the text supports no more"
        notes.append(f"the vocabulary has {tokenizer.vocab_size:,} pieces, not {wanted:,}: {why}")
    if alphabet.coverage < COVERAGE:
        notes.append(
            f"{alphabet.spelled:,} characters, {1 - alphabet.coverage:.2%} of the text, "
            "found no room in the vocabulary and are spelled in bytes"
        )
    if sample.stride > 1:
        notes.append(f"the pieces were learnt from one line in {sample.stride}")
    return tokenizer, notes


def _by_frequency(model: bytes, texts: list[str]) -> bytes:
    """``model`` with its pieces, from id 2 on, sorted by how often they occur in ``texts``."""
    processor = open_model(model)
    size = processor.get_piece_size()
    counts = np.zeros(size, dtype=np.int64)
    for start in range(0, len(texts), 100_000):
        ids = processor.encode(texts[start : start + 100_000], out_type=int)
        counts += np.bincount(np.fromiter(chain.from_iterable(ids), np.int64), minlength=size)
    order = FIRST_ID + np.argsort(-counts[FIRST_ID:], kind="stable")
    return sort_pieces(model, [*range(FIRST_ID), *order.tolist()])
