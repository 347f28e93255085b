"""How many networks a mixture gets, which of them are trained at once, and how long each has.

Networks on a core each read more text in a minute than one network on all cores, and their mean is
better than any of them. The mean of several that read a text ten times is better, too, than one
that reads it twenty times: so with time to spare another round of networks follows.
"""

from __future__ import annotations

import time
from dataclasses import replace

from seqlm.config import Arch
from seqlm.device import usable_cores
from seqlm.recipes.prepare import Prepared, find_prepared
from seqlm.recipes.train_request import CHECKPOINTS, Listener, TrainRequest
from seqlm.verified_folder import MANIFEST

NETWORK: Arch = "lstm"
"""The best network for its time on every text and budget that was tried (docs/recipe.md)."""
TWO_NETWORKS_FROM = 1_000_000
"""Tokens of text from which two networks are worth the start of two processes."""
TWO_NETWORKS_SECONDS = 45.0
"""A budget from which they are."""
_READINGS = 9.0
"""Of the text by each network, before another round of them is better."""
_MOST_ROUNDS = 4
_ROUND_SECONDS = 60.0  # at least: the processes of another round have to start
_TOKENS_PER_SECOND = 50_000
"""More than a core has been seen to read: with too little time even so, nothing is timed."""
_MIXING_SECONDS = 4.0
_MIXING_SHARE = 0.03  # of a budget: longer ones have more networks, and larger tables

Rounds = list[list[TrainRequest]]


def number_of_networks(
    request: TrainRequest, prepared: Prepared, listener: Listener, started: float
) -> int:
    """What was asked for, else what suits the text, the time and the machine.

    Args:
        request: what to train.
        prepared: its text.
        listener: told where it is more than the usual number.
        started: the ``time.monotonic()`` that a budget counts from.
    """
    if request.options.members is not None:
        return request.options.members
    at_once = _usual_number(request, prepared)
    rounds = _usual_rounds(request, prepared, at_once, listener, started)
    if rounds > 1:
        listener.note(
            f"{at_once * rounds} networks: there is time for more readings of the text than one "
            "network gains by"
        )
    return at_once * rounds


def network_rounds(request: TrainRequest, number: int) -> Rounds:
    """A request for each network, those in a row that are trained at once.

    The seeds follow each other; the threads are shared out, and each has the whole budget.
    """
    threads = request.threads or usable_cores()
    arch = NETWORK if request.options.arch == "auto" else request.options.arch
    rounds = -(-number // threads)
    at_once = -(-number // rounds)
    requests = [
        replace(
            request,
            folder=request.folder / CHECKPOINTS / f"network-{index + 1}",
            options=replace(
                request.options, arch=arch, members=None, seed=request.options.seed + index
            ),
            threads=max(1, threads // at_once) if number > 1 else request.threads,
        )
        for index in range(number)
    ]
    return [requests[start : start + at_once] for start in range(0, number, at_once)]


def unfinished_rounds(rounds: Rounds) -> Rounds:
    """The rounds that are still to be trained."""
    return [
        each
        for each in rounds
        if not all((network.folder / MANIFEST).is_file() for network in each)
    ]


def with_shares(rounds: Rounds, budget: float | None) -> Rounds:
    """Rounds that share out a budget.

    All of them count from the start of the first; the last leaves time for the mixing.
    """
    if budget is None:
        return rounds
    training = _without_mixing(budget)
    return [
        [
            replace(
                network,
                options=replace(network.options, budget=training * (index + 1) / len(rounds)),
            )
            for network in each
        ]
        for index, each in enumerate(rounds)
    ]


def _without_mixing(budget: float) -> float:
    return max(1.0, budget * (1 - _MIXING_SHARE) - _MIXING_SECONDS)


def _usual_number(request: TrainRequest, prepared: Prepared) -> int:
    """Two networks where each can have a core, the time is not too short, and processes can
    share the text."""
    options = request.options
    long_enough = (
        options.budget >= TWO_NETWORKS_SECONDS
        if options.budget is not None
        else options.steps is None and len(prepared.train) >= TWO_NETWORKS_FROM
    )
    threads = request.threads or usable_cores()
    on_cpu = request.device in ("auto", "cpu") and not _has_accelerator(request.device)
    return 2 if on_cpu and threads >= 2 and long_enough and find_prepared(prepared.key) else 1


def _has_accelerator(device: str) -> bool:
    from seqlm.device import choose_device

    return choose_device(device).type != "cpu"


def _usual_rounds(
    request: TrainRequest, prepared: Prepared, at_once: int, listener: Listener, started: float
) -> int:
    """As many as leave enough readings to each network; the machine is timed to know."""
    options = request.options
    settled = options.steps is not None or options.epochs is not None
    if options.budget is None or settled or not find_prepared(prepared.key):
        return 1  # without the cache the processes could not share the text
    budget = _without_mixing(options.budget)
    left = budget - (time.monotonic() - started)
    most = min(_MOST_ROUNDS, int(left / _ROUND_SECONDS))
    if most < 2 or left * _TOKENS_PER_SECOND < 2 * _READINGS * len(prepared.train):
        return 1
    from seqlm.recipes.train_language_model import readings_within

    first = network_rounds(request, at_once)[0][0]
    first = replace(first, options=replace(first.options, budget=budget))
    readings = readings_within(first, prepared, listener, started)
    return max(1, min(most, int(readings / _READINGS)))
