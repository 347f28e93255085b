"""No room, a disk error, a short write, at every change that every command makes on the disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from seqlm.errors import ModelError
from seqlm.verified_folder import MANIFEST, verify_folder
from tests.faults import forks
from tests.faults.command_table import Command, commands
from tests.faults.findings import Finding
from tests.faults.shim import Fault
from tests.faults.workplace import Workplace, fingerprint

FAULTS = {"full": "no room from then on", "error": "one failing call", "short": "one short write"}
_TIMED = {"train.json", "metrics.jsonl", "README.md", MANIFEST}


def failing_writes(workplace: Workplace, every: int, action: str) -> Finding:
    """Let each so many-th change of each command fail in one of the three ways."""
    finding = Finding(f"at a write of a command: {FAULTS[action]}")
    finished: list[str] = []
    for command in commands():
        finished += _fail_each(workplace, command, action, every, finding)
    finding.figure = f"{len(finished)} finished all the same, with the same result"
    if action == "full" and finished:
        finding.figure += ": " + "; ".join(finished[:5])
    return finding


def _fail_each(
    workplace: Workplace, command: Command, action: str, every: int, finding: Finding
) -> list[str]:
    """Run a command again and again over its own result; where it finished all the same."""
    place = workplace.fresh()
    whole = _run(workplace, command, place, Fault("count"))
    assert whole.code == 0, (command.title, whole)
    made = _written(place)
    finished = []
    for at in range(1, whole.changes + 1, every):
        for name in ("cache", "tmp"):
            shutil.rmtree(place / name, ignore_errors=True)
        before = _written(place)
        done = _run(workplace, command, place, Fault(action, at))  # type: ignore[arg-type]
        if done.changes < at:
            break  # over its own result it needs fewer: nothing went wrong
        complaint = _complaint(done, place, before, made, whole)
        finding.check(not complaint, f"{command.title}, change {at}, {action}: {complaint}")
        finished += [f"{command.title}, change {at}"] if done.code == 0 else []
    workplace.discard(place)
    return finished


def _run(workplace: Workplace, command: Command, place: Path, fault: Fault) -> forks.Outcome:
    stdin = workplace.stdin_of(command)
    return forks.run(command.arguments(), place, stdin=stdin, fault=fault)


def _written(place: Path) -> dict[str, dict[str, str]]:
    """What the command has written: the files of each output by their hash."""
    return {path.name: fingerprint(path) for path in sorted(place.glob("out*"))}


def _complaint(
    done: forks.Outcome,
    place: Path,
    before: dict[str, dict[str, str]],
    made: dict[str, dict[str, str]],
    whole: forks.Outcome,
) -> str:
    """What is wrong with how a run ended, or nothing."""
    after = _written(place)
    if done.code == 0:
        same = _untimed(after) == _untimed(made) and done.out == whole.out
        return _damage(place) if same else "exit 0 and another result"
    if done.code < 0 or not done.is_clear_error:
        return f"exit {done.code}: {done.err[-400:]}"
    if after != before:
        return f"exit {done.code}, and what was there has changed"
    hidden = [path for pattern in (".*.tmp", ".seqlm*", "tmp/*") for path in place.glob(pattern)]
    return f"left behind: {hidden}" if hidden else ""


def _untimed(written: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Without the files that say when they were written."""
    return {
        name: {file: digest for file, digest in files.items() if file not in _TIMED}
        for name, files in written.items()
    }


def _damage(place: Path) -> str:
    for path in place.glob("out*"):
        if path.is_dir() and (path / MANIFEST).exists():
            try:
                verify_folder(path)
            except ModelError as error:
                return f"exit 0 and {error.message}"
    return ""
