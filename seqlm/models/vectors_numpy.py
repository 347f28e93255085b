"""A numpy matrix and a file of words: ``vectors.npy`` and ``vectors.words.txt``.

The matrix is mapped, not read: a program that asks for one word touches one row.
"""

from __future__ import annotations

from io import BufferedReader, BufferedWriter
from pathlib import Path

import numpy as np

from seqlm.errors import InputError
from seqlm.models.vector_rows import MAX_DIM, MAX_WORDS, checked, complete_lines
from seqlm.models.word_vectors import Floats, WordVectors

MAGIC = b"\x93NUMPY"
_KINDS = ("<f4", ">f4", "<f8", ">f8", "<f2")


def words_path(path: Path) -> Path:
    """Where the words of the matrix at ``path`` are."""
    return path.with_suffix(".words.txt")


def read_numpy(path: Path) -> WordVectors:
    """The vectors at ``path`` and the words beside.

    Raises:
        InputError: one of the files is missing, malformed, or does not fit the other.
    """
    matrix = map_matrix(path)
    beside = words_path(path)
    if not beside.is_file():
        raise InputError(f"the words of {path} are not there", f"one word a line in {beside}")
    words = complete_lines(beside)
    if len(words) != len(matrix):
        raise InputError(
            f"{beside} has {len(words):,} lines, and {path} {len(matrix):,} vectors",
            "one word a line, in the order of the rows",
        )
    return checked([word.removesuffix(b"\r") for word in words], matrix, path)


def map_matrix(path: Path) -> Floats:
    """The float32 (rows, columns) matrix of a ``.npy`` file, mapped where it is one already.

    Raises:
        InputError: it is no matrix of floating-point numbers, or not as long as it says.
    """
    with open(path, "rb") as file:
        shape, by_column, kind = _header(file, path)
        offset = file.tell()
        size = file.seek(0, 2)
    rows, columns = shape
    if size != offset + rows * columns * kind.itemsize:
        raise InputError(
            f"{path} has {size - offset:,} bytes of numbers, and its header says {rows} x {columns}"
            f" of {kind.itemsize} bytes",
            "copy or download it again",
        )
    mapped: Floats = np.memmap(
        path, kind, "r", offset=offset, shape=shape, order="F" if by_column else "C"
    )
    matrix: Floats = np.ascontiguousarray(mapped, np.float32)  # itself, if it is that already
    return matrix


def _header(file: BufferedReader, path: Path) -> tuple[tuple[int, int], bool, np.dtype[np.float32]]:
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        shape, by_column, kind = readers[np.lib.format.read_magic(file)](file, max_header_size=1000)
    except Exception as error:  # numpy lets through what its parser of Python literals raises
        raise InputError(f"{path} is no .npy file that can be read", "numpy.save it") from error
    sound = (
        kind.str in _KINDS
        and len(shape) == 2
        and all(type(length) is int for length in shape)
        and 0 < shape[0] <= MAX_WORDS
        and 0 < shape[1] <= MAX_DIM
    )
    if not sound:
        raise InputError(
            f"{path} holds {kind} of shape {shape}, not a matrix of floating-point numbers",
            "a float32 matrix, one row for each word",
        )
    return (shape[0], shape[1]), by_column, kind


def write_matrix(matrix: Floats, file: BufferedWriter) -> None:
    """Write ``matrix`` (rows, columns) as the bytes of a ``.npy`` file, little-endian float32."""
    description = {"descr": "<f4", "fortran_order": False, "shape": matrix.shape}
    np.lib.format.write_array_header_1_0(file, description)
    step = 1 << 14
    for start in range(0, len(matrix), step):
        file.write(np.ascontiguousarray(matrix[start : start + step], "<f4").tobytes())
