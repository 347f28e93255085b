"""What ``train-lm`` does: text in, a finished model folder out, and nothing lost in between."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

import torch

from seqlm.config import LanguageModelOptions
from seqlm.device import choose_device, keep_freed_memory, set_threads
from seqlm.models.networks import make_network, network_config
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.language_model_choices import (
    Choices,
    choose,
    largest,
    make_optimizer,
    step_seconds,
)
from seqlm.recipes.language_model_task import LanguageModelTask
from seqlm.recipes.network_card import model_card
from seqlm.recipes.prepare import Prepared, find_prepared
from seqlm.recipes.settled import read_settled
from seqlm.recipes.starting_vectors import StartingVectors, open_starting_vectors
from seqlm.recipes.train_request import (
    CHECKPOINTS,
    REQUEST,
    TRAIN_LM,
    Listener,
    TrainRequest,
    TrainResult,
    prepare_request,
)
from seqlm.recipes.training_run import Described, Record, TrainingRun
from seqlm.training.fit import Task
from seqlm.training.memory import within_memory
from seqlm.verified_folder import locked, read_json


def train_language_model(
    request: TrainRequest,
    listener: Listener,
    *,
    dry_run: bool = False,
    resume: bool = False,
    started: float | None = None,
    prepared: Prepared | None = None,
) -> TrainResult:
    """Train a language model and write its folder.

    Args:
        request: what to train, and where it goes; the folder may be replaced.
        listener: whoever shows it.
        dry_run: stop when the plan is settled.
        resume: go on with the training that stands in the folder (``read_request``).
        started: the ``time.monotonic()`` that a budget counts from.
        prepared: the text, where it is there already.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; the checkpoint is saved.
        SeqlmError: the input, the options or the machine do not allow it.
    """
    started = time.monotonic() if started is None else started
    keep_freed_memory()
    set_threads(request.threads)
    device = choose_device(request.device)
    vectors = open_starting_vectors(request.options)
    with locked(request.folder):
        if resume and prepared is None:
            prepared = _prepared_before(request)
        prepared = prepared or prepare_request(request, listener)
        run = LanguageModelRun(request, prepared, vectors, device, listener, started)
        return run.train(dry_run=dry_run, resume=resume)


def readings_within(
    request: TrainRequest, prepared: Prepared, listener: Listener, started: float
) -> float:
    """How often the largest network that would be chosen could read its text in its budget.

    The machine is timed. Where a smaller network is chosen, it is because this one reads less than
    it should.
    """
    keep_freed_memory()
    set_threads(request.threads)
    device = choose_device(request.device)
    run = LanguageModelRun(request, prepared, None, device, listener, started)
    step, tokens = run.time_largest()
    left = run.seconds_left()
    assert left is not None
    return left / step * tokens / len(prepared.train)


def _prepared_before(request: TrainRequest) -> Prepared | None:
    """The ids of a training that is gone on with, if the cache still has them."""
    return find_prepared(read_json(request.folder / CHECKPOINTS / REQUEST)["corpus"])


class LanguageModelRun(TrainingRun[Choices]):
    """One training of a network."""

    command = TRAIN_LM

    def __init__(
        self,
        request: TrainRequest,
        prepared: Prepared,
        vectors: WordVectors | None,
        device: torch.device,
        listener: Listener,
        started: float,
    ) -> None:
        self.start: StartingVectors | None = None
        if vectors is not None:
            name = str(request.options.embeddings)
            self.start = StartingVectors(vectors, prepared.tokenizer, name)
            request = replace(request, options=self.start.shaped(request.options))
            listener.note(self.start.remark)
        super().__init__(request, prepared, device, listener, started)
        self.prepared = prepared

    def choose(self) -> Choices:
        """Settle what is open; the machine is timed on models that are thrown away."""
        asked: LanguageModelOptions = self.request.options

        def choose_with(batch_size: int) -> Choices:
            return choose(
                replace(asked, batch_size=batch_size),
                self.prepared.tokenizer.vocab_size,
                len(self.prepared.train),
                self.device,
                self._make_timed,
                self.seconds_left,
            )

        return within_memory(choose_with, asked.batch_size, "--batch-size")

    def time_largest(self) -> tuple[float, int]:
        """Seconds and tokens of a step of the largest network that could be chosen."""
        options = largest(self.request.options, len(self.prepared.train))
        vocab_size = self.prepared.tokenizer.vocab_size

        def time_with(batch_size: int) -> tuple[float, int]:
            fitting = replace(options, batch_size=batch_size)
            step = step_seconds(fitting, vocab_size, self.device, self._make_timed)
            return step, batch_size * options.chunk_length

        return within_memory(time_with, options.batch_size, "--batch-size")

    def stored_choices(self, stored: Record) -> Choices:
        """The choices that JSON holds."""
        return read_settled(Choices, LanguageModelOptions, stored)

    def _make_timed(
        self, options: LanguageModelOptions, samples: int, precision: str
    ) -> LanguageModelTask:
        """A task to be timed, before its dropout is settled."""
        return self._task(replace(options, dropout=0.2), samples, precision)

    def make_task(self) -> Task:
        """What is trained."""
        return self._task(self.choices.options, self.choices.samples, self.choices.precision)

    def _task(
        self, options: LanguageModelOptions, samples: int, precision: str
    ) -> LanguageModelTask:
        model = make_network(options, self.prepared.tokenizer.vocab_size).to(self.device)
        if self.start is not None:
            self.start.fill(model)
        task = LanguageModelTask(
            model,
            self.prepared.train.ids,
            self.prepared.valid.ids,
            batch_size=options.batch_size,
            chunk_length=options.chunk_length,
            samples=samples,
            precision=getattr(torch, precision),
            seed=options.seed,
            penalties=(options.activation_penalty or 0.0, options.slowness_penalty or 0.0),
        )
        task.start_from_unigram()
        return task

    def make_optimizer(self, task: Task) -> torch.optim.Optimizer:
        """AdamW."""
        assert isinstance(task, LanguageModelTask)
        return make_optimizer(task, self.choices.options)

    def describe(self, model: torch.nn.Module, train: Record, best: Record) -> Described:
        """What the folder says of the model."""
        options, tokenizer = self.choices.options, self.prepared.tokenizer
        config = {
            "kind": "language-model",
            **asdict(network_config(options, tokenizer.vocab_size)),
            "tokenizer": tokenizer.kind,
            "normalization": tokenizer.normalization,
        }
        return Described(
            config,
            tokenizer.to_files(),
            f"--steps {self.choices.plan.steps} --hidden-size {options.hidden_size}",
            model_card(self.request.folder.name, config, train, best),
        )
