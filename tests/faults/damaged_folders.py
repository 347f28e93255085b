"""Damaged and forged model folders: refused, quickly, and in little memory."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import seqlm
from seqlm.errors import ModelError
from tests.faults.damage import FORGED, RAW, Files, forge_manifest
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

BATCH = 500
"""Folders that one fork tries."""
MEMORY = 256 << 20
SECONDS = 2.0
_LINE = ["the old man", "영화가 정말"]


def damaged_folders(workplace: Workplace, count: int) -> list[Finding]:
    """Half of ``count`` damaged as a disk does it, half forged with a manifest that fits."""
    workplace.make_models()
    raw, forged = Finding("damaged model folders"), Finding("forged model folders")
    for number, finding in enumerate((raw, forged)):
        taken, slowest, most = 0, 0.0, 0
        for first in range(0, count // 2, BATCH):
            numbers = range(first, min(first + BATCH, count // 2))
            for line in _in_a_fork(workplace, numbers, forged=bool(number)):
                kind, _, rest = line.partition("\t")
                if kind == "figures":
                    figures = rest.split("\t")
                    taken += int(figures[0])
                    slowest, most = max(slowest, float(figures[1])), max(most, int(figures[2]))
                else:
                    finding.failures.append(rest)
            finding.cases += len(numbers)
        finding.figure = f"{taken:,} taken; slowest {slowest:.2f} s of CPU; {most} MB at most"
    forged.figure = forged.figure.replace("taken", "opened, with sound values in them")
    return [raw, forged]


def _in_a_fork(workplace: Workplace, numbers: range, *, forged: bool) -> list[str]:
    """Try those folders in a fork, so that a crash is seen; its report, line by line."""
    report, place = workplace.folder / "report", workplace.folder / "damaged"
    report.write_text("")
    child = os.fork()
    if child == 0:
        try:
            _try_all(workplace, place, report, numbers, forged)
            os._exit(0)
        except BaseException as error:
            with open(report, "a", encoding="utf-8") as out:
                out.write(f"failure\tthe harness: {error!r}\n")
        finally:
            os._exit(70)
    _, status = os.waitpid(child, 0)
    lines = report.read_text(errors="replace").splitlines()
    code = os.waitstatus_to_exitcode(status)
    return [*lines, f"failure\tcrash: {code} after {lines[-1:]}"] if code else lines


def _try_all(workplace: Workplace, place: Path, report: Path, numbers: range, forged: bool) -> None:
    signal.alarm(600)
    originals = list(_originals(workplace))
    for files in originals:
        _write(place, files)
        _open(place)  # what is imported late, is imported now
    start = _resident()
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY, resource.RLIM_INFINITY))
    taken, slowest = 0, 0.0
    with open(report, "a", encoding="utf-8", errors="replace") as out:
        for number in numbers:
            what, files = _damaged(originals, number, forged)
            if not files:
                continue
            _write(place, files)
            started = time.process_time()
            complaint = _outcome(place, forged)
            seconds = time.process_time() - started
            slowest = max(slowest, seconds)
            taken += complaint is None
            if seconds > SECONDS:
                complaint = f"{seconds:.1f} s"
            if complaint:
                out.write(f"failure\t{number} {what}: {complaint}\n".replace("\n", " ") + "\n")
        out.write(f"figures\t{taken}\t{slowest}\t{max(0, _resident() - start) >> 20}\n")


def _originals(workplace: Workplace) -> Iterator[Files]:
    for folder in sorted((workplace.template / "models").iterdir()):
        if not folder.name.startswith("."):
            yield {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _damaged(originals: list[Files], number: int, forged: bool) -> tuple[str, Files]:
    """The damaged folder of that number; nothing where the damage changed nothing."""
    chance = Random(f"{forged} {number}")
    original = originals[number % len(originals)]
    files = dict(original)
    way = chance.choice(FORGED if forged else RAW)
    way(files, chance)
    if files == original:
        return "", {}
    if forged:
        forge_manifest(files)
    return f"{number % len(originals)} {way.__name__}", files


def _write(place: Path, files: Files) -> None:
    place.mkdir(exist_ok=True)
    for path in place.iterdir():
        path.unlink()
    for name, data in files.items():
        (place / name).write_bytes(data)


def _open(place: Path) -> None:
    """Open a folder and use what is in it."""
    model: Any = seqlm.load(place, device="cpu")
    if hasattr(model, "translate"):
        assert len(list(model.translate(_LINE, beam=1, max_length=3))) == len(_LINE)
    elif hasattr(model, "score"):
        scores = list(model.score(_LINE))
        assert len(scores) == len(_LINE)
        assert all(score <= 1e-6 for score in scores), scores
    elif hasattr(model, "encode"):
        for line in _LINE:
            ids = model.encode(line)
            assert all(0 <= token < model.vocab_size for token in ids)
            model.decode(ids)


def _outcome(place: Path, forged: bool) -> str | None:
    """What is wrong with how a folder was received; "" if it was refused, None if it is fine."""
    try:
        _open(place)
    except ModelError:
        return ""
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return None if forged else "accepted"


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
