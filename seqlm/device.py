"""Which device computes, and what it can do."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlm.errors import InputError

if TYPE_CHECKING:
    import torch


def choose_device(name: str) -> torch.device:
    """The device called ``name``: auto, cpu, cuda, cuda:N or mps; auto takes the best there is.

    Raises:
        InputError: the device is not there or is no such name.
    """
    import torch

    present = _present(torch)
    if name == "auto":
        return torch.device(present[0])
    if name not in (*present, "cuda") or (name == "cuda" and "cuda:0" not in present):
        raise InputError(f"there is no device {name[:40]!r} here", f"--device {present[0]}")
    return torch.device(name)


def _present(torch: Any) -> list[str]:
    """Names of the devices on this machine, the fastest first."""
    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return [*gpus, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def describe(device: torch.device) -> str:
    """The device in words, for people and for ``train.json``."""
    import torch

    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    if device.type == "mps":
        return f"{platform.processor() or platform.machine()} (mps)"
    return f"cpu, {torch.get_num_threads()} threads"


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is computed in hardware; elsewhere it can crawl or crash."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    if device.type != "cpu":
        return False
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16") or abilities.get("bf16"))


def set_threads(threads: int | None) -> int:
    """Compute with that many threads (default: the cores this process may use); how many it is."""
    import torch

    torch.set_num_threads(threads or usable_cores())
    return torch.get_num_threads()


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory() -> int | None:
    """Bytes that could be used without anything being swapped out; None where nobody knows."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return next((int(kilobytes) << 10 for kilobytes in found), None)


def keep_freed_memory() -> None:
    """Let the C library keep what torch frees, so that each step need not fault it in anew.

    glibc returns large blocks to the system at once; a training step asks for the same tens of
    megabytes again a moment later and the kernel clears them page by page, which was measured at up
    to half of a step's time. Elsewhere this does nothing.
    """
    import ctypes

    m_trim_threshold, m_mmap_threshold = -1, -3
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(m_mmap_threshold, 1 << 30)
    mallopt(m_trim_threshold, (1 << 31) - 1)
