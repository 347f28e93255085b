"""From text to ids for training: tokenizer, held-out part, and all of it kept for the next time."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.corpus import Corpus, ReadReport
from seqlm.data.hold_out import hold_out_rule
from seqlm.errors import InputError, UsageError
from seqlm.model_folder import open_model
from seqlm.recipes.prepared_cache import PreparedCache
from seqlm.recipes.prepared_files import (
    Prepared,
    Progress,
    Texts,
    TokenizerWish,
    build_files,
    load_files,
)
from seqlm.tokenizers import load_tokenizer

__all__ = ["Prepared", "find_prepared", "prepare"]

FORMAT = 1
"""Raised when the same text and settings would give other ids than before."""


def prepare(
    corpus: Corpus,
    valid: Corpus | None,
    tokenizer: str,
    *,
    vocab_size: int | None = None,
    min_count: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Prepared:
    """Make the ids of a text, or find those that were made before.

    The text is read once to know its hash; if it is not in the cache, once more to train a
    tokenizer, and once more to encode it. Memory does not grow with the text.

    Args:
        corpus: the training text; what comes from a pipe has to be spooled.
        valid: the held-out text; None holds out a twentieth of ``corpus``.
        tokenizer: word, char, unigram or bpe, or a folder that holds a tokenizer.
        vocab_size: most ids of a tokenizer that is trained.
        min_count: how often its words or characters have to occur.

    Raises:
        InputError: the text cannot be read, changes while it is read, or leaves a part empty.
        ModelError: the folder holds no tokenizer.
    """
    wish, notes = settle_tokenizer(tokenizer, vocab_size, min_count, corpus.options.normalization)
    report = _measure(corpus, progress)
    valid_report = _measure(valid, progress) if valid else None
    key = _key(report, valid_report, wish)
    cache = PreparedCache()
    prepared = cache.find(key, lambda folder: load_files(folder, key))
    if prepared is None:
        texts = Texts(corpus, report, valid, valid_report)
        with cache.building() as folder:
            build_files(folder, texts, wish, progress)
            prepared = cache.keep(key, folder, lambda folder: load_files(folder, key))
    notes += [*prepared.notes, *([cache.note] if cache.note else [])]
    return replace(prepared, notes=tuple(notes))


def find_prepared(key: str) -> Prepared | None:
    """What was prepared under ``key``, if it is still there."""
    return PreparedCache().find(key, lambda folder: load_files(folder, key))


def settle_tokenizer(
    tokenizer: str, vocab_size: int | None, min_count: int | None, normalization: Normalization
) -> tuple[TokenizerWish, list[str]]:
    """Check the choice of a tokenizer before any text is read."""
    if tokenizer in get_args(TokenizerKind):
        kind = cast(TokenizerKind, tokenizer)
        return TokenizerWish(None, kind, vocab_size, min_count, normalization), []
    if not Path(tokenizer).exists():
        kinds = ", ".join(get_args(TokenizerKind))
        raise UsageError(
            f"{tokenizer!r} is no kind of tokenizer ({kinds}) and no folder",
            "--tokenizer unigram",
        )
    ready = load_tokenizer(open_model(Path(tokenizer)).tokenizer_files())
    notes = []
    if vocab_size is not None or min_count is not None:
        notes.append("the tokenizer is ready: --vocab-size and --min-count change nothing")
    if ready.normalization != normalization:
        notes.append(f"the text is read with normalization {ready.normalization}, as its tokenizer")
    return TokenizerWish(ready, ready.kind, None, None, ready.normalization), notes


def _measure(corpus: Corpus, progress: Progress) -> ReadReport:
    """Read the whole text for its hash and its counts.

    Raises:
        InputError: there is nothing but white space in it.
    """
    done = 0
    for block in corpus.blocks("none"):
        done += block.num_bytes
        progress("reading", done, 0)
    if not corpus.report.words:
        names = ", ".join(source.name for source in corpus.sources[:3])
        raise InputError(f"there is no text in {names}", "a file with some lines of text")
    return corpus.report


def _key(report: ReadReport, valid_report: ReadReport | None, wish: TokenizerWish) -> str:
    identity = {
        "format": FORMAT,
        "text": report.sha256,
        "valid": valid_report.sha256 if valid_report else hold_out_rule(report.lines),
        "tokenizer": wish.identity(),
        "unicode": unicodedata.unidata_version,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
