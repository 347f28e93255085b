"""The trainings that are stopped, killed and gone on with; many steps, many checkpoints."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from seqlm.training import interruption
from tests.faults import forks
from tests.faults.forks import Outcome
from tests.faults.workplace import Workplace, fingerprint

_LANGUAGE = (
    "train-lm text.txt --tokenizer char --threads 1 --hidden-size 8 --batch-size 4 --patience 0"
)
_TRANSLATION = (
    "train-translate --source text.txt --target target.txt --tokenizer char --threads 1"
    " --hidden-size 8 --num-layers 1 --batch-tokens 200 --patience 0"
)
_VECTORS = "train-word2vec text.txt --dim 8 --min-count 1 --epochs 3 --threads 1"
TRAINERS = {
    "lstm": f"{_LANGUAGE} --arch lstm --chunk-length 7 --steps STEPS --dropout 0.2",
    "gru": f"{_LANGUAGE} --arch gru --chunk-length 7 --steps STEPS --loss sampled --samples 8",
    "rnn": f"{_LANGUAGE} --arch rnn --chunk-length 7 --steps STEPS --dropout 0.2 --num-layers 2",
    "translate": f"{_TRANSLATION} --arch transformer --steps STEPS --dropout 0.2",
    "translate-lstm": f"{_TRANSLATION} --arch lstm --steps STEPS --dropout 0.2",
    "window": f"{_LANGUAGE} --arch window --chunk-length 7 --steps STEPS --dropout 0.2",
    "transformer": f"{_LANGUAGE} --arch transformer --chunk-length 7 --steps STEPS --dropout 0.2",
    "skipgram": _VECTORS,
    "cbow": f"{_VECTORS} --arch cbow --subwords --buckets 300",
    "ngram": "train-lm text.txt --arch ngram --tokenizer word",
}
"""Command lines without ``-o``. An n-gram model is counted anew after a kill."""

_UNEQUAL = ("seconds", "training_seconds", "tokens_per_second", "created")
_WEIGHTS = ("model.safetensors", "vectors.npy", "parts.npy")


@dataclass(frozen=True)
class Trained:
    """What has to be equal: the hashes of the weights, and the evaluations without their times."""

    weights: dict[str, str]
    metrics: list[dict[str, Any]]


def trained(folder: Path) -> Trained:
    """What a finished folder holds."""
    files = fingerprint(folder)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    return Trained(
        {name: files[name] for name in _WEIGHTS if name in files},
        [{key: r[key] for key in r if key not in _UNEQUAL} for r in records],
    )


def start(name: str, place: Path, steps: int, **how: Any) -> Outcome:
    """Train from the beginning into ``out``."""
    line = TRAINERS[name].replace("STEPS", str(steps))
    return forks.run([*line.split(), "-o", "out", "--force", "-q"], place, **how)


def resume(name: str, place: Path, **how: Any) -> Outcome:
    """Go on with the training in ``out``."""
    command = TRAINERS[name].split()[0]
    return forks.run([command, "--resume", "-o", "out", "-q"], place, **how)


def can_resume(name: str, place: Path) -> bool:
    """Whether there is a training to go on with; otherwise it had not begun."""
    return name != "ngram" and (place / "out/checkpoint/request.json").is_file()


def save_at_every_chance() -> None:
    """In a fork: a checkpoint after each step, and text in many small chunks."""
    for name in ("train_language_model", "training_run"):
        recipe = import_module(f"seqlm.recipes.{name}")
        if hasattr(recipe, "fit"):
            recipe.fit = _saving_always(recipe.fit)
    vectors = import_module("seqlm.recipes.train_word2vec")
    vectors.SAVE_EVERY, vectors.CHUNK = 5e-4, 20


def _saving_always(fit: Callable[..., None]) -> Callable[..., None]:
    return lambda *given, **named: fit(*given, **(named | {"save_every": -1.0}))


class _ImpatientStop(interruption.StopRequest):
    """A request to stop that comes once it has been looked at a few times."""

    patience = 1

    def __init__(self) -> None:
        self._looks = 0

    @property
    def signal(self) -> int | None:
        self._looks += 1
        return signal.SIGTERM if self._looks > self.patience else None

    @signal.setter
    def signal(self, value: int | None) -> None:
        self._looks = self.patience


def stop_soon(looks: int) -> Callable[[], None]:
    """In a fork: as if SIGTERM came when the training looks for it for that time."""

    def before() -> None:
        save_at_every_chance()
        _ImpatientStop.patience = looks
        interruption.StopRequest = _ImpatientStop  # type: ignore[misc]

    return before


@contextmanager
def place_for(workplace: Workplace) -> Iterator[Path]:
    """A fresh folder for one run, gone afterwards."""
    place = workplace.fresh(models=False)
    try:
        yield place
    finally:
        workplace.discard(place)
