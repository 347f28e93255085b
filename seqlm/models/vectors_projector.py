"""TensorBoard's projector: ``vectors.tsv``, numbers between tabs, and ``metadata.tsv``, the words.

A metadata file of one column has no header, one of several has; the first column is the word.
"""

from __future__ import annotations

from io import BufferedWriter
from pathlib import Path

from seqlm.config import PROJECTOR_VECTORS
from seqlm.errors import InputError
from seqlm.models.vector_rows import (
    MAX_DIM,
    MAX_WORD_BYTES,
    checked,
    complete_lines,
    ends_early,
    goes_on,
    new_matrix,
)
from seqlm.models.vectors_text import numbers_of, strict_numbers
from seqlm.models.word_vectors import WordVectors

VECTORS, METADATA = PROJECTOR_VECTORS, "metadata.tsv"
_LINE_BYTES = 40 * MAX_DIM


def read_projector(path: Path) -> WordVectors:
    """The vectors of ``path``, a file like ``vectors.tsv`` with ``metadata.tsv`` beside it.

    Raises:
        InputError: one of the files is missing, malformed, or does not fit the other.
    """
    words = _words(path.with_name(METADATA), path)
    with open(path, "rb") as file:
        dim = len(file.readline(_LINE_BYTES).split(b"\t"))
        size = file.seek(0, 2)
        file.seek(0)
        if not 0 < dim <= MAX_DIM:
            raise InputError(f"{path} holds no vectors", "numbers between tabs, a line a vector")
        matrix = new_matrix(len(words), dim, 2 * dim, size, path)
        with strict_numbers():
            for number in range(len(words)):
                line = file.readline(_LINE_BYTES)
                if not line.endswith(b"\n"):
                    raise ends_early(path, number, len(words))
                matrix[number] = numbers_of(line.rstrip(b"\r\n"), dim, path, number + 1)
        if file.read(1 << 16).strip():
            raise goes_on(path, len(words))
    return checked(words, matrix, path)


def _words(metadata: Path, path: Path) -> list[bytes]:
    if not metadata.is_file():
        raise InputError(f"the words of {path} are not there", f"one word a line in {metadata}")
    lines = complete_lines(metadata)
    if b"\t" in lines[0]:
        lines = lines[1:]
    words = [line.removesuffix(b"\r").split(b"\t")[0] for line in lines]
    if not words or max(map(len, words)) > MAX_WORD_BYTES:
        raise InputError(f"{metadata} holds no words", "one word a line, in the order of the rows")
    return words


def write_projector(vectors: WordVectors, numbers: BufferedWriter, words: BufferedWriter) -> None:
    """Write to two open files.

    Raises:
        InputError: there is a tab in a word.
    """
    form = ("\t".join(["%.9g"] * vectors.dim) + "\n").encode()
    for word, row in zip(vectors.words, vectors.matrix, strict=True):
        if "\t" in word or "\r" in word:
            raise InputError(f"the word {word!r} holds a tab, which ends a column", "--to npy")
        numbers.write(form % tuple(row.tolist()))
        words.write(word.encode() + b"\n")
