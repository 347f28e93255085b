"""What ``train-word2vec`` does, without a terminal."""

from __future__ import annotations

import datetime
import json
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm import __version__
from seqlm.config import Word2VecOptions
from seqlm.data.corpus import Corpus
from seqlm.data.windows import END_OF_SENTENCE
from seqlm.errors import InputError
from seqlm.model_folder import to_json
from seqlm.models.word2vec import Progress, Word2Vec
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.lowercase import blocks_in_case
from seqlm.recipes.vector_folder import publish_vectors
from seqlm.tokenizers.events import events
from seqlm.tokenizers.tokenizer import END_ID, FIRST_ID
from seqlm.tokenizers.word import WordTokenizer, train_word
from seqlm.verified_folder import locked

HELD_OUT = 100  # one in so many words, at the end of the text, is not learnt from
MOST_HELD_OUT = 50_000
Record = dict[str, Any]


@dataclass(frozen=True)
class TrainedWord2Vec:
    """What came of a training.

    Attributes:
        vectors: the words and their vectors.
        records: the lines of ``metrics.jsonl``.
        notes: whatever is not as it was asked for, a sentence each.
        seconds: for everything, reading included.
    """

    vectors: WordVectors
    records: list[Record]
    notes: list[str]
    seconds: float

    @property
    def example(self) -> str:
        """A word that one could ask about: a longer one of the frequent ones."""
        return max(self.vectors.words[:100], key=lambda word: (word.isalpha(), len(word)))


def train_word2vec(
    corpus: Corpus,
    options: Word2VecOptions,
    folder: Path,
    *,
    threads: int | None = None,
    on_note: Callable[[str], None] = lambda text: None,
    on_record: Callable[[Record], None] = lambda record: None,
) -> TrainedWord2Vec:
    """Count the words of ``corpus``, learn their vectors, and write a model folder.

    The text is read twice; its ids, four bytes a word, are kept in memory.

    Args:
        folder: may be replaced.
        threads: that compute at once, None for all; one gives the same bytes each time.
        on_note: told what begins.
        on_record: given each line of ``metrics.jsonl``, about one an epoch.

    Raises:
        InputError: the text cannot be read, or too little of it is left to learn from.
    """
    started = time.monotonic()
    with locked(folder):
        on_note("counting words ...")
        tokenizer, notes = train_word(
            blocks_in_case(corpus, options.lowercase),
            None,
            options.min_count,
            corpus.options.normalization,
        )
        words = list(tokenizer.vocabulary.entries)
        ids = _read(corpus, tokenizer, options.lowercase)
        train, held = _divide(ids)
        counts = np.bincount(ids[ids >= 0], minlength=len(words))
        if len(words) < 2 or not len(train):
            raise InputError("there is too little text to learn from", "a lower --min-count")
        model = Word2Vec(counts, options, threads or os.cpu_count() or 1)
        on_note(f"learning {len(words):,} words from {len(train):,} ...")
        records: list[Record] = []

        def keep(record: Record) -> None:
            records.append(record)
            on_record(record)

        model.train(train, _Recorder(model, len(train), held, started, keep))
        notes += corpus.report.remarks()
        vectors = WordVectors(words, model.vectors)
        seconds = time.monotonic() - started
        record = _train_record(corpus, options, model.threads, notes, seconds)
        files = {
            "train.json": to_json(record),
            "metrics.jsonl": "".join(json.dumps(line) + "\n" for line in records).encode(),
            "README.md": _card(folder.name, len(words), options, record).encode(),
        }
        publish_vectors(folder, vectors, asdict(options), files)
    return TrainedWord2Vec(vectors, records, notes, seconds)


def _read(corpus: Corpus, tokenizer: WordTokenizer, lowercase: bool) -> NDArray[np.int32]:
    """The words of a text by falling frequency, -1 between lines; rare words are left out."""
    parts = []
    for block in blocks_in_case(corpus, lowercase):
        ids, _ = events(tokenizer, block)
        known = ids[(ids == END_ID) | (ids >= FIRST_ID)]
        parts.append(np.where(known == END_ID, END_OF_SENTENCE, known - FIRST_ID).astype(np.int32))
    return np.concatenate(parts)


def _divide(ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    held = min(MOST_HELD_OUT, len(ids) // HELD_OUT)
    return ids[: len(ids) - held], ids[len(ids) - held :]


class _Recorder:
    """Turns the progress of chunks into a record about once an epoch."""

    def __init__(
        self,
        model: Word2Vec,
        words_per_epoch: int,
        held: NDArray[np.int32],
        started: float,
        on_record: Callable[[Record], None],
    ) -> None:
        self._model = model
        self._every = words_per_epoch
        self._held = held
        self._started = started
        self._on_record = on_record
        self._next = words_per_epoch
        self._losses: list[float] = []
        self._since, self._then = 0, time.monotonic()

    def __call__(self, progress: Progress) -> None:
        self._losses.append(progress.loss)
        if progress.done < min(self._next, progress.total):
            return
        now = time.monotonic()
        pace = (progress.done - self._since) / max(1e-9, now - self._then)
        self._on_record(
            {
                "step": progress.done,
                "epoch": round(progress.done / self._every, 3),
                "seconds": round(now - self._started, 3),
                "tokens_per_second": round(pace),
                "learning_rate": progress.learning_rate,
                "train_loss": math.fsum(self._losses) / len(self._losses),
                "valid_loss": self._model.loss(self._held) if len(self._held) else None,
            }
        )
        self._losses.clear()
        self._since, self._then = progress.done, time.monotonic()
        self._next += self._every


def _train_record(
    corpus: Corpus, options: Word2VecOptions, threads: int, notes: list[str], seconds: float
) -> Record:
    return {
        "files": [source.name for source in corpus.sources],
        "text": asdict(corpus.options),
        "options": asdict(options),
        "corpus": {**corpus.report.counts(), "sha256": corpus.report.sha256},
        "notes": notes,
        "seconds": round(seconds, 3),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "threads": threads,
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {
            "seqlm": __version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def _card(name: str, num_words: int, options: Word2VecOptions, record: Record) -> str:
    """``README.md`` of the folder."""
    files = ", ".join(Path(file).name for file in record["files"][:5])
    return f"""# {name}

Word vectors ({num_words:,} words, {options.dim} dimensions): word2vec's {options.arch}, window
{options.window}, {options.negative} negatives, {options.epochs} epochs; seqlm {__version__} on
{record["created"][:10]} from {files}.

    seqlm neighbors -m {name} WORD
    seqlm export {name} --to word2vec-text -o {name}.txt

`train.json` holds the arguments, the versions and the hash of the text.
"""
