"""What a network's training writes about itself: plan, metrics, ``train.json``, model card."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch

from seqlm.config import LanguageModelOptions
from seqlm.recipes.language_model_choices import Choices
from seqlm.recipes.prepare import Prepared
from seqlm.recipes.train_request import TrainRequest, base_record, valid_figures
from seqlm.training.budget import Timing
from seqlm.training.fit import Plan, Run


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


def model_card(
    name: str, config: dict[str, Any], train: dict[str, Any], last: dict[str, Any]
) -> str:
    """``README.md`` of a model folder."""
    files = ", ".join(Path(file).name for file in train["request"]["files"])
    choices = train["choices"]
    size = f"{choices['options']['num_layers']} x {config['hidden_size']}"
    return f"""# {name}

A language model ({config["arch"]}, {size}, {choices["parameters"]:,} parameters, \
{config["vocab_size"]:,} {config["tokenizer"]} tokens) made with seqlm \
{train["versions"]["seqlm"]} on {train["created"][:10]} from {files}.

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
