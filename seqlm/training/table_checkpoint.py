"""Checkpoints of arrays that a stopped training goes on from exactly.

A checkpoint is a verified folder ``step-N`` with one ``.npy`` file for each array and the counters
as JSON. The last two are kept; resuming takes the newest one that verifies.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import ModelError, SeqlmError
from seqlm.verified_folder import read_json, verify_folder, write_folder

KEPT = 2
_COUNTERS = "state.json"


def save_tables(
    folder: Path, step: int, tables: Mapping[str, NDArray[Any]], counters: Mapping[str, Any]
) -> None:
    """Write ``folder/step-N``, then remove all but the last two.

    Raises:
        SeqlmError: it could not be written; the ones before are untouched.
    """
    files: dict[str, bytes | Path] = {_COUNTERS: json.dumps(counters, allow_nan=False).encode()}
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".tables-") as scratch:
            for name, table in tables.items():
                files[f"{name}.npy"] = Path(scratch, name)
                with open(Path(scratch, name), "wb") as file:
                    np.lib.format.write_array(file, table, allow_pickle=False)
            write_folder(folder / f"step-{step:09d}", files)
    except OSError as error:
        raise SeqlmError(
            f"cannot write a checkpoint in {folder}: {error.strerror or error}", "free some space"
        ) from error
    for old in _checkpoints(folder)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def restore_tables(
    folder: Path, like: Mapping[str, NDArray[Any]]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[str]]:
    """Open the newest good checkpoint of ``folder``.

    Args:
        folder: holds checkpoints, or none yet.
        like: arrays of the shapes and types that were saved.

    Returns:
        The counters and the arrays, mapped (both empty if there is no checkpoint), and what to
        tell the user: the damaged checkpoints that were passed over.

    Raises:
        ModelError: there are checkpoints and none verifies, or they are of another training.
    """
    found = _checkpoints(folder)
    passed_over: list[str] = []
    for checkpoint in reversed(found):
        try:
            verify_folder(checkpoint)
        except ModelError as error:
            passed_over.append(error.message)
            continue
        tables = {name: _open(checkpoint, name, table) for name, table in like.items()}
        return read_json(checkpoint / _COUNTERS), tables, passed_over
    if found:
        raise ModelError(
            f"{folder} holds no checkpoint that can be read", "train again without --resume"
        )
    return {}, {}, []


def _open(checkpoint: Path, name: str, like: NDArray[Any]) -> NDArray[Any]:
    try:
        saved: NDArray[Any] = np.load(checkpoint / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{checkpoint} is damaged: {error}", "train again without --resume"
        ) from error
    if saved.shape != like.shape or saved.dtype != like.dtype:
        raise ModelError(
            f"{checkpoint} is of another training: {name} is {saved.shape}",
            "train again without --resume",
        )
    return saved


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if path.is_dir())
