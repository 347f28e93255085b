"""What ``train-lm`` does where one model is not the best: several are trained and mixed.

``--arch auto`` counts an n-gram model, trains some networks (``network_rounds``), and mixes all of
them with weights that suit the held-out text; ``--members`` trains networks of any architecture and
mixes those. The members are model folders in the checkpoint, so that each of them is gone on
with after an interruption, and the finished folder holds them all.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqlm.errors import InputError, Interrupted, ModelError
from seqlm.model_folder import open_model, to_json
from seqlm.recipes.network_rounds import (
    Rounds,
    network_rounds,
    number_of_networks,
    unfinished_rounds,
    with_shares,
)
from seqlm.recipes.prepare import Prepared, find_prepared
from seqlm.recipes.train_ngram_model import train_ngram_model
from seqlm.recipes.train_request import (
    CHECKPOINTS,
    REQUEST,
    Listener,
    TrainRequest,
    TrainResult,
    prepare_request,
    request_record,
    valid_figures,
)
from seqlm.verified_folder import MANIFEST, locked, read_json
from seqlm.whole_file import whole_file

_COUNTED_A_SECOND = 750_000  # tokens
_COUNTING_SHARE = 0.4
"""Of the time. Where a text cannot be read in it, counts tell more of it than a network learns."""
_FEWEST_COUNTED = 1_000_000


def train_mixture_model(
    request: TrainRequest,
    listener: Listener,
    *,
    dry_run: bool = False,
    resume: bool = False,
    started: float | None = None,
) -> TrainResult:
    """Train the members of a mixture, mix them, and write its folder.

    Args:
        request: what to train, and where it goes; the folder may be replaced.
        listener: whoever shows it.
        dry_run: stop when the plan of the networks is settled.
        resume: go on with the training that stands in the folder.
        started: the ``time.monotonic()`` that a budget counts from.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; the checkpoints are saved.
        SeqlmError: the input, the options or the machine do not allow it.
    """
    started = time.monotonic() if started is None else started
    if dry_run:
        return _settle_only(request, listener, started)
    with locked(request.folder):
        work = request.folder / CHECKPOINTS
        prepared = _prepared_before(request, work) if resume else None
        prepared = prepared or prepare_request(request, listener)
        if not resume:
            number = number_of_networks(request, prepared, listener, started)
            begin(work, request, prepared, number)
        rounds = network_rounds(request, _number_before(work))
        members = _train(request, rounds, prepared, listener, started)
        return _mix(request, members, prepared, listener, started)


def _settle_only(request: TrainRequest, listener: Listener, started: float) -> TrainResult:
    """Show the plan of the first network."""
    from seqlm.recipes.train_language_model import train_language_model

    prepared = prepare_request(request, listener)
    number = number_of_networks(request, prepared, listener, started)
    first = with_shares(network_rounds(request, number), request.options.budget)[0][0]
    return train_language_model(
        replace(first, folder=request.folder),
        listener,
        prepared=prepared,
        dry_run=True,
        started=started,
    )


def _prepared_before(request: TrainRequest, work: Path) -> Prepared | None:
    """The ids of a training that is gone on with, if the cache still has them."""
    key = read_json(work / REQUEST)["corpus"]
    prepared = find_prepared(key)
    if prepared is None and "-" in (*request.files, *request.valid):
        raise InputError(
            f"the text of {request.folder} came from a pipe and is no longer in the cache",
            "train again without --resume",
        )
    return prepared


def _number_before(work: Path) -> int:
    """How many networks were planned when the training began."""
    number = read_json(work / REQUEST).get("networks")
    if not isinstance(number, int) or number < 1:
        raise ModelError(
            f"{work / REQUEST} does not say how many networks there are to be",
            "train again without --resume",
        )
    return number


def begin(work: Path, request: TrainRequest, prepared: Prepared, networks: int) -> None:
    """Write down what was asked for, so that another process can go on with it."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    stored = {
        "request": request_record(request),
        "corpus": prepared.key,
        "networks": networks,
    }
    with whole_file(work / REQUEST) as file:
        file.write(to_json(stored))


