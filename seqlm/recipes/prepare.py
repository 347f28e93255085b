"""From text to a tokenizer and ids on disk, once: a second training of the same text starts at once.

What was prepared lies in the user's cache ($SEQLM_CACHE, else $XDG_CACHE_HOME/seqlm, else
~/.cache/seqlm), a verified folder for each text and tokenizer, found by the hash of both. What
nobody has used for 30 days is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlm.config import TextOptions, TokenizerKind
from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus
from seqlm.data.hold_out import divide
from seqlm.data.report import count_words
from seqlm.data.token_store import TokenStore, map_ids, write_ids
from seqlm.errors import InputError, ModelError, SeqlmError, UsageError
from seqlm.model_folder import open_model, to_json
from seqlm.tokenizers import UNKNOWN_ID, Tokenizer, load_tokenizer, train_tokenizer
from seqlm.tokenizers.events import events
from seqlm.verified_folder import read_json, verify_folder, write_folder

_VERSION = 1
_KINDS: dict[str, TokenizerKind] = {"word": "word", "char": "char", "unigram": "unigram", "bpe": "bpe"}
_KEPT_SECONDS = 30 * 86400
_PARTS = ("train", "valid")


@dataclass(frozen=True)
class Prepared:
    """A text ready to be trained on.

    Attributes:
        tokenizer: its vocabulary comes from the training part alone.
        train: ids to train on.
        valid: ids held out.
        key: hash of the text, the tokenizer and how it was divided.
        facts: figures for ``train.json``.
        notes: what is not as it was asked for, a sentence each.
    """

    tokenizer: Tokenizer
    train: TokenStore
    valid: TokenStore
    key: str
    facts: dict[str, Any]
    notes: tuple[str, ...]


def prepare(
    corpus: Corpus,
    valid: Corpus | None,
    tokenizer: str,
    *,
    vocab_size: int | None = None,
    min_count: int | None = None,
) -> Prepared:
    """Tokenize a text and its held-out part, or find that this was done before.

    Args:
        corpus: the training text; it is read more than once.
        valid: the held-out text; None divides ``corpus`` (``hold_out``).
        tokenizer: word, char, unigram, bpe, or a folder that holds a tokenizer.
        vocab_size: most tokens of vocabulary.
        min_count: rarer words and characters become unknown.

    Raises:
        InputError: the text cannot be read, or leaves nothing to train on or to hold out.
    """
    given = None if tokenizer in _KINDS else _given_tokenizer(tokenizer)
    _read_through(corpus)
    if valid is not None:
        _read_through(valid)
    settings = (
        {"files": {name: _sha256(data) for name, data in given.to_files().items()}}
        if given
        else {"kind": tokenizer, "vocab_size": vocab_size, "min_count": min_count}
    )
    key = _key(corpus, valid, settings)
    found = find_prepared(key)
    if found is not None:
        return found
    made = _Preparation(corpus, valid, given, tokenizer, vocab_size, min_count)
    return made.make(key)


def find_prepared(key: str) -> Prepared | None:
    """What was prepared under ``key``, if it is there and verifies."""
    folder = cache_folder() / key
    try:
        verify_folder(folder)
        os.utime(folder)
        return _open(folder, key)
    except (ModelError, OSError, KeyError):
        return None


def cache_folder() -> Path:
    """Where prepared texts lie."""
    own = os.environ.get("SEQLM_CACHE")
    if own:
        return Path(own)
    general = os.environ.get("XDG_CACHE_HOME")
    return (Path(general) if general else Path.home() / ".cache") / "seqlm"


def _given_tokenizer(folder: str) -> Tokenizer:
    if not Path(folder).is_dir():
        raise UsageError(
            f"{folder[:60]!r} is neither a tokenizer nor a folder", "--tokenizer word|char|unigram|bpe"
        )
    return load_tokenizer(open_model(Path(folder)).tokenizer_files())


def _read_through(corpus: Corpus) -> None:
    """Read a text once for its figures and its hash; refuse an empty one."""
    for _ in corpus.blocks():
        pass
    if not corpus.report.words:
        names = ", ".join(source.name for source in corpus.sources[:3])
        raise InputError(f"{names} has no text", "give a file with a few hundred lines of text")


def _key(corpus: Corpus, valid: Corpus | None, settings: dict[str, Any]) -> str:
    parts = [_VERSION, corpus.report.sha256, valid.report.sha256 if valid else "divided", settings]
    options = corpus.options
    return _sha256(json.dumps([*parts, options.normalization], sort_keys=True).encode())[:32]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Preparation:
    """One text on its way to ids."""

    def __init__(
        self,
        corpus: Corpus,
        valid: Corpus | None,
        given: Tokenizer | None,
        kind: str,
        vocab_size: int | None,
        min_count: int | None,
    ) -> None:
        self.corpus = corpus
        self.valid = valid
        self.given = given
        self.kind = kind
        self.vocab_size = vocab_size
        self.min_count = min_count
        self.report = corpus.report
        self.valid_report = valid.report if valid else None

    def make(self, key: str) -> Prepared:
        """Train the tokenizer, write the ids, and put both into the cache."""
        tokenizer, notes = (self.given, []) if self.given else self._train_tokenizer()
        _forget_unused(cache_folder())
        with tempfile.TemporaryDirectory(prefix="seqlm-") as scratch:
            parts = self._write_parts(tokenizer, Path(scratch))
            facts = self._facts(tokenizer, parts, notes)
            files: dict[str, bytes | Path] = {
                **tokenizer.to_files(),
                "facts.json": to_json(facts),
                **{f"{part}.ids": Path(scratch) / f"{part}.ids" for part in _PARTS},
            }
            return _open(_store(files, key), key)

    def _train_tokenizer(self) -> tuple[Tokenizer, list[str]]:
        return train_tokenizer(
            _KINDS[self.kind],
            self._blocks("train"),
            vocab_size=self.vocab_size,
            min_count=self.min_count,
            normalization=self.corpus.options.normalization,
        )

    def _blocks(self, part: str) -> Iterator[Block]:
        if self.valid is not None:
            chosen = self.corpus if part == "train" else self.valid
            return chosen.blocks()
        number = _PARTS.index(part)
        return (both[number] for both in divide(self.corpus.blocks(), self.report))

    def _write_parts(self, tokenizer: Tokenizer, scratch: Path) -> dict[str, dict[str, int]]:
        parts = {}
        for part in _PARTS:
            with open(scratch / f"{part}.ids", "wb") as file:
                parts[part] = _write_part(self._blocks(part), tokenizer, file)
            if not parts[part]["words"]:
                raise InputError(
                    "the text is too short to train on one part of it and hold out another",
                    "give more text, or a held-out text with --valid",
                )
        if self.corpus.report.sha256 != self.report.sha256:
            raise InputError("the text changed while it was read", "try again when it is complete")
        return parts

    def _facts(
        self, tokenizer: Tokenizer, parts: dict[str, dict[str, int]], notes: list[str]
    ) -> dict[str, Any]:
        report = self.report
        return {
            **parts,
            "sha256": report.sha256,
            "valid_sha256": self.valid_report.sha256 if self.valid_report else None,
            "held_out": "given" if self.valid else "every 20th line",
            "read": {
                "files": report.files,
                "replaced": report.replaced,
                "skipped": report.skipped,
                "cut": report.cut,
            },
            "tokenizer": tokenizer.kind,
            "vocab_size": tokenizer.vocab_size,
            "notes": notes,
        }


def _write_part(blocks: Iterable[Block], tokenizer: Tokenizer, file: Any) -> dict[str, int]:
    facts = dict.fromkeys(("lines", "words", "bytes", "tokens", "unknown"), 0)
    for block in blocks:
        ids, lengths = events(tokenizer, block)
        write_ids(file, ids, tokenizer.vocab_size)
        facts["lines"] += len(lengths) - block.open_end
        facts["words"] += count_words("\n".join(block.lines))
        facts["bytes"] += block.num_bytes
        facts["tokens"] += len(ids)
        facts["unknown"] += int((ids == UNKNOWN_ID).sum())
    return facts


def _store(files: dict[str, bytes | Path], key: str) -> Path:
    """Write the folder into the cache, or where it lasts as long as this process."""
    try:
        write_folder(cache_folder() / key, files)
        return cache_folder() / key
    except (SeqlmError, OSError) as error:
        cause = error.__cause__ if isinstance(error, SeqlmError) else error
        if isinstance(cause, OSError) and cause.errno == 28:  # no space left on device
            raise
        import atexit

        folder = Path(tempfile.mkdtemp(prefix="seqlm-cache-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        write_folder(folder / key, files)
        return folder / key


def _open(folder: Path, key: str) -> Prepared:
    names = ("tokenizer.json", "tokenizer.model")
    tokenizer = load_tokenizer(
        {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    )
    facts = read_json(folder / "facts.json")
    stores = [
        TokenStore(
            map_ids(folder / f"{part}.ids", tokenizer.vocab_size),
            num_lines=facts[part]["lines"],
            num_words=facts[part]["words"],
            num_bytes=facts[part]["bytes"],
            num_unknown=facts[part]["unknown"],
        )
        for part in _PARTS
    ]
    return Prepared(tokenizer, *stores, key=key, facts=facts, notes=tuple(facts["notes"]))


def _forget_unused(cache: Path) -> None:
    for folder in cache.glob("[0-9a-f]" * 32):
        if time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
