"""What a training writes about itself: request, plan, metrics, ``train.json``, model card."""

from __future__ import annotations

import datetime
import json
import math
import platform
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch

from seqlm import __version__
from seqlm.config import LanguageModelOptions, TextOptions
from seqlm.errors import ModelError
from seqlm.evaluation import perplexity
from seqlm.recipes.language_model_choices import Choices
from seqlm.recipes.prepare import Prepared
from seqlm.training.budget import Timing
from seqlm.training.fit import Plan, Run
from seqlm.verified_folder import read_json

CHECKPOINTS, REQUEST = "checkpoint", "request.json"


@dataclass(frozen=True)
class TrainRequest:
    """What the user asked for: all that is needed to do it again, or to go on with it.

    Attributes:
        files: the training text.
        valid: the held-out text; every 20th line of ``files`` where there is none.
        folder: where the model goes.
        text: how bytes become text.
        options: what was settled about the model.
        device: by name.
        threads: of the CPU, None for all.
    """

    files: tuple[str, ...]
    valid: tuple[str, ...]
    folder: Path
    text: TextOptions
    options: LanguageModelOptions
    device: str = "auto"
    threads: int | None = None


class Metrics:
    """``metrics.jsonl`` while a training runs: a line an evaluation."""

    def __init__(self, path: Path, prepared: Prepared) -> None:
        self._path = path
        self._prepared = prepared
        self.records: list[dict[str, Any]] = []

    def rewrite(self, run: Run) -> None:
        """Start the file with the evaluations that a checkpoint remembers."""
        self.records = [self._record(evaluation) for evaluation in run.evaluations]
        self._path.write_text("".join(json.dumps(record) + "\n" for record in self.records))

    def add(self, run: Run) -> dict[str, Any]:
        """Append the newest evaluation; the line as an object."""
        record = self._record(run.evaluations[-1])
        self.records.append(record)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        return record

    def _record(self, evaluation: dict[str, Any]) -> dict[str, Any]:
        return evaluation | valid_figures(evaluation["valid_loss"], self._prepared)


def valid_figures(loss: float, prepared: Prepared) -> dict[str, float]:
    """A held-out loss in nats a token as the figures that users compare."""
    valid = prepared.valid
    per_word = len(valid) / max(1, valid.num_words + valid.num_lines)
    per_byte = len(valid) / max(1, valid.num_bytes)
    return {
        "valid_ppl_token": perplexity(-loss, 1),
        "valid_ppl_word": perplexity(-loss * per_word, 1),
        "valid_bits_per_byte": loss * per_byte / math.log(2),
    }


def request_record(request: TrainRequest) -> dict[str, Any]:
    """A request as JSON holds it; the paths are absolute, so that it can be taken up anywhere."""
    return asdict(request) | {
        "folder": str(request.folder),
        "files": [_absolute(name) for name in request.files],
        "valid": [_absolute(name) for name in request.valid],
    }


def _absolute(name: str) -> str:
    return name if name == "-" else str(Path(name).absolute())


def read_request(folder: Path) -> TrainRequest:
    """The request of the unfinished training in ``folder``.

    Raises:
        ModelError: there is none.
    """
    path = folder / CHECKPOINTS / REQUEST
    if not path.is_file():
        raise ModelError(f"{folder} holds no training to go on with", "seqlm train-lm corpus.txt")
    stored = read_json(path)["request"]
    return TrainRequest(
        files=tuple(stored["files"]),
        valid=tuple(stored["valid"]),
        folder=folder,
        text=TextOptions(**stored["text"]),
        options=LanguageModelOptions(**stored["options"]),
        device=stored["device"],
        threads=stored["threads"],
    )


def choices_from(stored: dict[str, Any]) -> Choices:
    """The inverse of ``asdict(choices)``."""
    parts = {"options": LanguageModelOptions, "plan": Plan, "timing": Timing}
    values = {field.name: stored[field.name] for field in fields(Choices)}
    return Choices(**values | {name: make(**stored[name]) for name, make in parts.items()})


def train_record(
    request: TrainRequest,
    choices: Choices,
    run: Run,
    prepared: Prepared,
    device: str,
    seconds: float,
) -> dict[str, Any]:
    """``train.json``: all that is needed to know how a model came about, and to make it again."""
    return base_record(request, prepared, device, seconds) | {
        "choices": asdict(choices),
        "repeat": f"--steps {choices.plan.steps} --hidden-size {choices.options.hidden_size}",
        "best_step": run.best_step,
        "valid_loss": run.best_loss,
        "training_seconds": round(run.seconds, 3),
        "threads": torch.get_num_threads(),
    }


def base_record(
    request: TrainRequest, prepared: Prepared, device: str, seconds: float
) -> dict[str, Any]:
    """What every ``train.json`` holds: request, text, time, machine and versions."""
    return {
        "request": request_record(request),
        "corpus": prepared.facts,
        "seconds": round(seconds, 3),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "device": device,
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {
            "seqlm": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


def model_card(
    name: str, config: dict[str, Any], train: dict[str, Any], last: dict[str, Any]
) -> str:
    """``README.md`` of a model folder."""
    files = ", ".join(Path(file).name for file in train["request"]["files"])
    return f"""# {name}

A language model ({config["arch"]}, {config["num_layers"]} x {config["hidden_size"]}, \
{train["choices"]["parameters"]:,} parameters, {config["vocab_size"]:,} {config["tokenizer"]} \
tokens) made with seqlm {train["versions"]["seqlm"]} on {train["created"][:10]} from {files}.

| held-out text | |
| --- | --- |
| perplexity per token | {last["valid_ppl_token"]:.2f} |
| perplexity per word | {last["valid_ppl_word"]:.2f} |
| bits per byte | {last["valid_bits_per_byte"]:.4f} |

    seqlm perplexity -m {name} test.txt
    seqlm generate -m {name} --prompt "..."

`train.json` holds the arguments, the plan, the versions and the hash of the text;
`metrics.jsonl` a line for each evaluation. The model may repeat what its text says, true or not.
"""
