"""The arrays of a safetensors file, read with numpy alone and every limit checked first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.device import free_memory
from seqlm.errors import ModelError, SeqlmError

MAX_HEADER_BYTES = 1 << 20
MAX_TENSORS = 10_000


def read_arrays(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    """The float32 arrays of a file whose sha256 has been verified.

    Args:
        path: the file.
        shapes: what must be in it, and nothing else.

    Raises:
        ModelError: the file is malformed, an array is missing, too many, of another shape or type,
            or holds what is not a finite number.
        SeqlmError: there is less memory than the file is long.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    check_file(path)
    try:
        arrays = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged: {error}", "train it again") from error
    if set(arrays) != set(shapes):
        raise ModelError(f"{path} does not fit its config.json: other tensors", "train it again")
    for name, array in arrays.items():
        if array.shape != shapes[name] or array.dtype != np.float32:
            raise ModelError(
                f"{path} does not fit its config.json: {name} is {array.shape}", "train it again"
            )
        if not np.isfinite(array.sum(dtype=np.float64)):
            raise ModelError(f"{path} is damaged: {name} is not finite", "train it again")
    return arrays


def check_file(path: Path) -> None:
    """Refuse a file that cannot be what it says, or that the machine cannot hold.

    Raises:
        ModelError: the header is too large or malformed.
        SeqlmError: there is less memory than the file is long.
    """
    _check_header(path)
    size, free = path.stat().st_size, free_memory()
    if free is not None and size > free:
        raise SeqlmError(
            f"{path} needs {size >> 20:,} MB of memory, and {free >> 20:,} MB are free",
            "a machine with more memory, or a smaller model",
        )


def _check_header(path: Path) -> None:
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= MAX_HEADER_BYTES:
            raise ModelError(f"{path} is damaged: its header has {length} bytes", "train it again")
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{path} is damaged: malformed header", "train it again") from error
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise ModelError(f"{path} is damaged: malformed header", "train it again")
