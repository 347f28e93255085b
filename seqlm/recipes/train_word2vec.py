"""What ``train-word2vec`` does, without a terminal."""

from __future__ import annotations

import json
import math
import shutil
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from seqlm.data.corpus import Corpus
from seqlm.data.phrases import Phrases
from seqlm.data.windows import chunk_bounds
from seqlm.data.word_counts import WordIds, read_words
from seqlm.errors import InputError, Interrupted, SeqlmError
from seqlm.model_folder import to_json
from seqlm.models.chunk_learner import ChunkModel, Learn
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.part_files import part_files
from seqlm.recipes.provenance import difference
from seqlm.recipes.vector_folder import publish_vectors
from seqlm.recipes.word2vec_records import (
    CHECKPOINTS,
    REQUEST,
    Record,
    Word2VecRequest,
    model_card,
    request_record,
    settled_with,
    train_record,
)
from seqlm.training.budget import Timing, steps_within
from seqlm.training.chunks import ChunkPlan, Progress, learn_chunks, time_chunks
from seqlm.training.interruption import StopRequest, stop_on_signal
from seqlm.training.table_checkpoint import restore_tables, save_tables
from seqlm.verified_folder import locked, read_json
from seqlm.whole_file import whole_file

CHUNK = 50_000
"""Words a thread learns at a time, about ten milliseconds."""
EVALUATIONS = 5
"""Looks at the held-out text, at least; at least one an epoch."""
SAVE_EVERY = 60.0
"""Seconds between two checkpoints."""
LARGEST = 1e9
"""A vector with a larger number than this has not learnt anything."""


