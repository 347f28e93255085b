"""word2vec's text format and fastText's ``.vec``: counts, then a word and its numbers a line.

The two differ in nothing but a space behind the last number. Numbers are written with nine digits,
which give every float32 back.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, BufferedWriter
from pathlib import Path

import numpy as np

from seqlm.errors import InputError
from seqlm.models.vector_rows import (
    MAX_WORD_BYTES,
    checked,
    ends_early,
    goes_on,
    header,
    new_matrix,
)
from seqlm.models.word_vectors import Floats, WordVectors

_NUMBER_BYTES = 40  # the longest that a number is expected to be
_NUMERIC = frozenset(b"0123456789+-.eEnaifNIF \t\r\n")


def read_text(file: BufferedReader, path: Path) -> WordVectors:
    """The vectors of an open file.

    Raises:
        InputError: a line that is not a word and as many numbers as the first line says, too few
            lines, or too many.
    """
    num_words, dim = header(file.readline(100), path)
    left = os.fstat(file.fileno()).st_size - file.tell()
    matrix = new_matrix(num_words, dim, 2 * dim + 1, left, path)
    limit = MAX_WORD_BYTES + dim * _NUMBER_BYTES
    words = []
    with strict_numbers():
        for number in range(num_words):
            line = file.readline(limit)
            if not line or (len(line) < limit and not line.endswith(b"\n")):
                raise ends_early(path, number, num_words)
            word, _, numbers = line.rstrip(b"\r\n ").partition(b" ")
            matrix[number] = numbers_of(numbers, dim, path, number + 2)
            words.append(word)
    if file.read(1 << 16).strip():
        raise goes_on(path, num_words)
    return checked(words, matrix, path)


def looks_like_text(start: bytes) -> bool:
    """Whether what stands behind the first line is a word and numbers in digits.

    Args:
        start: the beginning of the file, some kilobytes.
    """
    first, _, rest = start.partition(b"\n")
    fields = first.split()
    if len(fields) != 2 or not fields[1].isdigit():
        return True  # reading it gives the error
    numbers = rest.partition(b"\n")[0].partition(b" ")[2][: 2 * min(int(fields[1][:6]), 1000)]
    return all(byte in _NUMERIC for byte in numbers)


@contextmanager
def strict_numbers() -> Iterator[None]:
    """Make an error of what older numpys only warn of: text that is no number."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def numbers_of(text: bytes, dim: int, path: Path, line: int) -> Floats:
    """The ``dim`` numbers of ``text``; to be called within ``strict_numbers``.

    Raises:
        InputError: it holds something else, or more or fewer of them.
    """
    fields = len(text.split())
    if fields == dim:
        with suppress(ValueError, Warning):
            row = np.fromstring(text.decode("ascii"), np.float32, sep=" ")
            if len(row) == dim:
                return row
        what = "one is no number"
    else:
        what = f"{fields} stand there; {'a space in the word?' if fields > dim else 'cut off?'}"
    raise InputError(
        f"{path}, line {line}: there should be {dim} numbers ({what})", f"sed -n {line}p {path}"
    )


def write_text(vectors: WordVectors, file: BufferedWriter, *, trailing_space: bool) -> None:
    """Write to an open file.

    Args:
        trailing_space: behind the last number, as fastText writes it.

    Raises:
        InputError: there is white space in a word.
    """
    end = b" \n" if trailing_space else b"\n"
    form = (" ".join(["%.9g"] * vectors.dim)).encode()
    file.write(b"%d %d\n" % (len(vectors), vectors.dim))
    for word, row in zip(vectors.words, vectors.matrix, strict=True):
        file.write(format_word(word) + b" " + form % tuple(row.tolist()) + end)


def format_word(word: str) -> bytes:
    """``word`` as bytes that a space can follow.

    Raises:
        InputError: it holds a space, a tab or another character that ends a word there.
    """
    data = word.encode()
    if len(data.split()) != 1 or len(data.split()[0]) != len(data):
        raise InputError(
            f"the word {word!r} holds white space, which this format cannot", "--to npy"
        )
    return data
