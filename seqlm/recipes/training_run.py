"""One training from its plan to its model folder, whatever is trained.

The plan is settled once and written down; from then on a run can be stopped at any step and gone
on with by another process, to the same weights.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import torch

from seqlm.device import describe
from seqlm.errors import InputError, Interrupted
from seqlm.model_folder import publish, to_json
from seqlm.recipes.provenance import difference, surroundings
from seqlm.recipes.settled import Settled
from seqlm.recipes.train_request import (
    CHECKPOINTS,
    REQUEST,
    Listener,
    PreparedText,
    Request,
    TrainResult,
    base_record,
    request_record,
    valid_figures,
)
from seqlm.tensor_file import tensor_bytes
from seqlm.training.checkpoint import restore_checkpoint, save_checkpoint
from seqlm.training.fit import Run, Task, fit
from seqlm.training.interruption import stop_on_signal
from seqlm.verified_folder import read_json
from seqlm.whole_file import whole_file

Record = dict[str, Any]


C = TypeVar("C", bound=Settled[Any])


class Described(NamedTuple):
    """What a model folder says about its model.

    Attributes:
        config: ``config.json``, which the model is built from.
        files: the tokenizers'.
        repeat: the options that make the same run again, beside those that were given.
        card: ``README.md``, from ``config``, ``train.json`` and the best evaluation.
    """

    config: Record
    files: Mapping[str, bytes]
    repeat: str
    card: str


class TrainingRun(Generic[C]):
    """One training. A subclass knows what is trained; it has the methods that raise here.

    Args:
        request: what to train, and where it goes.
        prepared: the text as ids.
        device: where it trains.
        listener: whoever shows it.
        started: the ``time.monotonic()`` that a budget counts from.

    Attributes:
        command: the command line's name for it.
        choices: what was settled.
    """

    command: ClassVar[str]

    def __init__(
        self,
        request: Request[Any],
        prepared: PreparedText,
        device: torch.device,
        listener: Listener,
        started: float,
    ) -> None:
        self.request = request
        self.device = device
        self.listener = listener
        self.choices: C
        self._prepared = prepared
        self._started = started
        self._checkpoints = request.folder / CHECKPOINTS

    def choose(self) -> C:
        """Settle what is open; the machine may be timed."""
        raise NotImplementedError

    def stored_choices(self, stored: Record) -> C:
        """The inverse of ``asdict(choices)``."""
        raise NotImplementedError

    def make_task(self) -> Task:
        """What ``choices`` say is trained, its first weights drawn from torch's generator."""
        raise NotImplementedError

    def make_optimizer(self, task: Task) -> torch.optim.Optimizer:
        """What updates the task's weights."""
        raise NotImplementedError

    def describe(self, model: torch.nn.Module, train: Record, best: Record) -> Described:
        """What the folder says.

        Args:
            model: with the weights that were kept.
            train: ``train.json``.
            best: the evaluation of those weights.
        """
        raise NotImplementedError

    def seconds_left(self) -> float | None:
        """Of the budget; None without one."""
        budget: float | None = self.request.options.budget
        return None if budget is None else budget - (time.monotonic() - self._started)

    def train(self, *, dry_run: bool, resume: bool) -> TrainResult:
        """Settle the plan or take it up, train to its end, and publish the model.

        Raises:
            Interrupted: Ctrl-C or SIGTERM; the checkpoint is saved.
            InputError: the text has changed since the training began.
        """
        self.choices = self._take_up() if resume else self.choose()
        self.listener.planned(self.request, self._prepared, self.choices, describe(self.device))
        if dry_run:
            return TrainResult(None, time.monotonic() - self._started, float("nan"), [])
        if not resume:
            self._begin()
        return self._finish()

    def _take_up(self) -> C:
        stored = read_json(self._checkpoints / REQUEST)
        if stored["corpus"] != self._prepared.key:
            raise InputError(
                f"the text of {self.request.folder} has changed since its training began",
                "train again without --resume",
            )
        changed = difference(stored.get("surroundings"), self._surroundings())
        if changed is not None:
            self.listener.note(changed)
        return self.stored_choices(stored["choices"])

    def _surroundings(self) -> Record:
        return surroundings(describe(self.device), "torch")

    def _begin(self) -> None:
        """Write down what was settled, so that another process can go on with it."""
        shutil.rmtree(self._checkpoints, ignore_errors=True)
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        stored = {
            "command": self.command,
            "request": request_record(self.request),
            "choices": asdict(self.choices),
            "corpus": self._prepared.key,
            "surroundings": self._surroundings(),
        }
        with whole_file(self._checkpoints / REQUEST) as file:
            file.write(to_json(stored))

    def _finish(self) -> TrainResult:
        torch.manual_seed(self.request.options.seed)
        task = self.make_task()
        optimizer = self.make_optimizer(task)
        run = Run(state=task.initial_state())
        if any(self._checkpoints.glob("step-*")):
            for text in restore_checkpoint(self._checkpoints, task.model, optimizer, run):
                self.listener.note(f"{text}; went on from the checkpoint before")
        metrics = Metrics(self._checkpoints / "metrics.jsonl", self._prepared)
        metrics.rewrite(run)
        try:
            with stop_on_signal() as stop:
                fit(
                    task,
                    optimizer,
                    self.choices.plan,
                    run,
                    save=lambda run: save_checkpoint(self._checkpoints, task.model, optimizer, run),
                    save_every=self.choices.timing.save_every,
                    on_step=self.listener.stepped,
                    on_evaluation=lambda run: self.listener.evaluated(run, metrics.add(run)),
                    stop=stop,
                )
        except Interrupted as error:
            hint = f"seqlm {self.command} --resume -o {self.request.folder}"
            raise Interrupted(error.message, hint, error.exit_code) from None
        return self._publish(task.model, run, metrics.records)

    def _publish(self, model: torch.nn.Module, run: Run, records: list[Record]) -> TrainResult:
        model.load_state_dict(run.best_weights)
        best = next(record for record in records if record["step"] == run.best_step)
        described = self.describe(model, self._record(run), best)
        files = {
            "model.safetensors": tensor_bytes(model.state_dict()),
            "train.json": to_json(self._record(run) | {"repeat": described.repeat}),
            "metrics.jsonl": "".join(json.dumps(record) + "\n" for record in records).encode(),
            "README.md": described.card.encode(),
            **described.files,
        }
        publish(self.request.folder, files, {"format": 1, **described.config})
        seconds = time.monotonic() - self._started
        result = TrainResult(self.request.folder, seconds, run.best_loss, records)
        self.listener.finished(result)
        return result

    def _record(self, run: Run) -> Record:
        """``train.json``: all that is needed to know how a model came about."""
        seconds = time.monotonic() - self._started
        return base_record(self.request, self._prepared, describe(self.device), seconds) | {
            "choices": asdict(self.choices),
            "best_step": run.best_step,
            "skipped_steps": run.skipped,
            "valid_loss": run.best_loss,
            "training_seconds": round(run.seconds, 3),
            "threads": torch.get_num_threads(),
        }


class Metrics:
    """``metrics.jsonl`` while a training runs: a line an evaluation."""

    def __init__(self, path: Path, prepared: PreparedText) -> None:
        self._path = path
        self._prepared = prepared
        self.records: list[Record] = []

    def rewrite(self, run: Run) -> None:
        """Start the file with the evaluations that a checkpoint remembers."""
        self.records = [self._record(evaluation) for evaluation in run.evaluations]
        self._path.write_text("".join(json.dumps(record) + "\n" for record in self.records))

    def add(self, run: Run) -> Record:
        """Append the newest evaluation; the line as an object."""
        record = self._record(run.evaluations[-1])
        self.records.append(record)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        return record

    def _record(self, evaluation: Record) -> Record:
        return evaluation | valid_figures(evaluation["valid_loss"], self._prepared)