class Listener(Protocol):
    """Whoever shows a training; every method may do nothing."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def planned(self, text: WordIds, plan: ChunkPlan, seconds: float | None) -> None:
        """Everything is settled; ``seconds`` is the estimate, where there was one."""

    def evaluated(self, record: Record, epochs: float) -> None:
        """One more look at the held-out text; the line of ``metrics.jsonl``."""


@dataclass(frozen=True)
class TrainedVectors:
    """What came of a training.

    Attributes:
        vectors: the words and their vectors; None after a dry run.
        records: the lines of ``metrics.jsonl``.
        seconds: for everything, reading and saving included.
    """

    vectors: WordVectors | None
    records: list[Record]
    seconds: float

    @property
    def example(self) -> str:
        """A word that one could ask about: a longer one of the frequent ones."""
        assert self.vectors is not None
        return max(self.vectors.words[:100], key=lambda word: (word.isalpha(), len(word)))


def train_word2vec(
    request: Word2VecRequest,
    listener: Listener,
    *,
    resume: bool = False,
    dry_run: bool = False,
    started: float | None = None,
) -> TrainedVectors:
    """Count the words of a text, learn their vectors, and write a model folder.

    Args:
        request: what to train, and where it goes; the folder may be replaced.
        listener: whoever shows it.
        resume: go on with the training that stands in the folder.
        dry_run: stop when the plan is settled.
        started: the ``time.monotonic()`` that a budget counts from.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; a checkpoint has been saved.
        InputError: the text cannot be read, or too little of it is left to learn from.
    """
    started = time.monotonic() if started is None else started
    with locked(request.folder):
        training = _Training(request, listener, started)
        training.read()
        if resume:
            training.take_up()
        else:
            training.settle(dry_run)
        if dry_run:
            return TrainedVectors(None, [], time.monotonic() - started)
        training.learn()
        return training.publish()


class _Training:
    """One training from its text to its model folder."""

    def __init__(self, request: Word2VecRequest, listener: Listener, started: float) -> None:
        self.request = request
        self.options = request.options
        self.listener = listener
        self.started = started
        self.checkpoints = request.folder / CHECKPOINTS
        self.progress = Progress()
        self.records: list[Record] = []
        self.text: WordIds
        self.model: ChunkModel
        self.plan: ChunkPlan
        self.learners: list[Learn]

    def read(self) -> None:
        """Read the text and make the tables."""
        options = self.options
        self.corpus = Corpus(self.request.files, self.request.text)
        self.text = read_words(
            self.corpus,
            min_count=options.min_count,
            max_words=options.max_words,
            lowercase=options.lowercase,
            phrases=Phrases(options.phrase_threshold) if options.phrases else None,
        )
        self.notes = self.corpus.report.remarks()
        for remark in self.notes:
            self.listener.note(remark)
        if not (self.text.train >= 0).any():
            raise InputError("there is too little text to learn from", "more text")
        self.model = make_model(self.request, self.text)
        bounds = chunk_bounds(self.text.train, CHUNK)
        words = np.add.reduceat(self.text.train >= 0, bounds[:-1], dtype=np.int64)
        words = np.concatenate([[0], np.cumsum(words)])
        per_epoch = len(bounds) - 1
        self.plan = ChunkPlan(bounds, words, per_epoch * self.options.epochs, self.model.rate)
        longest = self.plan.longest
        self.learners = [self.model.learner(longest) for _ in range(self.request.threads)]

    def settle(self, dry_run: bool) -> None:
        """Decide how much is learnt, and write it down for whoever goes on with it."""
        estimate = None
        if self.options.budget is not None or dry_run:
            seconds = time_chunks(self.learners, self.text.train, self.plan, 0.3)
            size = sum(table.nbytes for table in self.model.tables.values())
            timing = Timing(seconds, 0.05, 0.5 + size / 400e6)
            if self.options.budget is not None:
                left = self.options.budget - (time.monotonic() - self.started)
                self.plan = replace(self.plan, total=steps_within(left, timing, EVALUATIONS))
            estimate = self.plan.total * seconds + timing.saving
        self.listener.planned(self.text, self.plan, estimate)
        if not dry_run:
            self._write_request()

    def _write_request(self) -> None:
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        self.checkpoints.mkdir(parents=True)
        stored = {
            "command": "train-word2vec",
            "request": request_record(self.request),
            "total": self.plan.total,
            "corpus": self.corpus.report.sha256,
            "surroundings": settled_with(self.request),
        }
        with whole_file(self.checkpoints / REQUEST) as file:
            file.write(to_json(stored))

    def take_up(self) -> None:
        """Take the plan and the tables from the folder instead."""
        stored = read_json(self.checkpoints / REQUEST)
        if stored["corpus"] != self.corpus.report.sha256:
            raise InputError(
                f"the text of {self.request.folder} has changed since its training began",
                "train again without --resume",
            )
        changed = difference(stored.get("surroundings"), settled_with(self.request))
        if changed is not None:
            self.listener.note(changed)
        counters, tables, passed_over = restore_tables(self.checkpoints, self.model.tables)
        for text in passed_over:
            self.listener.note(f"{text}; went on from the checkpoint before")
        self.plan = replace(self.plan, total=stored["total"])
        if counters:
            self.model.restore(tables)
            losses = {int(chunk): tuple(loss) for chunk, loss in counters["losses"].items()}
            self.progress = Progress(counters["chunk"], losses, counters["seconds"])
            self.records = counters["records"]
        self.listener.planned(self.text, self.plan, None)

    def learn(self) -> None:
        """Learn to the end of the plan, with a look at the held-out text now and then."""
        last_save = time.monotonic()
        with stop_on_signal() as stop:
            while self.progress.chunk < self.plan.total:
                until = self._next_evaluation()
                self._learn_until(until, stop, last_save)
                if self.progress.chunk == until:
                    self._evaluate()
                if stop.signal is not None:
                    self._save()
                    raise self._interrupted(stop.exit_code)
                if time.monotonic() - last_save > SAVE_EVERY:
                    self._save()
                    last_save = time.monotonic()

    def _learn_until(self, until: int, stop: StopRequest, last_save: float) -> None:
        def halt() -> bool:
            return stop.signal is not None or time.monotonic() - last_save > SAVE_EVERY

        learn_chunks(self.learners, self.text.train, self.plan, self.progress, until, halt)

    def _next_evaluation(self) -> int:
        """The chunk before which the held-out text is looked at next."""
        total, per_epoch = self.plan.total, self.plan.per_epoch
        looks = max(EVALUATIONS, total // per_epoch)
        return min(
            at for k in range(1, looks + 1) if (at := total * k // looks) > self.progress.chunk
        )

    def _evaluate(self) -> None:
        plan, progress, text = self.plan, self.progress, self.text
        before = self.records[-1] if self.records else {"step": 0, "training_seconds": 0.0}
        step = plan.words_before(progress.chunk)
        seconds = max(1e-9, progress.seconds - before["training_seconds"])
        train_loss = progress.take_loss()
        if not math.isfinite(train_loss):
            raise SeqlmError("the loss is not a number any more", "a lower --lr")
        record = {
            "step": step,
            "epoch": round(progress.chunk / plan.per_epoch, 3),
            "seconds": round(time.monotonic() - self.started, 3),
            "training_seconds": progress.seconds,
            "tokens_per_second": round((step - before["step"]) / seconds),
            "learning_rate": plan.rate_of(progress.chunk - 1),
            "train_loss": train_loss,
            "valid_loss": self.model.loss(text.held_out) if len(text.held_out) else None,
        }
        self.records.append(record)
        self.listener.evaluated(record, plan.total / plan.per_epoch)

    def _save(self) -> None:
        counters = {
            "chunk": self.progress.chunk,
            "losses": self.progress.losses,
            "seconds": self.progress.seconds,
            "records": self.records,
        }
        save_tables(self.checkpoints, self.progress.chunk, self.model.tables, counters)

    def _interrupted(self, exit_code: int) -> Interrupted:
        done = self.progress.chunk / self.plan.per_epoch
        whole = self.plan.total / self.plan.per_epoch
        return Interrupted(
            f"stopped after {done:.3g} of {whole:.3g} epochs",
            f"seqlm train-word2vec --resume -o {self.request.folder}",
            exit_code,
        )

    def publish(self) -> TrainedVectors:
        """Write the model folder."""
        parts = self.model.parts
        matrix = self.model.vectors
        if not max(-matrix.min(), matrix.max()) < LARGEST:
            raise SeqlmError("the vectors have grown beyond all bounds", "a lower --lr")
        vectors = WordVectors(self.text.words, matrix, parts)
        seconds = time.monotonic() - self.started
        figures = {
            "epochs": self.plan.total / self.plan.per_epoch,
            "seconds": round(seconds, 3),
            "training_seconds": round(self.progress.seconds, 3),
            "different_words": self.text.num_different,
            "rows": len(self.text.words) + (0 if parts is None else len(parts.hashes)),
        }
        report = self.corpus.report
        corpus = report.counts() | {"sha256": report.sha256}
        record = train_record(self.request, corpus, figures, self.notes)
        files: dict[str, bytes | Path] = {
            "train.json": to_json(record),
            "metrics.jsonl": "".join(json.dumps(line) + "\n" for line in self.records).encode(),
            "README.md": model_card(self.request.folder.name, len(vectors), record).encode(),
        }
        config = asdict(self.options) | {"normalization": self.request.text.normalization}
        with ExitStack() as stack:
            if parts is not None:
                files |= stack.enter_context(part_files(parts, self.request.folder))
            publish_vectors(self.request.folder, vectors, config, files)
        return TrainedVectors(vectors, self.records, time.monotonic() - self.started)


def make_model(request: Word2VecRequest, text: WordIds) -> ChunkModel:
    """The tables for ``text`` on the device that was asked for."""
    if request.device not in ("auto", "cpu"):
        from seqlm.device import choose_device
        from seqlm.models.word2vec_torch import TorchWord2Vec

        device = choose_device(request.device)
        return TorchWord2Vec(len(text.words), text.counts, request.options, device)
    from seqlm.models.word2vec import Word2Vec

    return Word2Vec(text.words, text.counts, request.options, request.threads)
