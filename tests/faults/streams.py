"""Streams that are closed, full, or gone; signals and clocks; and who may write where."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.faults import forks, shim
from tests.faults.command_table import TEXT, Command, commands
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

BROKEN_PIPE = 141


def streams(workplace: Workplace, count: int) -> list[Finding]:
    """Each way once for the first ``count`` commands."""
    ways: list[tuple[str, Callable[[Workplace, Path, Command], str]]] = [
        ("`| head -1`, the reader gone: quiet, exit 141", _broken_pipe),
        ("`> /dev/full`: a clear error", _full),
        ("stdout closed: no traceback", _no_stdout),
        ("stdin closed: read from a file all the same", _no_stdin),
        ("stderr closed, or full: the work is done", _no_stderr),
        ("a clock an hour slow, from one run to the next", _clock),
    ]
    findings = []
    for title, way in ways:
        finding = Finding(title)
        for command in commands()[:count]:
            place = workplace.fresh()
            complaint = way(workplace, place, command)
            finding.check(not complaint, f"{command.title}: {complaint}")
            workplace.discard(place)
        findings.append(finding)
    return findings


def _run(workplace: Workplace, place: Path, command: Command, **how: object) -> forks.Outcome:
    given = {"stdin": workplace.stdin_of(command)} | how
    return forks.run(command.arguments(), place, **given)  # type: ignore[arg-type]


def _broken_pipe(workplace: Workplace, place: Path, command: Command) -> str:
    reader, writer = os.pipe()
    os.close(reader)
    done = _run(workplace, place, command, stdout=f"/proc/self/fd/{writer}")
    os.close(writer)
    said = [line for line in done.err.splitlines() if line.startswith(("error", "try"))]
    return "" if done.code == BROKEN_PIPE and not said else f"exit {done.code}: {said}"


def _full(workplace: Workplace, place: Path, command: Command) -> str:
    done = _run(workplace, place, command, stdout="/dev/full")
    return "" if done.code == 1 and done.is_clear_error else f"exit {done.code}: {done.err[-300:]}"


def _no_stdout(workplace: Workplace, place: Path, command: Command) -> str:
    done = _run(workplace, place, command, stdout=None)
    sound = done.code == 0 or done.is_clear_error
    return "" if sound and done.code >= 0 else f"exit {done.code}: {done.err[-300:]}"


def _no_stdin(workplace: Workplace, place: Path, command: Command) -> str:
    done = _run(workplace, place, command, stdin=None)
    if TEXT in command.line or not command.stdin:
        return "" if done.code == 0 else f"exit {done.code}: {done.err[-300:]}"
    sound = done.code == 0 or (done.code == 2 and done.is_clear_error)
    return "" if sound else f"exit {done.code}: {done.err[-300:]}"


def _no_stderr(workplace: Workplace, place: Path, command: Command) -> str:
    codes = [_run(workplace, place, command, stderr=way).code for way in (None, "/dev/full")]
    return "" if codes == [0, 0] else f"exit {codes}"


def _clock(workplace: Workplace, place: Path, command: Command) -> str:
    first = _run(workplace, place, command)
    second = _run(workplace, place, command, before=lambda: shim.set_clock(-3600))
    codes = first.code, second.code
    return "" if codes == (0, 0) else f"exit {codes}: {second.err[-300:]}"


def signals(workplace: Workplace, count: int) -> Finding:
    """SIGINT or SIGTERM at ``count`` moments of each command: the right code, nothing half made."""
    finding = Finding("SIGINT or SIGTERM at any moment: exit 130 or 143, nothing half written")
    for command in commands():
        place = workplace.fresh()
        whole = _run(workplace, place, command)
        for number in range(count):
            after = whole.seconds * (number + 0.5) / count
            sent = (signal.SIGINT, signal.SIGTERM)[number % 2]
            done = _run(workplace, place, command, kill_after=after, number=sent)
            expected = (0, 128 + sent, -sent if sent == signal.SIGTERM else 130)
            sound = done.code in expected and "Traceback" not in done.err and _sound(place)
            finding.check(
                sound, f"{command.title}, {sent} at {after:.2f} s: {done.code} {done.err[-300:]}"
            )
        workplace.discard(place)
    return finding


def _sound(place: Path) -> bool:
    """Whether what was written verifies."""
    from seqlm.errors import ModelError
    from seqlm.verified_folder import MANIFEST, verify_folder

    try:
        for folder in place.glob("out*"):
            if folder.is_dir() and (folder / MANIFEST).exists():
                verify_folder(folder)
    except ModelError:
        return False
    return True


def two_at_once(workplace: Workplace, count: int) -> Finding:
    """Start two trainings into one folder at the same time, ``count`` times each."""
    finding = Finding("two trainings into one folder: one goes on, the other leaves")
    for command in [command for command in commands() if command.trainer]:
        for _ in range(count):
            finding.check(*_two(workplace, command))
    return finding


def _two(workplace: Workplace, command: Command) -> tuple[bool, str]:
    place = workplace.fresh()
    logs = workplace.fresh(models=False)
    children = []
    for number in range(2):
        child = os.fork()
        if child == 0:
            streams = [logs / name for name in ("text.txt", f"out{number}", f"err{number}")]
            forks.be_the_program(command.arguments(), place, streams)
        children.append(child)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    sound = codes in ([0, 0], [0, 2]) and _sound(place)  # both: one after the other
    said = " ".join((logs / f"err{number}").read_text()[-200:] for number in range(2))
    workplace.discard(place)
    workplace.discard(logs)
    return sound, f"{command.title}: exit {codes}: {said}"


def read_only(workplace: Workplace, count: int) -> Finding:
    """A folder where nothing may be written, for the first ``count`` commands that write."""
    finding = Finding("a read-only folder: a clear error, and nothing changed")
    for command in [command for command in commands() if command.writes][:count]:
        place = workplace.fresh()
        (place / "closed").mkdir(mode=0o555)
        for name in ("cache", "tmp"):
            (place / name).mkdir()
        arguments = command.arguments(out="closed/out")
        done = forks.run(arguments, place, before=_without_rights(place))
        sound = done.code in (1, 2) and done.is_clear_error and not list(place.glob("closed/*"))
        finding.check(sound, f"{command.title}: exit {done.code}: {done.err[-300:]}")
        workplace.discard(place)
    return finding


def _without_rights(place: Path) -> Callable[[], None]:
    """In a fork: as a user who is not root, who owns everything here but the closed folder."""

    def before() -> None:
        if os.geteuid() == 0:
            for path in (place / "cache", place / "tmp", place):
                os.chown(path, 65534, 65534)
            os.setgid(65534)
            os.setuid(65534)

    return before
