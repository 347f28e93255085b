"""What a training was asked for, and what every training writes down; nothing here needs torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from seqlm.config import LanguageModelOptions, TextOptions, TranslationOptions
from seqlm.data.corpus import Corpus
from seqlm.errors import ModelError
from seqlm.evaluation import perplexity
from seqlm.recipes.prepare import Prepared, prepare
from seqlm.recipes.provenance import made_now
from seqlm.verified_folder import read_json

if TYPE_CHECKING:
    from seqlm.data.token_store import TokenStore
    from seqlm.training.fit import Run

CHECKPOINTS, REQUEST = "checkpoint", "request.json"
TRAIN_LM, TRAIN_TRANSLATE = "train-lm", "train-translate"


Options = TypeVar("Options", LanguageModelOptions, TranslationOptions)


@dataclass(frozen=True)
class Request(Generic[Options]):
    """What the user asked for: all that is needed to do it again, or to go on with it.

    Attributes:
        files: the training text; for a translation model source and target, or one text with both.
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
    options: Options
    device: str = "auto"
    threads: int | None = None


TrainRequest = Request[LanguageModelOptions]
TranslationRequest = Request[TranslationOptions]


class PreparedText(Protocol):
    """What every training has made of its text.

    Attributes:
        valid: the held-out text, or the targets of held-out pairs.
        facts: counts, hashes and tokenizers, as JSON holds them.
        key: the same for the same text and the same settings.
    """

    @property
    def valid(self) -> TokenStore: ...
    @property
    def facts(self) -> dict[str, Any]: ...
    @property
    def key(self) -> str: ...


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

    def planned(self, request: Request[Any], prepared: Any, choices: Any, device: str) -> None:
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


def request_record(request: Request[Options]) -> dict[str, Any]:
    """A request as JSON holds it; the paths are absolute, so that it can be taken up anywhere."""
    return asdict(request) | {
        "folder": str(request.folder),
        "files": [_absolute(name) for name in request.files],
        "valid": [_absolute(name) for name in request.valid],
    }


def _absolute(name: str) -> str:
    return name if name == "-" else str(Path(name).absolute())


def read_request(folder: Path) -> TrainRequest:
    """The request of the unfinished language model in ``folder``; see ``stored_request``."""
    return stored_request(folder, TRAIN_LM, LanguageModelOptions)


def stored_request(folder: Path, command: str, options: type[Options]) -> Request[Options]:
    """The request of the unfinished training in ``folder``.

    Args:
        folder: the model's.
        command: the one that began it.
        options: what that command settles.

    Raises:
        ModelError: there is none, or another command began it.
    """
    path = folder / CHECKPOINTS / REQUEST
    if not path.is_file():
        raise ModelError(f"{folder} holds no training to go on with", f"seqlm {command} --help")
    stored = read_json(path)
    began = stored.get("command", TRAIN_LM)
    if began != command:
        raise ModelError(
            f"{folder} holds a training of {began}", f"seqlm {began} --resume -o {folder}"
        )
    try:
        request = stored["request"]
        return Request(
            files=tuple(request["files"]),
            valid=tuple(request["valid"]),
            folder=folder,
            text=TextOptions(**request["text"]),
            options=options(**request["options"]),
            device=request["device"],
            threads=request["threads"],
        )
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"{path} is damaged, or of another version of seqlm: {error}",
            "train again without --resume",
        ) from error


def valid_figures(loss: float, prepared: PreparedText) -> dict[str, float]:
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
    request: Request[Options], prepared: PreparedText, device: str, seconds: float
) -> dict[str, Any]:
    """What every ``train.json`` holds: request, text, time, machine and versions."""
    return {
        "request": request_record(request),
        "corpus": prepared.facts,
        "seconds": round(seconds, 3),
        "device": device,
        **made_now("torch"),
    }
