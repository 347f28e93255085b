"""What a training was asked for, and what every training writes down; nothing here needs torch."""

from __future__ import annotations

import datetime
import math
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seqlm import __version__
from seqlm.config import LanguageModelOptions, TextOptions
from seqlm.data.corpus import Corpus
from seqlm.errors import ModelError
from seqlm.evaluation import perplexity
from seqlm.recipes.prepare import Prepared, prepare
from seqlm.verified_folder import read_json

if TYPE_CHECKING:
    from seqlm.recipes.language_model_choices import Choices
    from seqlm.training.fit import Run

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


@dataclass(frozen=True)
class TrainResult:
    """A finished training.

    Attributes:
        folder: the model folder, None after a dry run.
        seconds: from the start of the command.
        valid_loss: nats a token on the held-out text, of the weights that were kept.
        evaluations: the lines of ``metrics.jsonl``.
    """

    folder: Path | None
    seconds: float
    valid_loss: float
    evaluations: list[dict[str, Any]]


class Listener(Protocol):
    """Whoever shows a training; every method may do nothing."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def planned(
        self, request: TrainRequest, prepared: Prepared, choices: Choices, device: str
    ) -> None:
        """Everything is settled; the first step is next."""

    def stepped(self, run: Run) -> None:
        """One more step."""

    def evaluated(self, run: Run, record: dict[str, Any]) -> None:
        """One more look at the held-out text; the line of ``metrics.jsonl``."""

    def finished(self, result: TrainResult) -> None:
        """The model folder is there."""


def prepare_request(request: TrainRequest, listener: Listener) -> Prepared:
    """Tokenize the text of a request, and pass on what is worth a note."""
    options = request.options
    prepared = prepare(
        Corpus(request.files, request.text, spool=True),
        Corpus(request.valid, request.text, spool=True) if request.valid else None,
        options.tokenizer,
        vocab_size=options.vocab_size,
        min_count=options.min_count,
    )
    for text in prepared.notes:
        listener.note(text)
    return prepared


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
            "torch": metadata.version("torch"),
            "python": platform.python_version(),
        },
    }
