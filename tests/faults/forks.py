"""Commands run in forks of a process that has imported everything: a run takes no start-up time.

A fork goes through ``seqlm.commands.main`` with descriptors of its own, as a new process would.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tests.faults import shim
from tests.faults.shim import Fault

TIME_LIMIT = 120
"""Seconds after which a run counts as hung; the machine may be busy with other things."""
CLOSED = None


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        code: the exit code; minus the signal's number if a signal ended it.
        out: what it wrote to stdout, where that was kept.
        err: what it wrote to stderr, where that was kept.
        seconds: from fork to end.
        hung: it was ended because it took too long.
        changes: changes below the folder of its fault.
    """

    code: int
    out: bytes
    err: str
    seconds: float
    hung: bool = False
    changes: int = 0

    @property
    def is_clear_error(self) -> bool:
        """One ``error:`` and one ``try:`` line at the end, and no traceback."""
        lines = self.err.splitlines()
        ends = len(lines) >= 2 and lines[-2].startswith("error: ") and lines[-1].startswith("try: ")
        return ends and "Traceback" not in self.err


def run(
    arguments: Sequence[str],
    folder: Path,
    *,
    stdin: bytes | Path | None = b"",
    stdout: str | Path | None = "",
    stderr: str | Path | None = "",
    fault: Fault | None = None,
    kill_after: float | None = None,
    number: int = signal.SIGKILL,
    before: Callable[[], object] = lambda: None,
) -> Outcome:
    """Run one command line in ``folder``.

    Args:
        arguments: without the program's name.
        folder: the working folder; its cache and its temporary files lie in it.
        stdin: the bytes that are there to be read; None: closed.
        stdout: a file to write to, None: closed; else it is kept.
        stderr: likewise.
        fault: what goes wrong.
        kill_after: seconds until ``number`` is sent.
        number: the signal.
        before: called in the fork before the command.
    """
    logs = folder.with_name(f"{folder.name}.logs")
    logs.mkdir(exist_ok=True)
    for name in ("out", "err"):
        (logs / name).write_bytes(b"")  # a run may be killed before it has opened them
    places = [
        stdin if isinstance(stdin, Path) or stdin is None else logs / "in",
        logs / "out" if stdout == "" else stdout,
        logs / "err" if stderr == "" else stderr,
    ]
    if isinstance(stdin, bytes):
        (logs / "in").write_bytes(stdin)
    if shim.is_preloaded():
        shim.arm(Fault("count"), folder)  # the memory of the count is made before the fork
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        be_the_program(arguments, folder, places, fault, before)
    status, hung = _wait(child, kill_after, number)
    return Outcome(
        os.waitstatus_to_exitcode(status),
        (logs / "out").read_bytes() if stdout == "" else b"",
        (logs / "err").read_text(errors="replace") if stderr == "" else "",
        time.monotonic() - started,
        hung,
        shim.changes() if shim.is_preloaded() else 0,
    )


def _wait(child: int, kill_after: float | None, number: int) -> tuple[int, bool]:
    """Wait for the end, sending a signal on the way; the status, and whether it hung."""
    descriptor = os.pidfd_open(child)
    try:
        if kill_after is not None and not select.select([descriptor], [], [], kill_after)[0]:
            os.kill(child, number)
        # Second by second: if this process is paused, that is not the child's time.
        hung = not any(select.select([descriptor], [], [], 1.0)[0] for _ in range(TIME_LIMIT))
        if hung:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(descriptor)
    return os.waitpid(child, 0)[1], hung


def be_the_program(
    arguments: Sequence[str],
    folder: Path,
    places: Sequence[str | Path | None],
    fault: Fault | None = None,
    before: Callable[[], object] = lambda: None,
) -> NoReturn:
    """What a new process does, in a fork; it ends here."""
    code = 70
    try:
        _take_over(folder, places)
        before()
        if fault is not None:
            shim.arm(fault, folder)
        sys.argv = ["seqlm", *arguments]
        from seqlm.commands import main

        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        with contextlib.suppress(OSError):
            os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _take_over(folder: Path, places: Sequence[str | Path | None]) -> None:
    """Working folder, surroundings and the three streams of a new process."""
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("SEQLM_")]:
        del os.environ[name]
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ |= {"SEQLM_CACHE_DIR": str(folder / "cache"), "TMPDIR": str(temporary)}
    import tempfile

    tempfile.tempdir = None
    flags = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_TRUNC] * 2)
    for number, place in enumerate(places):
        if place is CLOSED:
            os.close(number)
        else:
            opened = os.open(place, flags[number], 0o644)
            os.dup2(opened, number)
            os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        _stream(number) if place is not CLOSED else None for number, place in enumerate(places)
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _stream(number: int) -> io.TextIOWrapper:
    """A standard stream as the interpreter opens it."""
    mode = "rb" if number == 0 else "wb"
    buffer = open(number, mode, closefd=False)  # noqa: SIM115 (lives as long as the fork)
    return io.TextIOWrapper(buffer, "utf-8", "backslashreplace", line_buffering=number == 2)
