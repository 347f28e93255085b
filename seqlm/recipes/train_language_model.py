"""What ``train-lm`` does: text in, a finished model folder out, and nothing lost in between."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, replace
from typing import Any

import torch

from seqlm.config import LanguageModelOptions
from seqlm.device import choose_device, describe, keep_freed_memory, set_threads
from seqlm.errors import InputError, Interrupted
from seqlm.model_folder import publish, to_json
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.models.networks import make_network, network_config
from seqlm.recipes.language_model_choices import Choices, choose, make_optimizer
from seqlm.recipes.language_model_task import LanguageModelTask
from seqlm.recipes.prepare import Prepared, find_prepared
from seqlm.recipes.train_records import Metrics, choices_from, model_card, train_record
from seqlm.recipes.train_request import (
    CHECKPOINTS,
    REQUEST,
    Listener,
    TrainRequest,
    TrainResult,
    prepare_request,
    request_record,
    write_durably,
)
from seqlm.tensor_file import tensor_bytes
from seqlm.training.checkpoint import restore_checkpoint, save_checkpoint
from seqlm.training.fit import Run, fit
from seqlm.training.interruption import stop_on_signal
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
    with locked(request.folder):
        if resume and prepared is None:
            prepared = _prepared_before(request)
        training = _Training(
            request, prepared or prepare_request(request, listener), device, listener, started
        )
        if resume:
            training.take_up()
        else:
            training.settle()
        if dry_run:
            return TrainResult(None, time.monotonic() - started, float("nan"), [])
        if not resume:
            training.begin()
        return training.finish()


def _prepared_before(request: TrainRequest) -> Prepared | None:
    """The ids of a training that is gone on with, if the cache still has them."""
    return find_prepared(read_json(request.folder / CHECKPOINTS / REQUEST)["corpus"])


class _Training:
    """One training from its plan to its model folder."""

    def __init__(
        self,
        request: TrainRequest,
        prepared: Prepared,
        device: torch.device,
        listener: Listener,
        started: float,
    ) -> None:
        self.request = request
        self.prepared = prepared
        self.device = device
        self.listener = listener
        self.started = started
        self.checkpoints = request.folder / CHECKPOINTS
        self.choices: Choices

    def settle(self) -> None:
        """Choose what is open; the machine is timed on models that are thrown away."""
        budget = self.request.options.budget

        def seconds_left() -> float | None:
            return None if budget is None else budget - (time.monotonic() - self.started)

        def make_task(
            options: LanguageModelOptions, samples: int, precision: str
        ) -> LanguageModelTask:
            return self._task(replace(options, dropout=0.2), samples, precision)

        self.choices = choose(
            self.request.options,
            self.prepared.tokenizer.vocab_size,
            len(self.prepared.train),
            self.device,
            make_task,
            seconds_left,
        )
        self._announce()

    def take_up(self) -> None:
        """Take the plan from the folder instead."""
        stored = read_json(self.checkpoints / REQUEST)
        self.choices = choices_from(stored["choices"])
        if stored["corpus"] != self.prepared.key:
            raise InputError(
                f"the text of {self.request.folder} has changed since its training began",
                "train again without --resume",
            )
        self._announce()

    def _announce(self) -> None:
        words = describe(self.device)
        self.listener.planned(self.request, self.prepared, self.choices, words)

    def begin(self) -> None:
        """Write down what was settled, so that another process can go on with it."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        stored = {
            "request": request_record(self.request),
            "choices": asdict(self.choices),
            "corpus": self.prepared.key,
        }
        write_durably(self.checkpoints / REQUEST, to_json(stored))

    def finish(self) -> TrainResult:
        """Train to the end of the plan and publish the model."""
        options = self.choices.options
        torch.manual_seed(options.seed)
        task = self._task(options, self.choices.samples, self.choices.precision)
        optimizer = make_optimizer(task.model, options)
        run = Run(state=task.initial_state())
        if any(self.checkpoints.glob("step-*")):
            for text in restore_checkpoint(self.checkpoints, task.model, optimizer, run):
                self.listener.note(f"{text}; went on from the checkpoint before")
        metrics = Metrics(self.checkpoints / "metrics.jsonl", self.prepared)
        metrics.rewrite(run)
        save_every = max(60.0, 30 * self.choices.timing.saving)
        try:
            with stop_on_signal() as stop:
                fit(
                    task,
                    optimizer,
                    self.choices.plan,
                    run,
                    save=lambda run: save_checkpoint(self.checkpoints, task.model, optimizer, run),
                    save_every=save_every,
                    on_step=self.listener.stepped,
                    on_evaluation=lambda run: self.listener.evaluated(run, metrics.add(run)),
                    stop=stop,
                )
        except Interrupted as error:
            hint = f"seqlm train-lm --resume -o {self.request.folder}"
            raise Interrupted(error.message, hint, error.exit_code) from None
        return self._publish(task.model, run, metrics.records)

    def _task(
        self, options: LanguageModelOptions, samples: int, precision: str
    ) -> LanguageModelTask:
        model = make_network(options, self.prepared.tokenizer.vocab_size).to(self.device)
        task = LanguageModelTask(
            model,
            self.prepared.train.ids,
            self.prepared.valid.ids,
            batch_size=options.batch_size,
            chunk_length=options.chunk_length,
            samples=samples,
            precision=getattr(torch, precision),
            seed=options.seed,
            penalties=(options.activation_penalty, options.slowness_penalty),
        )
        task.start_from_unigram()
        return task

    def _publish(
        self, model: NeuralLanguageModel, run: Run, records: list[dict[str, Any]]
    ) -> TrainResult:
        model.load_state_dict(run.best_weights)
        seconds = time.monotonic() - self.started
        train = train_record(
            self.request, self.choices, run, self.prepared, describe(self.device), seconds
        )
        config = {
            "format": 1,
            "kind": "language-model",
            **asdict(network_config(self.choices.options, model.vocab_size)),
            "tokenizer": self.prepared.tokenizer.kind,
            "normalization": self.prepared.tokenizer.normalization,
        }
        files = {
            "model.safetensors": tensor_bytes(model.state_dict()),
            "train.json": to_json(train),
            "metrics.jsonl": "".join(json.dumps(r) + "\n" for r in records).encode(),
            "README.md": model_card(
                self.request.folder.name, config, train, _best(run, records)
            ).encode(),
            **self.prepared.tokenizer.to_files(),
        }
        publish(self.request.folder, files, config)
        result = TrainResult(
            self.request.folder, time.monotonic() - self.started, run.best_loss, records
        )
        self.listener.finished(result)
        return result


def _best(run: Run, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The evaluation of the weights that were kept."""
    return next(record for record in records if record["step"] == run.best_step)