def _train(
    request: TrainRequest,
    rounds: Rounds,
    prepared: Prepared,
    listener: Listener,
    started: float,
) -> list[Path]:
    """Train every member that is not finished yet; their folders."""
    with_ngrams = request.options.arch == "auto"
    counted = [_count(request, prepared, listener, started)] if with_ngrams else []
    try:
        for networks in with_shares(unfinished_rounds(rounds), request.options.budget):
            if len(networks) == 1:
                _train_here(networks[0], prepared, listener, started)
            else:
                from seqlm.recipes.side_by_side import train_side_by_side

                train_side_by_side(networks, prepared, listener, started)
    except Interrupted as error:
        hint = f"seqlm train-lm --resume -o {request.folder}"
        raise Interrupted(error.message, hint, error.exit_code) from None
    return [network.folder for networks in rounds for network in networks] + counted


def _count(request: TrainRequest, prepared: Prepared, listener: Listener, started: float) -> Path:
    folder = request.folder / CHECKPOINTS / "ngram"
    if not (folder / MANIFEST).is_file():
        wanted = replace(request, folder=folder, options=replace(request.options, arch="ngram"))
        budget = request.options.budget
        most = None if budget is None else _most_counted(budget - (time.monotonic() - started))
        train_ngram_model(
            wanted, _OnlyNotes(listener), time.monotonic(), prepared=prepared, most_tokens=most
        )
    return folder


def _most_counted(seconds_left: float) -> int:
    """Tokens whose n-grams can be counted while enough time is left for the networks."""
    return max(_FEWEST_COUNTED, int(_COUNTING_SHARE * seconds_left * _COUNTED_A_SECOND))


def _train_here(
    network: TrainRequest, prepared: Prepared, listener: Listener, started: float
) -> None:
    from seqlm.recipes.train_language_model import train_language_model

    if (network.folder / MANIFEST).is_file():
        return
    train_language_model(
        network,
        _NotFinished(listener),
        prepared=prepared,
        resume=(network.folder / CHECKPOINTS / REQUEST).is_file(),
        started=started,
    )


def _mix(
    request: TrainRequest,
    members: list[Path],
    prepared: Prepared,
    listener: Listener,
    started: float,
) -> TrainResult:
    from seqlm.recipes.language_model_task import looked_at
    from seqlm.recipes.mix import mix_into

    records = [record for member in members for record in _metrics(member)]
    mixed = mix_into(
        request.folder,
        [open_model(member) for member in members],
        prepared.valid.ids[: looked_at(prepared.tokenizer.vocab_size)],
        train={"request": request_record(request), "corpus": prepared.facts},
        metrics="".join(json.dumps(record) + "\n" for record in records).encode(),
    )
    shares = zip(mixed.names, mixed.weights, mixed.perplexities, strict=True)
    words = ", ".join(f"{name} {weight:.2f} (ppl {ppl:.2f})" for name, weight, ppl in shares)
    listener.note(f"mixture: {words}")
    loss = math.log(mixed.perplexity)
    last = {
        "step": max(record["step"] for record in records),
        "valid_loss": loss,
        **valid_figures(loss, prepared),
    }
    result = TrainResult(request.folder, time.monotonic() - started, loss, [*records, last])
    listener.finished(result)
    return result


def _metrics(member: Path) -> list[dict[str, Any]]:
    """The evaluations of a member, with its name."""
    lines = (member / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) | {"member": member.name} for line in lines]


class _NotFinished:
    """Passes on everything but that a member is finished: its mixture is not."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.note = listener.note
        self.planned = listener.planned
        self.stepped = listener.stepped
        self.evaluated = listener.evaluated

    def finished(self, result: TrainResult) -> None:
        """Nobody asked for a member."""


class _OnlyNotes(_NotFinished):
    """Passes on remarks only."""
