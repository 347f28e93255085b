"""The preloaded C library that makes writes fail: built with the system's compiler, and armed."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SOURCE = Path(__file__).with_name("shim.c")
Action = Literal["count", "full", "error", "short", "kill"]
_ACTIONS: tuple[Action, ...] = ("count", "full", "error", "short", "kill")


@dataclass(frozen=True)
class Fault:
    """What goes wrong in a run.

    Attributes:
        action: count: nothing; full: no room from the change on; error: one change fails; short:
            one write takes half of its bytes; kill: SIGKILL at the change, for every other one
            after half of its bytes.
        at: which change below the folder, from 1.
        below: the folder; None is where the run works.
    """

    action: Action
    at: int = 0
    below: Path | None = None


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return shutil.which("cc") or shutil.which("gcc") if sys.platform == "linux" else None


def build(folder: Path) -> Path:
    """Compile the library into ``folder``."""
    library = folder / "shim.so"
    command = [compiler() or "cc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return library


def is_preloaded() -> bool:
    """Whether this process runs with the library."""
    return hasattr(ctypes.CDLL(None), "faults_arm")


def arm(fault: Fault, below: Path) -> None:
    """Let the next changes below that folder go wrong as ``fault`` says; the count starts anew."""
    path = os.fsencode(fault.below or below) + b"/"
    ctypes.CDLL(None).faults_arm(path, _ACTIONS.index(fault.action), ctypes.c_long(fault.at))


def changes() -> int:
    """Changes since ``arm``, in this process and those forked from it since."""
    seen = ctypes.CDLL(None).faults_seen
    seen.restype = ctypes.c_long
    return int(seen())


def set_clock(offset: int) -> None:
    """Let the wall clock of this process be wrong by so many seconds."""
    ctypes.CDLL(None).faults_set_clock(ctypes.c_long(offset))
