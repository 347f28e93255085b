"""Rows as others' files hold them: checked, mended where that loses nothing, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqlm.errors import InputError
from seqlm.models.word_list import WordList
from seqlm.models.word_vectors import Floats, WordVectors

MAX_DIM = 1 << 16
MAX_WORDS = 1 << 31
MAX_WORD_BYTES = 10_000


def header(line: bytes, path: Path) -> tuple[int, int]:
    """The two numbers, words and dim, of the first line of a word2vec or fastText file.

    Raises:
        InputError: they are not there, or nothing can be that large.
    """
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) < 19 for field in fields):
        raise InputError(
            f"{path} does not begin with two counts, words and numbers in a vector",
            f"a first line such as '400000 100' (words: wc -l {path})",
        )
    num_words, dim = map(int, fields)
    if not (0 < num_words <= MAX_WORDS and 0 < dim <= MAX_DIM):
        raise InputError(
            f"{path} says that it holds {num_words} vectors of {dim} numbers",
            f"1 to {MAX_WORDS} vectors of 1 to {MAX_DIM} numbers",
        )
    return num_words, dim


def new_matrix(num_words: int, dim: int, row_bytes: int, left: int, path: Path) -> Floats:
    """An empty matrix, if the file is long enough for it.

    Args:
        row_bytes: the fewest bytes that a row takes in the file.
        left: bytes behind the header.

    Raises:
        InputError: the file is too short, or the matrix does not fit into memory.
    """
    if left < num_words * row_bytes:
        raise InputError(
            f"{path} is too short: {num_words:,} vectors of {dim} numbers do not fit "
            f"into {left:,} bytes",
            "copy or download it again",
        )
    try:
        return np.empty((num_words, dim), np.float32)
    except MemoryError as error:
        raise InputError(
            f"{path} needs {num_words * dim * 4 >> 20:,} MB of memory", "a smaller file"
        ) from error


def ends_early(path: Path, found: int, wanted: int) -> InputError:
    """The error of a file that holds fewer vectors than it says."""
    return InputError(
        f"{path} ends after {found:,} of the {wanted:,} vectors that it says it holds",
        "copy or download it again",
    )


def goes_on(path: Path, wanted: int) -> InputError:
    """The error of a file that holds more vectors than it says."""
    return InputError(
        f"{path} goes on after the {wanted:,} vectors that it says it holds",
        "mend the count in its first line, or download it again",
    )


def complete_lines(path: Path) -> list[bytes]:
    """The lines of a file that ends with a line end, without their ends.

    Raises:
        InputError: it does not, so it may have been cut off.
    """
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        raise InputError(
            f"{path} does not end with a line end: its last line may be cut off", f"tail -1 {path}"
        )
    return data[:-1].split(b"\n")


def checked(words: Sequence[bytes], matrix: Floats, path: Path) -> WordVectors:
    """Vectors of what was read; rows that no word could find are left out and counted.

    Those are rows of an empty word, of one that is not UTF-8 (word2vec.c cuts words at a byte), and
    of a word that was there before.

    Args:
        words: a word for each row of ``matrix``, as it stood.

    Raises:
        InputError: a number is not finite, or nothing is left.
    """
    _check_finite(matrix, words, path)
    kept: dict[str, int] = {}
    empty = invalid = 0
    for number, word in enumerate(words):
        try:
            text = word.decode("utf-8")
        except UnicodeDecodeError:
            invalid += 1
            continue
        if not text or "\n" in text:
            empty += 1
            continue
        kept.setdefault(text, number)
    if not kept:
        raise InputError(f"{path} holds no word that can be read", "another file")
    twice = len(words) - empty - invalid - len(kept)
    if len(kept) < len(words):
        matrix = matrix[np.fromiter(kept.values(), np.int64, len(kept))]
    cases = (
        (empty, "an empty word, or one with a line end"),
        (invalid, "a word that is not valid UTF-8"),
        (twice, "a word that was there before"),
    )
    remarks = [f"{path}: left out: {count:,} of {what}" for count, what in cases if count]
    return WordVectors(WordList(_lines(kept)), matrix, remarks=remarks)


def _lines(words: dict[str, int]) -> bytes:
    return "".join(word + "\n" for word in words).encode()


def _check_finite(matrix: Floats, words: Sequence[bytes], path: Path) -> None:
    step = 1 << 14
    for start in range(0, len(matrix), step):
        block = np.asarray(np.isfinite(matrix[start : start + step]).all(axis=1))
        if not block.all():
            number = start + int(np.argmin(block))
            shown = words[number].decode("utf-8", "replace")
            raise InputError(
                f"{path}: vector {number + 1} ({shown!r}) holds a number that is not finite",
                "another file, or train it again",
            )
