"""Reading ARPA files, which others wrote: nothing in them is taken for granted.

Models that were pruned are read too, as long as each n-gram's context (the n-gram without its last
word) is there, which SRILM and KenLM see to.
"""

from __future__ import annotations

import gzip
import re
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import InputError
from seqlm.models.arpa import BEGIN, LN_10
from seqlm.models.ngram_file import MAX_ORDER, MAX_VOCABULARY
from seqlm.models.ngram_table import NgramTable
from seqlm.tokenizers.tokenizer import END, END_ID, UNKNOWN, UNKNOWN_ID

NEVER = -100.0
"""log10 of the probability of ``<unk>`` in a model that has none, as KenLM has it."""

_BEGIN_MARK = -1  # the id of <s> while reading
_MAX_LINE = 1 << 20  # bytes
_MAX_PREFACE = 1000  # lines of comment at most
_UNKNOWNS = (UNKNOWN.encode(), b"<UNK>")  # the second is SRILM's of old; KenLM takes both


def read_arpa(path: Path) -> tuple[list[str], NgramTable]:
    """Read an ARPA file, gzip or not.

    Returns:
        The text of each token, ``</s>`` and ``<unk>`` first and then as in the file, and the table.

    Raises:
        InputError: the file is no ARPA file, is cut off, or contradicts itself; with the line.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            return _read(_Lines(path, gzip.GzipFile(fileobj=raw) if compressed else raw))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}",
            "an ARPA file, plain or gzip",
        ) from error


@dataclass
class _Lines:
    """The lines of a file, and the number of the one that was read last."""

    path: Path
    file: IO[bytes] | gzip.GzipFile
    number: int = 0

    def next(self) -> bytes | None:
        """The next line without the white space around it, None at the end of the file."""
        line = self.file.readline(_MAX_LINE)
        self.number += 1
        if len(line) == _MAX_LINE:
            self.fail(f"the line is longer than {_MAX_LINE} bytes")
        return line.strip() if line else None

    def content(self) -> bytes | None:
        """The next line that is not empty."""
        while (line := self.next()) == b"":
            pass
        return line

    def expect(self, wanted: bytes) -> None:
        """Read the next line that is not empty, which has to be ``wanted``."""
        line = self.content()
        if line != wanted:
            found = "the file ends" if line is None else f"found {_shown(line)}"
            self.fail(f"expected {wanted.decode()}, {found}")

    def fail(self, what: str, number: int | None = None) -> NoReturn:
        """Refuse the file at a line, the last one unless told otherwise."""
        where = f"{self.path}, line {self.number if number is None else number}"
        raise InputError(f"{where}: {what}", "an ARPA file as seqlm, KenLM or SRILM writes it")


class _Values(NamedTuple):
    """The figures of one order; entry i stands in line ``first + i``.

    Attributes:
        log_probs: log10 probabilities, (entries,).
        backoffs: log10 weights, 0 where there is none, (entries,).
    """

    log_probs: NDArray[np.float64]
    backoffs: NDArray[np.float64]
    first: int


def _read(lines: _Lines) -> tuple[list[str], NgramTable]:
    counts = _header(lines)
    ids, words, values = _unigrams(lines, counts)
    keys: list[NDArray[np.int64]] = []
    log_probs, backoffs = [_natural(values.log_probs)], [_natural(values.backoffs)]
    for n in range(2, len(counts) + 1):
        tokens, values = _ngrams(lines, n, counts, ids)
        own = _keys(lines, values.first, tokens, keys, len(words))
        by_key = np.argsort(own)
        keys.append(own[by_key])
        twice = np.flatnonzero(keys[-1][1:] == keys[-1][:-1])
        if len(twice):
            lines.fail("the same n-gram a second time", values.first + int(by_key[twice[0] + 1]))
        log_probs.append(_natural(values.log_probs[by_key]))
        backoffs.append(_natural(values.backoffs[by_key]))
    lines.expect(b"\\end\\")
    if lines.content() is not None:
        lines.fail("there is more after \\end\\")
    return words, NgramTable(len(words), tuple(keys), tuple(log_probs), tuple(backoffs[:-1]))


def _header(lines: _Lines) -> list[int]:
    """The number of n-grams of each order."""
    line = lines.content()
    while line != b"\\data\\":
        if line is None or line.startswith(b"\\") or lines.number > _MAX_PREFACE:
            lines.fail("there is no \\data\\ before it: this is no ARPA file")
        line = lines.content()
    counts: list[int] = []
    while line := lines.next():
        match = re.fullmatch(rb"ngram +(\d{1,3}) *= *(\d{1,15})", line)
        if match is None or int(match[1]) != len(counts) + 1:
            lines.fail(f"expected ngram {len(counts) + 1}=NUMBER, found {_shown(line)}")
        counts.append(int(match[2]))
    if not 1 <= len(counts) <= MAX_ORDER:
        lines.fail(f"the order has to be between 1 and {MAX_ORDER}, not {len(counts)}")
    if not 2 <= counts[0] <= MAX_VOCABULARY:
        lines.fail(f"a vocabulary of {counts[0]} words cannot be used")
    return counts


def _entries(lines: _Lines, n: int, counts: list[int]) -> Iterator[list[bytes]]:
    """The fields of every entry of order ``n``: log-probability, n words, and perhaps a weight.

    The highest order needs no weight; some toolkits write a zero.
    """
    widths = (n + 1, n + 2)
    highest = n == len(counts)
    for entry in range(counts[n - 1]):
        line = lines.next()
        if not line or (line.startswith(b"\\") and line.endswith(b"-grams:")):
            lines.fail(f"{entry} {n}-grams, where the header says {counts[n - 1]}")
        fields = line.split()
        if len(fields) not in widths:
            wanted = " or ".join(map(str, widths))
            lines.fail(f"{len(fields)} fields, where a {n}-gram has {wanted}")
        if highest and len(fields) == n + 2 and fields[-1].strip(b"-0."):
            lines.fail(f"a back-off weight of a {n}-gram, where there is no higher order")
        yield fields


class _Figures:
    """Collects the figures of one order while its lines are read."""

    def __init__(self, lines: _Lines, n: int) -> None:
        self._lines = lines
        self._n = n
        self._log_probs: list[float] = []
        self._backoffs: list[float] = []
        self._first = lines.number + 1

    def add(self, fields: list[bytes]) -> None:
        """The figures of one entry."""
        try:
            self._log_probs.append(float(fields[0]))
            self._backoffs.append(float(fields[self._n + 1]) if len(fields) > self._n + 1 else 0.0)
        except ValueError:
            self._lines.fail(f"not a number: {_shown(fields[0])} or {_shown(fields[-1])}")

    def values(self) -> _Values:
        """All of them, checked."""
        values = _Values(np.array(self._log_probs), np.array(self._backoffs), self._first)
        sound = np.isfinite(values.log_probs) & np.isfinite(values.backoffs)
        wrong = np.flatnonzero(~sound | (values.log_probs > 0))
        if len(wrong):
            number = self._first + int(wrong[0])
            self._lines.fail("a log-probability has to be a number that is not above 0", number)
        return values


def _unigrams(lines: _Lines, counts: list[int]) -> tuple[dict[bytes, int], list[str], _Values]:
    """Give each word an id: the ids, the words, and the figures in the order of the ids."""
    lines.expect(b"\\1-grams:")
    figures = _Figures(lines, 1)
    rows: dict[bytes, int] = {}
    for fields in _entries(lines, 1, counts):
        figures.add(fields)
        if fields[1] in rows:
            lines.fail(f"the word {_shown(fields[1])} a second time")
        rows[fields[1]] = len(rows)
    values = figures.values()
    begin, end = BEGIN.encode(), END.encode()
    unknown = next((word for word in _UNKNOWNS if word in rows), _UNKNOWNS[0])
    if begin not in rows or end not in rows:
        lines.fail(f"no {BEGIN} or no {END} among the words: this is no model of lines")
    in_order = [end, unknown, *(word for word in rows if word not in (begin, end, unknown))]
    log_probs, backoffs = np.append(values.log_probs, NEVER), np.append(values.backoffs, 0.0)
    backoffs[rows[end]] = backoffs[rows[begin]]
    chosen = [rows.get(word, -1) for word in in_order]
    ids = {word: i for i, word in enumerate(in_order)}
    ids[begin] = _BEGIN_MARK
    words = [
        _decoded(lines, word, values.first + row)
        for word, row in zip(in_order, chosen, strict=True)
    ]
    words[UNKNOWN_ID] = UNKNOWN
    return ids, words, _Values(log_probs[chosen], backoffs[chosen], values.first)


def _decoded(lines: _Lines, word: bytes, number: int) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError:
        lines.fail(f"the word {_shown(word)} is not UTF-8", number)


def _ngrams(
    lines: _Lines, n: int, counts: list[int], ids: dict[bytes, int]
) -> tuple[NDArray[np.int64], _Values]:
    """Read the entries of an order from 2 on: their tokens, (entries, n), and their figures."""
    lines.expect(b"\\%d-grams:" % n)
    figures = _Figures(lines, n)
    flat = array("q")
    for fields in _entries(lines, n, counts):
        figures.add(fields)
        try:
            flat.extend(map(ids.__getitem__, fields[1 : n + 1]))
        except KeyError as error:
            lines.fail(f"{_shown(error.args[0])} is not among the 1-grams")
    values = figures.values()
    tokens = np.array(flat, np.int64).reshape(-1, n)
    misplaced = (tokens[:, 1:] == _BEGIN_MARK).any(axis=1) | (tokens[:, :-1] == END_ID).any(axis=1)
    wrong = np.flatnonzero(misplaced)
    if len(wrong):
        lines.fail(f"{BEGIN} stands only first and {END} only last", values.first + int(wrong[0]))
    tokens[tokens == _BEGIN_MARK] = END_ID
    return tokens, values


def _keys(
    lines: _Lines,
    first: int,
    tokens: NDArray[np.int64],
    keys: list[NDArray[np.int64]],
    vocab_size: int,
) -> NDArray[np.int64]:
    """The key of every entry; each context has to be an n-gram of the order below."""
    nodes = tokens[:, 0]
    for column, lower in enumerate(keys, start=1):
        wanted = nodes * vocab_size + tokens[:, column]
        nodes = np.searchsorted(lower, wanted)
        there = nodes < len(lower)
        there[there] = lower[nodes[there]] == wanted[there]
        missing = np.flatnonzero(~there)
        if len(missing):
            number = first + int(missing[0])
            lines.fail("the n-gram's context, without its last word, is not in the file", number)
    return nodes * vocab_size + tokens[:, -1]


def _natural(log10: NDArray[np.float64]) -> NDArray[np.float32]:
    return (log10 * LN_10).astype(np.float32)


def _shown(text: bytes) -> str:
    """Some foreign bytes, harmless and short."""
    return repr(text[:60].decode(errors="replace"))
