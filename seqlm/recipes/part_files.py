"""The vectors of parts of words in a model folder: ``parts.npy`` and ``parts.hashes``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from seqlm.errors import InputError, ModelError
from seqlm.models.subwords import PartRules, PartVectors
from seqlm.models.vectors_numpy import map_matrix, write_matrix
from seqlm.verified_folder import open_regular

MATRIX, HASHES = "parts.npy", "parts.hashes"
_MOST_LETTERS = 64


@contextmanager
def part_files(parts: PartVectors, beside: Path) -> Iterator[dict[str, bytes | Path]]:
    """The files that hold ``parts``, while inside.

    Args:
        beside: a folder that is to come; the matrix is written near it for the time being.
    """
    beside.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=beside.parent, prefix=".seqlm-") as scratch:
        matrix = Path(scratch, MATRIX)
        with open(matrix, "wb") as file:
            write_matrix(parts.matrix, file)
        yield {MATRIX: matrix, HASHES: parts.hashes.astype("<i4").tobytes()}


def read_parts(path: Path, config: Mapping[str, Any]) -> PartVectors:
    """The parts of the model folder ``path``, which has been, or will be, verified.

    Raises:
        ModelError: the files do not fit each other or ``config``.
    """
    rules = _rules(path, config)
    try:
        with open_regular(path / HASHES) as file:
            data = file.read()
        with open_regular(path / MATRIX):  # a plain file, or an error
            matrix = map_matrix(path / MATRIX)
    except InputError as error:
        raise _damaged(path, error.message) from error
    hashes = np.frombuffer(data[: len(data) & -4], "<i4").astype(np.int32)
    if len(data) % 4 or len(hashes) != len(matrix) or matrix.shape[1] != config.get("dim"):
        raise _damaged(path, f"{HASHES} and {MATRIX} do not fit")
    if hashes[0] < 0 or hashes[-1] >= rules.buckets or (np.diff(hashes) <= 0).any():
        raise _damaged(path, f"{HASHES} is not in order")
    return PartVectors(rules, hashes, matrix)


def _rules(path: Path, config: Mapping[str, Any]) -> PartRules:
    shortest, longest = config.get("min_part"), config.get("max_part")
    jamo, buckets = config.get("jamo"), config.get("buckets")
    if (
        type(shortest) is int
        and type(longest) is int
        and type(jamo) is bool
        and type(buckets) is int
        and 1 <= shortest <= longest <= _MOST_LETTERS
        and 1 <= buckets < 1 << 31
    ):
        return PartRules(shortest, longest, jamo, buckets)
    raise _damaged(path, "config.json does not say how words are divided")


def _damaged(path: Path, what: str) -> ModelError:
    return ModelError(f"{path} is damaged: {what}", "train it again")
