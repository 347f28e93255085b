"""The files of a prepared text: written when it is made, read when it is found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus, ReadReport
from seqlm.data.hold_out import Parts, hold_out, hold_out_rule
from seqlm.data.token_store import StoreWriter, TokenStore, open_store
from seqlm.errors import InputError
from seqlm.model_folder import to_json
from seqlm.tokenizers import Tokenizer, load_tokenizer, train_tokenizer

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the bytes done and the bytes to do (0 where it is not known)."""


@dataclass(frozen=True)
class Prepared:
    """A text ready for training.

    Attributes:
        tokenizer: trained on the training part alone, or the one that was given.
        train: the training part.
        valid: the held-out part.
        facts: counts of both parts, the hash of the text, the tokenizer, as JSON holds them.
        notes: whatever is not as it was asked for, a sentence each.
        key: the same for the same text and the same settings.
    """

    tokenizer: Tokenizer
    train: TokenStore
    valid: TokenStore
    facts: dict[str, Any]
    notes: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class TokenizerWish:
    """What tokenizer is wanted: a ready one, or a kind with its sizes."""

    ready: Tokenizer | None
    kind: TokenizerKind
    vocab_size: int | None
    min_count: int | None
    normalization: Normalization

    def identity(self) -> dict[str, Any]:
        """What the ids depend on besides the text."""
        if self.ready:
            files = self.ready.to_files()
            return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
        wish = {key: value for key, value in asdict(self).items() if key != "ready"}
        if self.kind in ("unigram", "bpe"):
            wish["sentencepiece"] = metadata.version("sentencepiece")
        return wish


@dataclass(frozen=True)
class Texts:
    """The training text and the held-out text, and what was counted when they were first read."""

    corpus: Corpus
    report: ReadReport
    valid: Corpus | None
    valid_report: ReadReport | None

    def training_blocks(self) -> Iterator[Block]:
        """The training part, not normalised."""
        return (train for train, _ in self.parts() if train)

    def parts(self) -> Iterator[Parts]:
        """All blocks: what of each is for training, and what is held out.

        Raises:
            InputError: the text is not what it was at the first reading.
        """
        blocks = self.corpus.blocks("none")
        if self.valid is None:
            yield from hold_out(blocks, self.report.lines, self.report.chars)
        else:
            yield from ((block, None) for block in blocks)
            yield from ((None, block) for block in self.valid.blocks("none"))
            self._check(self.valid, self.valid_report)
        self._check(self.corpus, self.report)

    def _check(self, corpus: Corpus, before: ReadReport | None) -> None:
        if before is not None and corpus.report.sha256 != before.sha256:
            names = ", ".join(source.name for source in corpus.sources[:3])
            raise InputError(f"{names} changed while it was read", "the same command again")

    @property
    def num_bytes(self) -> int:
        return self.report.bytes + (self.valid_report.bytes if self.valid_report else 0)


def build_files(folder: Path, texts: Texts, wish: TokenizerWish, progress: Progress) -> None:
    """Write the files of a cache entry: the tokenizer, the ids of both parts, the facts."""
    tokenizer, notes = wish.ready, list[str]()
    if tokenizer is None:
        tokenizer, notes = train_tokenizer(
            wish.kind,
            _watched(texts.training_blocks(), "training the tokenizer", texts.num_bytes, progress),
            vocab_size=wish.vocab_size,
            min_count=wish.min_count,
            normalization=wish.normalization,
        )
    train = StoreWriter(folder / "train.ids", tokenizer)
    valid = StoreWriter(folder / "valid.ids", tokenizer)
    done = 0
    for parts in texts.parts():
        for part, writer in zip(parts, (train, valid), strict=True):
            if part:
                writer.add(part)
                done += part.num_bytes
        progress("encoding", done, texts.num_bytes)
    stores = _closed(train, "the training text"), _closed(valid, "the held-out text")
    facts = {
        "sha256": texts.report.sha256,
        "valid_sha256": texts.valid_report.sha256 if texts.valid_report else None,
        "held_out": "a text of its own" if texts.valid else hold_out_rule(texts.report.lines),
        "read": texts.report.counts(),
        "train": stores[0].facts(),
        "valid": stores[1].facts(),
        "tokenizer": {
            "kind": tokenizer.kind,
            "vocab_size": tokenizer.vocab_size,
            "normalization": tokenizer.normalization,
        },
        "notes": [*notes, *texts.report.remarks()],
    }
    for name, data in {**tokenizer.to_files(), "facts.json": to_json(facts)}.items():
        (folder / name).write_bytes(data)


def _watched(
    blocks: Iterator[Block], stage: str, total: int, progress: Progress
) -> Iterator[Block]:
    done = 0
    for block in blocks:
        yield block
        done += block.num_bytes
        progress(stage, done, total)


def _closed(writer: StoreWriter, name: str) -> TokenStore:
    store = writer.close()
    if store is None:
        raise InputError(
            f"{name} has no token: the corpus is too small", "a longer text, or --valid FILE"
        )
    return store


def load_files(folder: Path, key: str) -> Prepared:
    """Open a cache entry that has been verified."""
    names = ("tokenizer.json", "tokenizer.model")
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    facts = json.loads((folder / "facts.json").read_bytes())
    return Prepared(
        load_tokenizer(files),
        open_store(folder / "train.ids", facts["train"]),
        open_store(folder / "valid.ids", facts["valid"]),
        facts,
        tuple(facts["notes"]),
        key,
    )
