"""Arrays that are mapped from files."""

from __future__ import annotations

import mmap
from typing import Any

from numpy.typing import NDArray


def forget(array: NDArray[Any]) -> None:
    """Give back the memory that holds a mapped array's contents; they stay in its file.

    What has been read or written counts as the process's memory until then. Nothing happens to an
    array that is not mapped from a file.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
