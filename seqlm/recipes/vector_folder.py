"""Vectors and their model folder: ``words.txt``, ``vectors.npy`` and ``config.json``.

The matrix is a ``.npy`` file because that can be mapped: looking up a word in a million reads a
row, and every program with numpy opens it in one call.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqlm.errors import InputError, ModelError, SeqlmError
from seqlm.model_folder import open_model, publish
from seqlm.models.vector_formats import read_vectors
from seqlm.models.vectors_numpy import map_matrix, write_matrix
from seqlm.models.word_list import WordList
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.part_files import read_parts
from seqlm.recipes.verification import Verification, is_foreign
from seqlm.verified_folder import open_regular, read_json

MATRIX, WORDS = "vectors.npy", "words.txt"
ARCHITECTURES = ("skipgram", "cbow", "count")


def publish_vectors(
    folder: Path,
    vectors: WordVectors,
    config: Mapping[str, Any],
    files: Mapping[str, bytes | Path] | None = None,
) -> None:
    """Write ``vectors`` as a model folder, in place of anything that stood there.

    Args:
        config: ``arch`` and whatever else belongs into ``config.json``.
        files: ``train.json``, ``README.md`` and the like.

    Raises:
        SeqlmError: the disk is full or a write fails; what stood there is unchanged.
    """
    whole: dict[str, Any] = {
        "format": 1,
        "kind": "vectors",
        **config,
        "vocab_size": len(vectors),
        "dim": vectors.dim,
        "parameters": vectors.matrix.size,
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".seqlm-") as scratch:
            matrix = Path(scratch, MATRIX)
            with open(matrix, "wb") as file:
                write_matrix(vectors.matrix, file)
            own: dict[str, bytes | Path] = {WORDS: vectors.words.to_bytes(), MATRIX: matrix}
            publish(folder, {**own, **(files or {})}, whole)
    except OSError as error:
        raise SeqlmError(
            f"cannot write {folder}: {error.strerror or error}",
            "free some space or choose another folder with -o; what was there is unchanged",
        ) from error


def load_vectors(path: Path) -> WordVectors:
    """The vectors of a model folder, or of a file in any of the formats.

    Raises:
        ModelError: the folder is missing, damaged, or of another kind.
        InputError: the file cannot be read, or is not whole.
    """
    if not is_foreign(path):
        open_model(path, ("vectors",))
        return read_folder(path)
    return read_vectors(path)


def open_vectors(verification: Verification) -> WordVectors:
    """The vectors that ``verification`` is about; nothing of them may leave before it confirms.

    Raises:
        ModelError, InputError: as ``load_vectors``.
    """
    path = verification.path
    if is_foreign(path):
        return read_vectors(path)
    try:
        return read_folder(path)
    except (SeqlmError, OSError, ValueError):
        verification.confirm()  # it has the better account of what is wrong
        raise


def read_folder(path: Path) -> WordVectors:
    """The vectors of a model folder that has been, or will be, verified.

    Raises:
        ModelError: its files do not fit each other.
    """
    config = read_json(path / "config.json")
    try:
        with open_regular(path / WORDS) as file:
            words = WordList(file.read())
        with open_regular(path / MATRIX):  # a plain file, or an error
            matrix = map_matrix(path / MATRIX)
    except InputError as error:
        raise ModelError(f"{path} is damaged: {error.message}", "train it again") from error
    if config.get("arch") not in ARCHITECTURES:
        raise ModelError(f"{path} is damaged: config.json makes no vectors", "train it again")
    sizes = config.get("vocab_size"), config.get("dim")
    if matrix.shape != sizes or len(words) != len(matrix):
        raise ModelError(
            f"{path} is damaged: {len(words)} words and a matrix of {matrix.shape[0]} x "
            f"{matrix.shape[1]} do not fit config.json",
            "train it again",
        )
    parts = read_parts(path, config) if config.get("subwords") is True else None
    return WordVectors(words, matrix, parts)
