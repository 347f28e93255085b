"""word2vec's binary format: counts as text, then each word, a space, its float32 and a line end.

The line end is written as word2vec.c writes it and may be missing, as gensim leaves it out.
"""

from __future__ import annotations

import mmap
import sys
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
from seqlm.models.vectors_text import format_word
from seqlm.models.word_vectors import WordVectors


def read_binary(file: BufferedReader, path: Path) -> WordVectors:
    """The vectors of an open file.

    Raises:
        InputError: it is shorter or longer than its first line says, or a word has no end.
    """
    num_words, dim = header(file.readline(100), path)
    place = file.tell()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        row_bytes = 4 * dim
        matrix = new_matrix(num_words, dim, row_bytes + 1, len(data) - place, path)
        words: list[bytes] = []
        separated = False
        for number in range(num_words):
            space = data.find(b" ", place, place + MAX_WORD_BYTES)
            stop = space + 1 + row_bytes
            if stop > len(data) or (space < 0 and len(data) < place + MAX_WORD_BYTES):
                raise ends_early(path, number, num_words)
            if space < 0:
                raise InputError(
                    f"{path}: word {number + 1} has more than {MAX_WORD_BYTES:,} bytes",
                    "copy or download it again",
                )
            words.append(_word(data[place:space], words, separated, path))
            matrix[number] = np.frombuffer(data[space + 1 : stop], "<f4")
            place = stop
            separated = data[place : place + 1] == b"\n" if number == 0 else separated
        if data[place : place + 2].strip(b"\r\n") or len(data) > place + 2:
            raise goes_on(path, num_words)
    return checked(words, matrix, path)


def _word(data: bytes, before: list[bytes], separated: bool, path: Path) -> bytes:
    """A word without the line end of the row before; one elsewhere shows that bytes are lost.

    Args:
        separated: whether the first row has a line end behind it.
    """
    word = data.removeprefix(b"\n")
    if b"\n" in word or (before and separated != data.startswith(b"\n")):
        raise InputError(
            f"{path} is damaged: vector {len(before)} does not end where it should",
            "copy or download it again",
        )
    return word


def write_binary(vectors: WordVectors, file: BufferedWriter) -> None:
    """Write to an open file.

    Raises:
        InputError: there is white space in a word.
    """
    file.write(b"%d %d\n" % (len(vectors), vectors.dim))
    for word, row in zip(vectors.words, vectors.matrix, strict=True):
        numbers = row.astype(np.float32, copy=False)
        data = (numbers if sys.byteorder == "little" else numbers.byteswap()).tobytes()
        file.write(format_word(word) + b" " + data + b"\n")
