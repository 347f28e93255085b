"""Networks trained at the same time, each in a process of its own.

Two small networks on half of the cores each read more text in a minute than one network on all of
them, and their mean is better than either. What they say travels through a pipe; when the
process that started them is gone, they save and stop as if they had been told to.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from seqlm.errors import Interrupted, SeqlmError
from seqlm.recipes.train_request import CHECKPOINTS, REQUEST, Listener, TrainRequest, TrainResult
from seqlm.training.interruption import StopRequest, stop_on_signal
from seqlm.verified_folder import MANIFEST

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from seqlm.recipes.language_model_choices import Choices
    from seqlm.recipes.prepare import Prepared
    from seqlm.training.fit import Run

_SECONDS_BETWEEN_STEPS_SHOWN = 0.2


@dataclass
class _Running:
    """One process, and what it has sent last."""

    request: TrainRequest
    process: BaseProcess
    connection: Connection
    error: SeqlmError | None = None

    @property
    def number(self) -> int:
        """Of the network, as its folder has it."""
        return int(self.request.folder.name.rpartition("-")[2])


def train_side_by_side(
    requests: Sequence[TrainRequest], prepared: Prepared, listener: Listener, started: float
) -> None:
    """Train a network for each request; one that is finished or begun already is gone on with.

    Args:
        requests: what to train; each has a folder of its own.
        prepared: the text of all of them, in the cache.
        listener: hears the steps of the first network and the evaluations of all.
        started: the ``time.monotonic()`` that budgets count from.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; every network has saved its checkpoint.
        SeqlmError: a training failed; the others have been stopped.
    """
    processes = multiprocessing.get_context("spawn")
    running = []
    with stop_on_signal() as stop:
        for request in requests:
            ours, theirs = processes.Pipe()
            process = processes.Process(target=_work, args=(theirs, request, prepared.key, started))
            process.start()
            theirs.close()
            running.append(_Running(request, process, ours))
        try:
            _listen(running, prepared, listener, stop)
        finally:
            for one in running:
                one.connection.close()
                one.process.join()
    _check_all_ended_well(running, stop)


def _check_all_ended_well(running: list[_Running], stop: StopRequest) -> None:
    """Raise what went wrong; the error of one goes before the silence of those it took along."""
    if stop.signal is not None:
        raise Interrupted("stopped", None, stop.exit_code)
    for one in running:
        if one.error is not None:
            raise one.error
    for one in running:
        if not (one.request.folder / MANIFEST).is_file():
            raise SeqlmError(
                f"a training process ended with {one.process.exitcode} and without a word",
                f"seqlm train-lm --resume -o {one.request.folder.parent.parent}",
            )


def _listen(
    running: list[_Running], prepared: Prepared, listener: Listener, stop: StopRequest
) -> None:
    """Pass on what the processes say until all have ended; a failure or a signal stops all."""
    open_ones = {one.connection: number for number, one in enumerate(running)}
    told = False
    while open_ones:
        for connection in wait(list(open_ones), timeout=0.5):
            assert isinstance(connection, Connection)
            number = open_ones[connection]
            try:
                _hear(running[number], number == 0, connection.recv(), prepared, listener)
            except (EOFError, OSError):
                del open_ones[connection]
        if not told and (stop.signal is not None or any(one.error for one in running)):
            told = True
            for one in running:
                one.process.terminate()


def _hear(
    one: _Running,
    first: bool,
    message: tuple[str, Any],
    prepared: Prepared,
    listener: Listener,
) -> None:
    what, content = message
    if what == "note":
        listener.note(content)
    elif what == "planned" and first:
        listener.planned(one.request, prepared, *content)
    elif what == "stepped" and first:
        listener.stepped(content)
    elif what == "evaluated":
        run, record = content
        listener.evaluated(run, record | {"network": one.number})
    elif what == "failed":
        one.error = content


def _work(connection: Connection, request: TrainRequest, corpus: str, started: float) -> None:
    """The process of one network."""
    threading.Thread(target=_stop_when_alone, args=(connection,), daemon=True).start()
    from seqlm.recipes.prepare import find_prepared
    from seqlm.recipes.train_language_model import train_language_model

    reporter = _Reporter(connection)
    try:
        if (request.folder / MANIFEST).is_file():
            return
        train_language_model(
            request,
            reporter,
            prepared=find_prepared(corpus),
            resume=(request.folder / CHECKPOINTS / REQUEST).is_file(),
            started=started,
        )
    except Interrupted:
        pass
    except SeqlmError as error:
        reporter.send("failed", error)


def _stop_when_alone(connection: Connection) -> None:
    """Ask this process to save and stop when the one that started it has gone."""
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    os.kill(os.getpid(), signal.SIGTERM)


class _Reporter:
    """The listener in a network's process: everything goes through the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last_step = 0.0

    def send(self, what: str, content: Any) -> None:
        """Send; that nobody listens any more is noticed elsewhere."""
        with contextlib.suppress(OSError):
            self._connection.send((what, content))

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self.send("note", text)

    def planned(
        self, request: TrainRequest, prepared: Prepared, choices: Choices, device: str
    ) -> None:
        """Everything is settled; the first step is next."""
        self.send("planned", (choices, device))

    def stepped(self, run: Run) -> None:
        """One more step; most of them are not worth a message."""
        if time.monotonic() - self._last_step > _SECONDS_BETWEEN_STEPS_SHOWN:
            self._last_step = time.monotonic()
            self.send("stepped", _without_tensors(run))

    def evaluated(self, run: Run, record: dict[str, Any]) -> None:
        """One more look at the held-out text."""
        self.send("evaluated", (_without_tensors(run), record))

    def finished(self, result: TrainResult) -> None:
        """The network's folder is there."""
        # That the folder is there says it.


def _without_tensors(run: Run) -> Run:
    """The numbers of a run, without weights and states."""
    return replace(run, state=None, best_weights={}, evaluations=[])
