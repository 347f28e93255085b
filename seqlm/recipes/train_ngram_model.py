"""What ``train-lm --arch ngram`` does: text in, a finished model folder out.

Counting needs no plan, no checkpoint and no device; everything else is as for a network.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from seqlm.errors import InputError
from seqlm.model_folder import publish, to_json
from seqlm.recipes.ngram import ORDERS, WEIGHTS, NgramFit, spread_lines, train_ngram
from seqlm.recipes.prepare import Prepared
from seqlm.recipes.train_request import (
    Listener,
    TrainRequest,
    TrainResult,
    base_record,
    prepare_request,
    valid_figures,
)
from seqlm.verified_folder import locked


def train_ngram_model(
    request: TrainRequest,
    listener: Listener,
    started: float,
    *,
    dry_run: bool = False,
    prepared: Prepared | None = None,
    most_tokens: int | None = None,
) -> TrainResult:
    """Count, smooth, and write the model folder.

    Args:
        request: what to train, and where it goes; the folder may be replaced.
        listener: whoever shows it.
        started: the ``time.monotonic()`` of the command's start.
        dry_run: stop before anything is counted.
        prepared: the text, where it is there already.
        most_tokens: to be counted, of a text that may have more.

    Raises:
        InputError: the text or the order cannot be used.
    """
    with locked(request.folder):
        prepared = prepared or prepare_request(request, listener)
        order = request.options.order or ORDERS[prepared.tokenizer.kind]
        if dry_run:
            listener.note(_plan(prepared, order))
            return TrainResult(None, time.monotonic() - started, float("nan"), [])
        with tempfile.TemporaryDirectory(prefix="seqlm-") as scratch:
            weights = Path(scratch) / WEIGHTS
            train, valid = _counted(prepared, most_tokens, listener), prepared.valid.ids
            fitted = train_ngram(train, valid, prepared.tokenizer.vocab_size, order, weights)
            for text in fitted.notes:
                listener.note(text)
            return _publish(request, prepared, fitted, weights, listener, started)


def _counted(prepared: Prepared, most_tokens: int | None, listener: Listener) -> NDArray[Any]:
    ids = prepared.train.ids
    if most_tokens is None or len(ids) <= most_tokens:
        return ids
    part = spread_lines(ids, most_tokens)
    listener.note(
        f"n-grams of {len(part):,} of {len(ids):,} tokens: there is no time to count more"
    )
    return part


def _plan(prepared: Prepared, order: int) -> str:
    return (
        f"plan: n-grams of up to {order} tokens, counted in {len(prepared.train):,} tokens; "
        f"{len(prepared.valid):,} held out; {prepared.tokenizer.kind} vocabulary of "
        f"{prepared.tokenizer.vocab_size:,}"
    )


def _publish(
    request: TrainRequest,
    prepared: Prepared,
    fitted: NgramFit,
    weights: Path,
    listener: Listener,
    started: float,
) -> TrainResult:
    tokenizer = prepared.tokenizer
    seconds = time.monotonic() - started
    record = {
        "step": 1,
        "seconds": round(seconds, 3),
        "tokens": fitted.num_tokens,
        "valid_loss": fitted.valid_loss,
        **valid_figures(fitted.valid_loss, prepared),
    }
    config = {
        "format": 1,
        "kind": "language-model",
        "arch": "ngram",
        **fitted.config,
        "tokenizer": tokenizer.kind,
        "normalization": tokenizer.normalization,
    }
    train = base_record(request, prepared, "cpu", seconds) | {"valid_loss": fitted.valid_loss}
    files: dict[str, bytes | Path] = {
        WEIGHTS: weights,
        "train.json": to_json(train),
        "metrics.jsonl": (json.dumps(record) + "\n").encode(),
        "README.md": _card(request, config, record).encode(),
        **tokenizer.to_files(),
    }
    publish(request.folder, files, config)
    result = TrainResult(request.folder, time.monotonic() - started, fitted.valid_loss, [record])
    listener.finished(result)
    return result


def _card(request: TrainRequest, config: dict[str, object], record: dict[str, float]) -> str:
    names = ", ".join(Path(name).name for name in request.files)
    return f"""# {request.folder.name}

An n-gram language model (order {config["order"]}, interpolated modified Kneser-Ney, \
{config["vocab_size"]:,} {config["tokenizer"]} tokens) counted by seqlm from {names}.

| held-out text | |
| --- | --- |
| perplexity per token | {record["valid_ppl_token"]:.2f} |
| perplexity per word | {record["valid_ppl_word"]:.2f} |
| bits per byte | {record["valid_bits_per_byte"]:.4f} |
"""


def check_options(request: TrainRequest, resume: bool) -> None:
    """Refuse what means nothing to an n-gram model.

    Raises:
        InputError: names the option.
    """
    options = request.options
    for name in ("budget", "epochs", "steps", "members"):
        if getattr(options, name) is not None:
            raise InputError(
                f"--{name} means nothing to an n-gram model: it is counted in one pass",
                f"leave out --{name}",
            )
    if resume:
        raise InputError("an n-gram model is counted in one pass", "leave out --resume")
