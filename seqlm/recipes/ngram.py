"""Training an n-gram model, loading it, and its ARPA files. Nothing here imports torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.config import TokenizerKind
from seqlm.errors import InputError
from seqlm.model_folder import ModelFolder
from seqlm.models.arpa import write_arpa
from seqlm.models.arpa_reader import read_arpa
from seqlm.models.kneser_ney import FALLBACK, Discounts, estimate
from seqlm.models.large_arrays import ArrayStore
from seqlm.models.ngram_counts import count_ngrams
from seqlm.models.ngram_file import MAX_ORDER, read_table, table_config, write_table
from seqlm.models.ngram_table import NgramTable
from seqlm.tokenizers.tokenizer import END, END_ID, FIRST_ID, UNKNOWN, Tokenizer
from seqlm.tokenizers.vocabulary import Vocabulary
from seqlm.tokenizers.word import WordTokenizer

WEIGHTS = "model.safetensors"
ORDERS: dict[TokenizerKind, int] = {"word": 5, "char": 10, "unigram": 5, "bpe": 5}
"""The order where none is given: higher ones gained nothing on the texts that were tried."""
MEMORY_LIMIT = 384 << 20  # bytes
_PLACES = 64
_SCORED_FROM_DISK = 1 << 14  # tokens between two times that what was read of a table is given back


@dataclass(frozen=True)
class NgramFit:
    """An n-gram model that was estimated and written.

    Attributes:
        config: the entries of ``config.json`` that are the model's.
        num_tokens: that were counted.
        valid_loss: nats a token on the held-out ids; NaN without any.
        notes: what is not as usual, a sentence each.
    """

    config: dict[str, Any]
    num_tokens: int
    valid_loss: float
    notes: tuple[str, ...]


def train_ngram(
    train: NDArray[np.integer],
    valid: NDArray[np.integer],
    vocab_size: int,
    order: int,
    weights: Path,
    *,
    memory_limit: int = MEMORY_LIMIT,
) -> NgramFit:
    """Estimate interpolated modified Kneser-Ney and write its table.

    Args:
        train: the ids of the training text, (tokens,), with ``END_ID`` at the end of each line;
            they may be mapped from disk.
        valid: held-out ids in the same form; there may be none.
        vocab_size: the tokenizer's.
        order: length of the longest n-gram.
        weights: the safetensors file to write.
        memory_limit: bytes to count in; what does not fit is sorted in runs on disk, beside
            ``weights``, and merged.

    Raises:
        InputError: there is nothing to count, or the order cannot be used.
    """
    if not 1 <= order <= MAX_ORDER:
        raise InputError(f"the order has to be between 1 and {MAX_ORDER}, not {order}", "--order 5")
    if not len(train):
        raise InputError("there is nothing to count", "a text file with some lines in it")
    if train[-1] != END_ID:
        train = np.append(train, END_ID)
    with ArrayStore(memory_limit, weights.parent) as store:
        counted = count_ngrams(train, order, vocab_size, store)
        table, discounts = estimate(counted, vocab_size, store)
        write_table(table, weights)
        config = table_config(table) | {"discounts": [list(found.values) for found in discounts]}
        valid_loss = _mean_loss(table, valid, store)
        return NgramFit(config, len(train), valid_loss, tuple(_notes(discounts)))


def spread_lines(ids: NDArray[Any], most_tokens: int) -> NDArray[Any]:
    """At most so many tokens of a longer text: whole lines from places at equal distances.

    The parts of a text often differ, so its beginning would not do. A line too long for its place
    is cut.
    """
    pieces = []
    for place in range(_PLACES):
        start = len(ids) * place // _PLACES
        piece = np.asarray(ids[start : start + most_tokens // _PLACES])
        ends = np.flatnonzero(piece == END_ID)
        pieces.append(piece[ends[0] + 1 : ends[-1] + 1] if len(ends) > 1 else piece)
    return np.concatenate(pieces)


def _mean_loss(table: NgramTable, ids: NDArray[np.integer], store: ArrayStore) -> float:
    """Nats a token; a table on disk is read without becoming the process's memory."""
    if not len(ids):
        return math.nan
    block = _SCORED_FROM_DISK if store.spilled else len(ids)
    contexts, total = table.before_text(), 0.0
    for start in range(0, len(ids), block):
        log_probs, _, contexts = table.score_after(ids[start : start + block], contexts)
        total -= float(log_probs.sum(dtype=np.float64))
        store.rest()
    return total / len(ids)


def _notes(discounts: list[Discounts]) -> list[str]:
    guessed = [str(n) for n, found in enumerate(discounts, start=1) if not found.estimated]
    if not guessed:
        return []
    orders = f"order {guessed[0]}" if len(guessed) == 1 else f"orders {', '.join(guessed)}"
    values = ", ".join(f"{value:g}" for value in FALLBACK)
    return [f"{orders}: too few different counts to estimate discounts from; {values} were used"]


def load_table(folder: ModelFolder) -> NgramTable:
    """The table of a model folder whose ``arch`` is ngram.

    Raises:
        ModelError: its configuration is out of range, or its weights do not fit.
    """
    return read_table(folder.file(WEIGHTS), folder.config)


def export_arpa(table: NgramTable, tokenizer: Tokenizer, path: Path) -> None:
    """Write an ARPA file, gzip if it is named ``.gz``: of words, or of pieces as they are shown.

    Raises:
        InputError: a word that the format cannot hold.
    """
    others = range(FIRST_ID, tokenizer.vocab_size)
    if tokenizer.kind == "word":
        texts = [tokenizer.decode([i]) for i in others]
    else:
        texts = tokenizer.pieces(others)
    write_arpa(table, [END, UNKNOWN, *texts], path)


def import_arpa(path: Path) -> tuple[NgramTable, WordTokenizer]:
    """Read an ARPA file of words.

    Raises:
        InputError: it is no ARPA file, is cut off, or contradicts itself.
    """
    words, table = read_arpa(path)
    return table, WordTokenizer(Vocabulary(words[FIRST_ID:]), normalization="none")
