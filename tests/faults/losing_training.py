"""Trainings that cannot go well: a loss that is no number, and too little memory."""

from __future__ import annotations

import resource
import shlex
from collections.abc import Callable
from pathlib import Path

from tests.faults import forks
from tests.faults.command_table import commands
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace, fingerprint

_HUGE = "1e30"
_ROOM = 512 << 20
_OPTIONS = {
    "train-lm": ("--batch-size", "3000", "--chunk-length", "64"),
    "train-translate": ("--batch-tokens", "1000000"),
}


def losing_training(workplace: Workplace, count: int) -> list[Finding]:
    """Each trainer with an absurd rate, and with a batch that does not fit, ``count`` times."""
    findings = [
        Finding("a loss that is not a number: a clear error, the old model as it was"),
        Finding("out of memory: the line that would have fitted, and it fits"),
    ]
    for _ in range(count):
        _rates(workplace, findings[0])
        _memory(workplace, findings[1])
    return findings


def _rates(workplace: Workplace, finding: Finding) -> None:
    for command in [command for command in commands() if command.trainer]:
        place = workplace.fresh(models=False)
        assert forks.run(command.arguments(), place).code == 0
        before = fingerprint(place / "out")
        longer = [*command.arguments(), "--lr", _HUGE]
        if "--steps" in longer:
            longer[longer.index("--steps") + 1] = "40"
        done = forks.run(longer, place)
        sound = done.code == 1 and done.is_clear_error and fingerprint(place / "out") == before
        finding.check(sound, f"{command.title}: exit {done.code}: {done.err[-300:]}")
        workplace.discard(place)


def _memory(workplace: Workplace, finding: Finding) -> None:
    for command in [command for command in commands() if command.trainer]:
        option = _OPTIONS.get(command.name)
        if option is None:
            continue
        place = workplace.fresh(models=False)
        long_text(place / "text.txt")
        long_text(place / "target.txt")
        arguments = [*command.arguments(), "--hidden-size", "64", *option]
        done = forks.run(arguments, place, before=limit_memory(_ROOM))
        told = done.err.splitlines()[-1:] or [""]
        fits = False
        if told[0].startswith("try: seqlm "):
            again = shlex.split(told[0].removeprefix("try: seqlm "))
            fits = forks.run(again, place, before=limit_memory(_ROOM)).code == 0
        sound = done.code == 1 and done.is_clear_error and fits
        finding.check(sound, f"{command.title}: exit {done.code}, fits: {fits}: {done.err[-300:]}")
        workplace.discard(place)


def long_text(path: Path) -> None:
    """The text often enough for a large batch."""
    path.write_bytes(path.read_bytes() * 400)


def limit_memory(room: int) -> Callable[[], None]:
    """In a fork: so many bytes of address space more than there are, and no more."""

    def before() -> None:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY))

    return before
