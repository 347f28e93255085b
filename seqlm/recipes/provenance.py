"""When, where and with what a model was made, and whether it still is made with the same."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from seqlm import __version__


def made_now(*packages: str) -> dict[str, Any]:
    """The entries of ``train.json`` that every model has.

    Args:
        packages: whose versions matter, beside our own and Python's.
    """
    return {
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "versions": versions(*packages),
    }


def versions(*packages: str) -> dict[str, str]:
    """Versions of ours, of those packages and of Python, by name."""
    found = {name: metadata.version(name) for name in packages}
    return {"seqlm": __version__, **found, "python": platform.python_version()}


def processor() -> str:
    """The processor's name as the system gives it: another one may round differently."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def surroundings(device: str, *packages: str) -> dict[str, str]:
    """What has to be the same for a training to be gone on with to the same bits.

    Args:
        device: in words, with the number of threads.
        packages: that compute.
    """
    return {**versions(*packages), "device": device, "processor": processor()}


def difference(before: Mapping[str, str] | None, now: Mapping[str, str]) -> str | None:
    """What is not as it was when a training began, in a sentence; None where all of it is."""
    changed = [
        f"{name} was {(before or {}).get(name, 'not recorded')} and is {value}"
        for name, value in now.items()
        if (before or {}).get(name) != value
    ]
    return f"the weights may come out different: {', '.join(changed)}" if changed else None
