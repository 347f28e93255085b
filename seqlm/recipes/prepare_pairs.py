"""From pairs of lines to ids for training: tokenizers, held-out pairs, all kept in a cache."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqlm.config import TranslationOptions
from seqlm.data.blocks import Block
from seqlm.data.hold_out import EVERY
from seqlm.data.pair_store import PairStore, PairWriter, open_pairs
from seqlm.data.pairs import Lines, PairedText, PairReport
from seqlm.data.token_store import TokenStore
from seqlm.errors import InputError
from seqlm.model_folder import to_json
from seqlm.recipes.prepare import settle_tokenizer
from seqlm.recipes.prepared_cache import PreparedCache
from seqlm.recipes.prepared_files import TokenizerWish
from seqlm.recipes.tokenizer_pair import (
    TOKENIZER_FILES,
    load_tokenizer_pair,
    tokenizer_files,
)
from seqlm.tokenizers import Tokenizer, train_tokenizer

FORMAT = 1
"""Raised when the same pairs and settings would give other ids than before."""


@dataclass(frozen=True)
class PreparedPairs:
    """Pairs ready for training.

    Attributes:
        source: the tokenizer of sources, trained on the training part alone.
        target: that of targets; the same object where the vocabulary is shared.
        train_pairs: the training part.
        valid_pairs: the held-out part.
        facts: counts of both parts, hashes and tokenizers, as JSON holds them.
        notes: whatever is not as it was asked for, a sentence each.
        key: the same for the same pairs and the same settings.
    """

    source: Tokenizer
    target: Tokenizer
    train_pairs: PairStore
    valid_pairs: PairStore
    facts: dict[str, Any]
    notes: tuple[str, ...]
    key: str

    @property
    def valid(self) -> TokenStore:
        """The held-out targets: what the figures are of."""
        return self.valid_pairs.target


def prepare_pairs(
    text: PairedText, valid: PairedText | None, options: TranslationOptions
) -> PreparedPairs:
    """Make the ids of pairs, or find those that were made before.

    The text is read once to know its hash; if it is not in the cache, once more to train the
    tokenizers, and once more to encode it. Memory does not grow with the text.

    Args:
        text: the training pairs; what comes from a pipe has to be spooled.
        valid: the held-out pairs; None holds out every 20th pair of ``text``.
        options: tokenizer, vocabularies and the longest side of a pair.

    Raises:
        InputError: the text cannot be read, changes while it is read, or leaves a part empty.
        ModelError: the folder named as tokenizer holds none.
    """
    wish, notes = settle_tokenizer(
        options.tokenizer, options.vocab_size, options.min_count, text.options.normalization
    )
    report, valid_report = _measure(text), _measure(valid) if valid else None
    wish = _sized(wish, report, options)
    work = _Preparation(text, report, valid, valid_report, wish, options)
    key = work.key()
    cache = PreparedCache()
    prepared = cache.find(key, lambda folder: _load(folder, key))
    if prepared is None:
        with cache.building() as folder:
            work.build(folder)
            prepared = cache.keep(key, folder, lambda folder: _load(folder, key))
    notes += [*prepared.notes, *([cache.note] if cache.note else [])]
    return replace(prepared, notes=tuple(notes))


def find_prepared_pairs(key: str) -> PreparedPairs | None:
    """What was prepared under ``key``, if it is still there."""
    return PreparedCache().find(key, lambda folder: _load(folder, key))


def _measure(text: PairedText) -> PairReport:
    """Read everything for its hash and its counts."""
    for _ in text.chunks():
        pass
    if not text.report.kept:
        names = " and ".join(text.names)
        raise InputError(f"there are no pairs in {names}", "files with a sentence on each line")
    return text.report


def _sized(wish: TokenizerWish, report: PairReport, options: TranslationOptions) -> TokenizerWish:
    """Half as many subwords as suit a text of that size: what a small model learns fastest."""
    if wish.ready or wish.vocab_size or wish.kind not in ("unigram", "bpe"):
        return wish
    from seqlm.tokenizers.subword_sample import default_vocab_size

    sides = 2 if options.separate_vocabularies else 1
    return replace(wish, vocab_size=default_vocab_size(report.bytes // sides) // 2)


@dataclass(frozen=True)
class _Preparation:
    """What the files of a cache entry are made from."""

    text: PairedText
    report: PairReport
    valid: PairedText | None
    valid_report: PairReport | None
    wish: TokenizerWish
    options: TranslationOptions

    def key(self) -> str:
        """The hash of everything that the ids depend on."""
        identity = {
            "format": FORMAT,
            "pairs": self.report.sha256,
            "valid": self.valid_report.sha256 if self.valid_report else self._rule(),
            "errors": self.text.skips,
            "tokenizer": self.wish.identity(),
            "separate": self.options.separate_vocabularies,
            "max_length": self.options.max_length,
            "unicode": unicodedata.unidata_version,
        }
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def _rule(self) -> str:
        return f"every {EVERY}th pair" if self.report.kept >= EVERY else "the last pair"

    def _parts(self) -> Iterator[tuple[Lines, Lines]]:
        """All pairs: what is for training, and what is held out."""
        last = EVERY - 1 if self.report.kept >= EVERY else self.report.kept - 1
        number = 0
        for sources, targets in self.text.chunks():
            if self.valid is None:
                held = slice((last - number) % EVERY, None, EVERY)
                parts = (sources[held], targets[held])
                del sources[held], targets[held]
                number += len(sources) + len(parts[0])
                yield (sources, targets), parts
            else:
                yield (sources, targets), ([], [])
        if self.text.report.sha256 != self.report.sha256:
            names = " and ".join(self.text.names)
            raise InputError(f"{names} changed while it was read", "the same command again")
        if self.valid is not None:
            yield from ((([], []), lines) for lines in self.valid.chunks())

    def _tokenizers(self) -> tuple[Tokenizer, Tokenizer, list[str]]:
        if self.wish.ready:
            return self.wish.ready, self.wish.ready, []
        if not self.options.separate_vocabularies:
            shared, notes = self._trained((0, 1))
            return shared, shared, notes
        source, notes = self._trained((0,))
        target, more = self._trained((1,))
        return source, target, [*notes, *more]

    def _trained(self, sides: Sequence[int]) -> tuple[Tokenizer, list[str]]:
        blocks = (_block(train[side]) for train, _ in self._parts() for side in sides)
        return train_tokenizer(
            self.wish.kind,
            (block for block in blocks if block.lines),
            vocab_size=self.wish.vocab_size,
            min_count=self.wish.min_count,
            normalization=self.wish.normalization,
        )

    def build(self, folder: Path) -> None:
        """Write tokenizers, ids and facts."""
        source, target, notes = self._tokenizers()
        writers = [
            PairWriter(folder, name, (source, target), self.options.max_length)
            for name in ("train", "valid")
        ]
        for parts in self._parts():
            for writer, lines in zip(writers, parts, strict=True):
                writer.add(*lines)
        stores = [writer.close() for writer in writers]
        if stores[0] is None or stores[1] is None:
            raise InputError(
                "there are too few pairs: some are for training, and at least one is held out",
                "a longer text, or --valid-source FILE --valid-target FILE",
            )
        long = sum(writer.long for writer in writers)
        if long:
            notes.append(
                f"pairs left out because a side has over {self.options.max_length} tokens: {long:,}"
            )
        facts = {
            "sha256": self.report.sha256,
            "valid_sha256": self.valid_report.sha256 if self.valid_report else None,
            "held_out": "pairs of their own" if self.valid else self._rule(),
            "read": {"pairs": self.report.pairs, "bytes": self.report.bytes},
            "left_out": self.report.pairs - len(stores[0]) - (0 if self.valid else len(stores[1])),
            "train": stores[0].facts(),
            "valid": stores[1].facts(),
            "tokenizer": {
                "kind": source.kind,
                "source_vocab_size": source.vocab_size,
                "vocab_size": target.vocab_size,
                "normalization": source.normalization,
            },
            "notes": [*notes, *self.report.remarks()],
        }
        files = {**tokenizer_files(source, target), "facts.json": to_json(facts)}
        for name, data in files.items():
            (folder / name).write_bytes(data)


def _block(lines: list[str]) -> Block:
    num_bytes = sum(len(line.encode()) + 1 for line in lines)
    return Block(lines, continues=False, open_end=False, num_bytes=num_bytes)


def _load(folder: Path, key: str) -> PreparedPairs:
    """Open a cache entry that has been verified."""
    facts = json.loads((folder / "facts.json").read_bytes())
    source, target = load_tokenizer_pair(
        {name: (folder / name).read_bytes() for name in TOKENIZER_FILES if (folder / name).exists()}
    )
    return PreparedPairs(
        source,
        target,
        open_pairs(folder, "train", facts["train"]),
        open_pairs(folder, "valid", facts["valid"]),
        facts,
        tuple(facts["notes"]),
        key,
    )
