"""An n-gram table as a safetensors file: written a piece at a time, read with every value checked.

keys.2 ... keys.N          int64, context * vocab_size + token, rising
log_probs.1 ... .N         float32, natural logs
backoffs.1 ... .N-1        float32, natural logs of the weights
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.data.mapped import forget
from seqlm.errors import ModelError
from seqlm.models.ngram_table import NgramTable

_TYPES = {"int64": "I64", "float32": "F32"}
_PIECE = 1 << 20  # entries
MAX_HEADER_BYTES = 1 << 20
MAX_ORDER = 32
MAX_VOCABULARY = 1 << 24


def table_config(table: NgramTable) -> dict[str, Any]:
    """The entries of ``config.json`` that ``read_table`` needs."""
    return {
        "arch": "ngram",
        "vocab_size": table.vocab_size,
        "order": table.order,
        "num_ngrams": table.sizes,
    }


def write_table(table: NgramTable, path: Path) -> None:
    """Write the arrays of ``table``, which may be mapped from disk, in bounded memory."""
    arrays = _arrays(table)
    header: dict[str, Any] = {}
    offset = 0
    for name, array in arrays.items():
        end = offset + array.nbytes
        header[name] = {
            "dtype": _TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of 8 bytes
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            for start in range(0, len(array), _PIECE):
                file.write(np.ascontiguousarray(array[start : start + _PIECE]).data)
                forget(array)


def _arrays(table: NgramTable) -> dict[str, NDArray[Any]]:
    """Every array by its name, the widest numbers first."""
    found: dict[str, NDArray[Any]] = {}
    for n, keys in enumerate(table.keys, start=2):
        found[f"keys.{n}"] = keys
    for n, log_probs in enumerate(table.log_probs, start=1):
        found[f"log_probs.{n}"] = log_probs
    for n, backoffs in enumerate(table.backoffs, start=1):
        found[f"backoffs.{n}"] = backoffs
    return found


def read_table(path: Path, config: Mapping[str, Any]) -> NgramTable:
    """The table in a file whose sha256 has been verified.

    Args:
        path: ``model.safetensors``.
        config: with the entries of ``table_config``.

    Raises:
        ModelError: the configuration is out of range, or the arrays are not such a table.
    """
    order, vocab_size, sizes = _checked(config, path)
    arrays = _read_arrays(path)
    expected = {f"keys.{n}": ("int64", sizes[n - 1]) for n in range(2, order + 1)}
    expected |= {f"log_probs.{n}": ("float32", sizes[n - 1]) for n in range(1, order + 1)}
    expected |= {f"backoffs.{n}": ("float32", sizes[n - 1]) for n in range(1, order)}
    found = {
        name: (array.dtype.name, len(array) if array.ndim == 1 else -1)
        for name, array in arrays.items()
    }
    if found != expected:
        raise ModelError(f"{path} does not fit its config.json: other arrays", "train it again")
    table = NgramTable(
        vocab_size,
        tuple(arrays[f"keys.{n}"] for n in range(2, order + 1)),
        tuple(arrays[f"log_probs.{n}"] for n in range(1, order + 1)),
        tuple(arrays[f"backoffs.{n}"] for n in range(1, order)),
    )
    _check_values(table, path)
    return table


def _checked(config: Mapping[str, Any], path: Path) -> tuple[int, int, list[int]]:
    order, vocab_size = config.get("order"), config.get("vocab_size")
    sizes = config.get("num_ngrams")
    sound = (
        type(order) is int
        and 1 <= order <= MAX_ORDER
        and type(vocab_size) is int
        and 2 <= vocab_size <= MAX_VOCABULARY
        and isinstance(sizes, list)
        and len(sizes) == order
        and all(type(size) is int and size >= 0 for size in sizes)
        and sizes[0] == vocab_size
        and max(sizes) * vocab_size < 2**63
    )
    if not sound:
        raise ModelError(f"{path.parent} is damaged: config.json makes no model", "train it again")
    assert isinstance(order, int)
    assert isinstance(vocab_size, int)
    assert isinstance(sizes, list)
    return order, vocab_size, sizes


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= MAX_HEADER_BYTES:
            raise ValueError(f"its header has {length} bytes")
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged: {error}", "train it again") from error


def _check_values(table: NgramTable, path: Path) -> None:
    """Every n-gram's context exists, keys rise, logs are finite and no probability is over 1."""
    for name, array in _arrays(table).items():
        kind, _, n = name.partition(".")
        if kind == "keys":
            most = table.sizes[int(n) - 2] * table.vocab_size
            sound = not len(array) or (array[0] >= 0 and array[-1] < most)
            sound = sound and bool((array[1:] > array[:-1]).all())
        else:
            sound = bool(np.isfinite(array).all())
            sound = sound and (kind == "backoffs" or float(array.max(initial=0.0)) <= 0.0)
        if not sound:
            raise ModelError(f"{path} is damaged: {name} is out of order", "train it again")
