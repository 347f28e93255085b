"""Arrays that may be larger than memory: in memory while small, else files that are mapped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from seqlm.data.mapped import forget

BYTES_PER_ENTRY = 128


class ArrayStore:
    """Makes arrays; those that would be large lie in a temporary folder until it is closed.

    Args:
        memory_limit: bytes of memory to work in. Half of it holds arrays; those that find no room
            there are mapped from files. The rest is for the work on one block at a time.
        parent: where the temporary folder is made; None is the system's place for such.
    """

    def __init__(self, memory_limit: int, parent: Path | None = None) -> None:
        self.memory_limit = memory_limit
        self._parent = parent
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._in_memory = 0
        self._files = 0
        self._mapped: list[NDArray[Any]] = []

    def __enter__(self) -> ArrayStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def block_length(self) -> int:
        """How many entries a step may work on at once; it needs 128 bytes for each, or less."""
        return max(1, self.memory_limit // 4 // BYTES_PER_ENTRY)

    @property
    def spilled(self) -> bool:
        """Whether anything lies on disk."""
        return self._folder is not None

    def zeros(self, length: int, dtype: DTypeLike) -> NDArray[Any]:
        """An array of ``length`` zeros."""
        num_bytes = length * np.dtype(dtype).itemsize
        if self._in_memory + num_bytes <= self.memory_limit // 2 or not length:
            self._in_memory += num_bytes
            return np.zeros(length, dtype)
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="seqlm-", dir=self._parent)
        self._files += 1
        path = Path(self._folder.name) / f"{self._files}.array"
        self._mapped.append(np.memmap(path, dtype=dtype, mode="w+", shape=(length,)))
        return self._mapped[-1]

    def keep(self, values: NDArray[Any]) -> NDArray[Any]:
        """``values``, moved to disk if memory is full."""
        kept = self.zeros(len(values), values.dtype)
        kept[:] = values
        return kept

    def free(self, *arrays: NDArray[Any]) -> None:
        """These arrays of this store, whole, are not needed any more."""
        for array in arrays:
            if isinstance(array, np.memmap):
                # Contents that are gone before the system has written them cost no writing.
                Path(str(array.filename)).unlink(missing_ok=True)
                self._mapped = [other for other in self._mapped if other is not array]
            else:
                self._in_memory -= array.nbytes

    def rest(self) -> None:
        """Between two blocks: ``forget`` what was mapped."""
        for array in self._mapped:
            forget(array)
