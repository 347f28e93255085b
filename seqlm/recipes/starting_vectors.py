"""The first layer of a language model, taken from word vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from seqlm.config import LanguageModelOptions
from seqlm.errors import InputError
from seqlm.models.embedding_lm import EmbeddingLM
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.vector_folder import load_vectors
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer
from seqlm.tokenizers.pieces import read_piece

SPREAD = 0.1
"""Standard deviation of a first layer's numbers; ``EmbeddingLM`` starts with the same."""


class StartingVectors:
    """Vectors for those tokens of a language model that are words with one.

    A piece of a word counts as a word where it begins one (``▁the``); what is not found as it is
    written is looked for in lower case, and among the parts of words where the vectors have some.

    Args:
        vectors: of words.
        tokenizer: of the language model.
        name: of the vectors, for messages.

    Attributes:
        tokens: int64 (found,), the ids that were found.
        rows: float32 (found, dim), their vectors, at the usual standard deviation.

    Raises:
        InputError: not one token has a vector.
    """

    def __init__(self, vectors: WordVectors, tokenizer: Tokenizer, name: str) -> None:
        found = {}
        for token in range(tokenizer.vocab_size):
            word = _word(tokenizer, token)
            row = vectors.vector_of(word) if word else None
            if row is None and word:
                row = vectors.vector_of(word.lower())
            if row is not None:
                found[token] = row
        rows = np.array(list(found.values()), np.float32).reshape(-1, vectors.dim)
        if not rows.any():
            raise InputError(
                f"not one of {tokenizer.vocab_size:,} tokens has a vector in {name}",
                "vectors of the same language, or --tokenizer word",
            )
        self.tokens = torch.tensor(list(found))
        self.rows = torch.from_numpy(rows * (SPREAD / rows.std()))
        self._remark = f"{len(found):,} of {tokenizer.vocab_size:,} tokens start from {name}"

    @property
    def remark(self) -> str:
        """How many were found, in a sentence."""
        return self._remark

    def shaped(self, options: LanguageModelOptions) -> LanguageModelOptions:
        """``options`` with a first layer as wide as the vectors.

        Raises:
            InputError: another width was asked for.
        """
        dim = self.rows.shape[1]
        wide = "hidden_size" if options.arch == "transformer" else "embedding_size"
        if getattr(options, wide) not in (None, dim):
            flag = f"--{wide.replace('_', '-')}"
            raise InputError(
                f"{flag} {getattr(options, wide)} does not fit vectors of {dim} numbers",
                f"{flag} {dim}",
            )
        if wide == "hidden_size":
            return replace(options, hidden_size=dim)
        return replace(options, embedding_size=dim)

    @torch.no_grad()
    def fill(self, model: EmbeddingLM) -> None:
        """Put the vectors into the first layer; tokens without one keep what chance gave them."""
        model.embedding[self.tokens] = self.rows.to(model.embedding.device)


def open_starting_vectors(options: LanguageModelOptions) -> WordVectors | None:
    """The vectors that ``options`` name, if they name some.

    Raises:
        ModelError, InputError: they cannot be read.
    """
    return None if options.embeddings is None else load_vectors(Path(options.embeddings))


def _word(tokenizer: Tokenizer, token: int) -> str:
    """The word that a token stands for, nothing if it is no whole word's beginning."""
    if token in (END_ID, UNKNOWN_ID):
        return ""
    piece = read_piece(tokenizer.pieces([token])[0])
    if tokenizer.kind in ("unigram", "bpe"):
        return piece[1:] if piece.startswith(" ") else ""
    return piece
