"""Run the parts of the harness and print a table in markdown.

    python -m tests.faults.torture kills=200 folders=100000 results=results.jsonl
    python -m tests.faults.torture only=streams,writes commands=tokenize,perplexity

Each part has a count; 0 leaves it out. ``commands``, ``models`` and ``trainers`` narrow what is
tried, looked at and compiled first. With the C compiler of the system it preloads the library
that makes writes fail; it needs Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults import shim
from tests.faults.findings import HEADER, Finding

Part = Callable[..., "Finding | list[Finding]"]


def _parts() -> dict[str, tuple[int, Part]]:
    """By name: the count of the long run, and what it runs."""
    from tests.faults.bad_texts import bad_texts
    from tests.faults.damaged_folders import damaged_folders
    from tests.faults.failing_writes import FAULTS, failing_writes
    from tests.faults.gradients import gradients
    from tests.faults.hostile_folders import hostile_folders
    from tests.faults.kills import every_step, kills
    from tests.faults.large_inputs import large_inputs
    from tests.faults.losing_training import losing_training
    from tests.faults.parsers import fuzz
    from tests.faults.repeats import repeats
    from tests.faults.round_trips import round_trips
    from tests.faults.streams import read_only, signals, streams, two_at_once
    from tests.faults.terminals import terminals
    from tests.faults.trainers import TRAINERS

    resumable = [name for name in TRAINERS if name != "ngram"]
    return {
        **{f"kills.{name}": (200, partial(kills, name=name)) for name in TRAINERS},
        **{f"steps.{name}": (200, partial(every_step, name=name)) for name in resumable},
        **{f"writes.{action}": (1, partial(failing_writes, action=action)) for action in FAULTS},
        "inputs": (1000, bad_texts),
        "folders": (100_000, damaged_folders),
        "hostile": (1000, hostile_folders),
        "parsers": (2000, fuzz),
        "strings": (100_000, round_trips),
        "terminal": (10_000, terminals),
        "streams": (1000, streams),
        "signals": (8, signals),
        "two": (3, two_at_once),
        "closed": (1000, read_only),
        "repeats": (1000, repeats),
        "losing": (1, losing_training),
        "gradients": (40, lambda workplace, count: gradients(count)),
        "megabytes": (1000, large_inputs),
    }


def main(arguments: list[str]) -> int:
    """Run what the arguments say; 1 if anything failed."""
    given = (argument.split("=", 1) for argument in arguments)
    settings = {name.lower(): value for name, value in given}
    root = Path(tempfile.mkdtemp(prefix="seqlm-torture-", dir=settings.pop("place", _fast_disk())))
    try:
        if not shim.is_preloaded():
            return _again_with_the_shim(root, arguments)
        from tests.faults.command_table import choose
        from tests.faults.trainers import TRAINERS
        from tests.faults.warm_up import warm_up
        from tests.faults.workplace import Workplace

        choose(_listed(settings, "commands"))
        warm_up(_listed(settings, "trainers") or TRAINERS)
        (root / "work").mkdir()
        workplace = Workplace(root / "work", models=_listed(settings, "models"))
        return _run_parts(workplace, settings)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _listed(settings: dict[str, str], name: str) -> list[str]:
    """A setting that is a list, taken out of the settings."""
    return list(filter(None, settings.pop(name, "").split(",")))


def _run_parts(workplace: object, settings: dict[str, str]) -> int:
    results = settings.pop("results", None)
    only = set(_listed(settings, "only"))
    failed = 0
    print(HEADER, flush=True)
    for name, (usual, part) in _parts().items():
        group = name.partition(".")[0]
        count = int(settings.get(name, settings.get(group, usual)))
        if not count or (only and not only & {name, group}):
            continue
        started = time.monotonic()
        made = part(workplace, count)
        for finding in made if isinstance(made, list) else [made]:
            finding.seconds = round(time.monotonic() - started, 1)
            print(finding.row(), flush=True)
            for failure in finding.failures[:20]:
                print(f"    {failure}", file=sys.stderr, flush=True)
            if results:
                finding.append_to(Path(results))
            failed += len(finding.failures)
    return 1 if failed else 0


def _again_with_the_shim(root: Path, arguments: list[str]) -> int:
    """The same in a process that the library is loaded into."""
    library = shim.build(root)
    environment = os.environ | {"LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.faults.torture", *arguments]
    return subprocess.run(command, env=environment).returncode


def _fast_disk() -> str | None:
    """A disk in memory, if there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
