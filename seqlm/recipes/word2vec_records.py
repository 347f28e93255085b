"""What a word2vec training writes about itself: request, ``train.json``, the model card."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqlm import __version__
from seqlm.config import TextOptions, Word2VecOptions
from seqlm.errors import ModelError
from seqlm.recipes.provenance import made_now, surroundings
from seqlm.verified_folder import read_json

CHECKPOINTS, REQUEST = "checkpoint", "request.json"
Record = dict[str, Any]


@dataclass(frozen=True)
class Word2VecRequest:
    """What the user asked for: all that is needed to do it again, or to go on with it.

    Attributes:
        files: the text.
        folder: where the vectors go.
        text: how bytes become text.
        options: what was settled about the vectors.
        threads: that learn at once.
        device: where; ``auto`` and ``cpu`` are the compiled kernels.
    """

    files: tuple[str, ...]
    folder: Path
    text: TextOptions
    options: Word2VecOptions
    threads: int
    device: str = "auto"


def request_record(request: Word2VecRequest) -> Record:
    """A request as JSON holds it; the paths are absolute, so that it can be taken up anywhere."""
    files = [name if name == "-" else str(Path(name).absolute()) for name in request.files]
    return asdict(request) | {"folder": str(request.folder), "files": files}


def read_request(folder: Path) -> Word2VecRequest:
    """The request of the unfinished training in ``folder``.

    Raises:
        ModelError: there is none.
    """
    path = folder / CHECKPOINTS / REQUEST
    stored = read_json(path).get("request") if path.is_file() else None
    if not isinstance(stored, dict) or "threads" not in stored or "text" not in stored:
        raise ModelError(
            f"{folder} holds no training of word vectors to go on with",
            "seqlm train-word2vec corpus.txt",
        )
    try:
        return Word2VecRequest(
            files=tuple(stored["files"]),
            folder=folder,
            text=TextOptions(**stored["text"]),
            options=Word2VecOptions(**stored["options"]),
            threads=stored["threads"],
            device=stored["device"],
        )
    except (TypeError, KeyError) as error:
        raise ModelError(f"{path} is damaged: {error}", "train again without --resume") from error


def train_record(
    request: Word2VecRequest, corpus: Record, figures: Record, notes: list[str]
) -> Record:
    """``train.json``: all that is needed to know how the vectors came about, and to make them.

    Args:
        corpus: counts and hash of the text.
        figures: what was measured.
        notes: whatever is not as it was asked for, a sentence each.
    """
    return {
        "request": request_record(request),
        "corpus": corpus,
        "figures": figures,
        "notes": notes,
        **made_now("numba", "numpy"),
    }


def settled_with(request: Word2VecRequest) -> dict[str, str]:
    """What has to be the same for a training to be gone on with to the same bytes."""
    words = f"{request.device}, {request.threads} threads"
    return surroundings(words, "numba", "numpy")


def model_card(name: str, num_words: int, record: Record) -> str:
    """``README.md`` of the folder."""
    files = ", ".join(Path(file).name for file in record["request"]["files"][:5])
    options = record["request"]["options"]
    epochs = record["figures"]["epochs"]
    parts = ", words made of parts" if options["subwords"] else ""
    return f"""# {name}

Word vectors ({num_words:,} words, {options["dim"]} dimensions) made with seqlm {__version__} on
{record["created"][:10]} from {files} ({record["corpus"]["words"]:,} words): word2vec's
{options["arch"]}{parts}; window {options["window"]}, {options["negative"]} negatives, \
{epochs:g} epochs.

    seqlm neighbors -m {name} WORD
    seqlm export {name} --to word2vec-text -o {name}.txt

`train.json` holds the arguments, the versions and the hash of the text; `metrics.jsonl` a line for
each evaluation. Vectors repeat what their text says of words, prejudices too.
"""
