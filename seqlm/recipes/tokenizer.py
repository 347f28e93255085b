"""What ``train-tokenizer`` and ``tokenize`` do, without a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqlm import __version__
from seqlm.config import TokenizerOptions
from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus, ReadReport
from seqlm.errors import InputError, ModelError
from seqlm.model_folder import ModelFolder, open_model, publish, to_json
from seqlm.recipes.provenance import made_now
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer, load_tokenizer
from seqlm.tokenizers import train_tokenizer as train
from seqlm.verified_folder import locked

KINDS = ("tokenizer", "language-model", "translation")
"""Kinds of model folder that hold a tokenizer."""


@dataclass(frozen=True)
class TrainedTokenizer:
    """What came of a training.

    Attributes:
        folder: the model folder.
        tokenizer: what is in it.
        report: what was read.
        notes: whatever is not as it was asked for, a sentence each.
        seconds: that it took.
    """

    folder: Path
    tokenizer: Tokenizer
    report: ReadReport
    notes: list[str]
    seconds: float


def train_tokenizer(corpus: Corpus, options: TokenizerOptions, folder: Path) -> TrainedTokenizer:
    """Learn a vocabulary from ``corpus`` and write it as a model folder.

    The text is read once, in bounded memory.

    Args:
        folder: may be replaced.

    Raises:
        InputError: the text cannot be read, or there is nothing in it.
    """
    started = time.monotonic()
    with locked(folder):
        tokenizer, notes = train(
            options.kind,
            corpus.blocks("none"),
            vocab_size=options.vocab_size,
            min_count=options.min_count,
            normalization=corpus.options.normalization,
        )
        if not corpus.report.words:
            raise InputError("there is nothing but white space", "a file with some lines of text")
        notes += corpus.report.remarks()
        seconds = time.monotonic() - started
        config = {"format": 1, "kind": "tokenizer", **_facts(tokenizer)}
        record = _train_record(corpus, options, notes, seconds)
        card = _card(folder.name, tokenizer, record)
        files = {"train.json": to_json(record), "README.md": card.encode()}
        publish(folder, {**tokenizer.to_files(), **files}, config)
    return TrainedTokenizer(folder, tokenizer, corpus.report, notes, seconds)


def open_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a tokenizer's folder, or of any model that has one.

    Raises:
        ModelError: the folder is missing, damaged, or holds no tokenizer.
    """
    return tokenizer_of(open_model(folder, KINDS))


def tokenizer_of(folder: ModelFolder) -> Tokenizer:
    """The tokenizer of an open folder.

    Raises:
        ModelError: there is none, or a tokenizer's own folder says that it is another one.
    """
    tokenizer = load_tokenizer(folder.tokenizer_files())
    said = {name: folder.config.get(name) for name in _facts(tokenizer)}
    if folder.kind == "tokenizer" and said != _facts(tokenizer):
        raise ModelError(
            f"{folder.path} is damaged: config.json is of another tokenizer", "train it again"
        )
    return tokenizer


def _facts(tokenizer: Tokenizer) -> dict[str, Any]:
    """What ``config.json`` says of a tokenizer."""
    return {
        "arch": tokenizer.kind,
        "vocab_size": tokenizer.vocab_size,
        "normalization": tokenizer.normalization,
    }


def shown_blocks(
    tokenizer: Tokenizer, blocks: Iterable[Block], as_ids: bool
) -> Iterator[tuple[Block, list[list[str]]]]:
    """Tokenize a text as it comes: each block, and its lines' pieces or ids as they are shown."""
    ids = range(tokenizer.vocab_size)
    shown = [str(i) for i in ids] if as_ids else tokenizer.pieces(ids)
    for block in blocks:
        flat, counts = tokenizer.encode_lines(block.lines, block.continues)
        items = list(map(shown.__getitem__, flat.tolist()))
        ends = counts.cumsum().tolist()
        spans = zip([0, *ends], ends, strict=False)
        yield block, [items[start:end] for start, end in spans]


def decode_line(tokenizer: Tokenizer, line: str, number: int, as_ids: bool) -> str:
    """The text of a line of pieces or ids, as ``tokenize`` wrote it.

    Raises:
        InputError: something in it is no piece, or no id, of this tokenizer.
    """
    items = line.split()
    try:
        ids = [int(item) for item in items] if as_ids else tokenizer.piece_ids(items)
        if END_ID in ids:
            raise InputError("the end of a line cannot stand inside one", "a line for each line")
        return tokenizer.decode(ids)
    except ValueError:
        raise InputError(
            f"line {number}: not every item is an id", "the same command without --ids"
        ) from None
    except InputError as error:
        raise InputError(f"line {number}: {error.message}", error.hint) from error


@dataclass
class Statistics:
    """How a tokenizer divides a text; the figures of ``tokenize --stats``."""

    lines: int = 0
    words: int = 0
    chars: int = 0
    bytes: int = 0
    tokens: int = 0
    unknown: int = 0

    def row(self) -> dict[str, Any]:
        """The counts, and what they say: how long a token is, and how many a word takes."""
        return asdict(self) | {
            "unknown_share": self.unknown / max(1, self.tokens),
            "tokens_per_word": self.tokens / max(1, self.words),
            "bytes_per_token": self.bytes / max(1, self.tokens),
        }


def measure(tokenizer: Tokenizer, blocks: Iterable[Block], report: ReadReport) -> Statistics:
    """Tokenize a text and count; ``report`` is what its reading fills."""
    tokens = unknown = 0
    for block in blocks:
        ids, _ = tokenizer.encode_lines(block.lines, block.continues)
        tokens += len(ids)
        unknown += int((ids == UNKNOWN_ID).sum())
    return Statistics(report.lines, report.words, report.chars, report.bytes, tokens, unknown)


def _train_record(
    corpus: Corpus, options: TokenizerOptions, notes: list[str], seconds: float
) -> dict[str, Any]:
    return {
        "files": [source.name for source in corpus.sources],
        "text": asdict(corpus.options),
        "options": asdict(options),
        "corpus": {**corpus.report.counts(), "sha256": corpus.report.sha256},
        "notes": notes,
        "seconds": round(seconds, 3),
        **made_now(),
    }


def _card(name: str, tokenizer: Tokenizer, record: dict[str, Any]) -> str:
    """``README.md`` of the folder."""
    files = ", ".join(Path(file).name for file in record["files"][:5])
    corpus = record["corpus"]
    return f"""# {name}

A tokenizer ({tokenizer.kind}, {tokenizer.vocab_size:,} entries, normalization \
{tokenizer.normalization}) made with seqlm {__version__} on {record["created"][:10]} from {files}:
{corpus["lines"]:,} lines, {corpus["words"]:,} words, {corpus["bytes"]:,} bytes.

    seqlm tokenize -m {name} text.txt
    seqlm train-lm --tokenizer {name} text.txt

`train.json` holds the arguments, the versions and the hash of the text.
"""
