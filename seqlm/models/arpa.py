"""ARPA files: back-off tables as text, the format that n-gram toolkits exchange.

    \\data\\
    ngram 1=4
    ngram 2=3

    \\1-grams:
    -0.9542425	<unk>
    0	<s>	-0.30103
    ...
    \\2-grams:
    -0.22	the	cat        log10 probability, tab, n-gram, tab, log10 back-off weight
    \\end\\

Logs are to base 10. ``<s>`` begins a line and is never predicted, ``</s>`` ends it; both are
``END_ID`` in a table, which keeps them apart by where they stand.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import InputError
from seqlm.models.ngram_table import NgramTable
from seqlm.tokenizers.tokenizer import END, END_ID, UNKNOWN
from seqlm.whole_file import whole_file

BEGIN = "<s>"
LN_10 = math.log(10)
NEVER = -99  # the probability of <s>, which nobody asks for
_BLOCK = 1 << 16  # n-grams written at once


def write_arpa(table: NgramTable, words: Sequence[str], path: Path) -> None:
    """Write ``table`` to ``path``, compressed if its name ends in ``.gz``.

    Args:
        table: the model.
        words: the text of each token; ``</s>`` and ``<unk>`` are the first two.

    Raises:
        InputError: a word that the format cannot hold: empty, with white space in it, or twice.
        SeqlmError: the disk is full; what stood there is unchanged.
    """
    _check_words(words, table.vocab_size)
    with _create(path) as file:
        file.write(b"\\data\\\n")
        for n, size in enumerate(table.sizes, start=1):
            file.write(b"ngram %d=%d\n" % (n, size + (n == 1)))
        for n in range(1, table.order + 1):
            file.write(b"\n\\%d-grams:\n" % n)
            for start in range(0, table.sizes[n - 1], _BLOCK):
                part = slice(start, min(start + _BLOCK, table.sizes[n - 1]))
                file.write("".join(_lines(table, words, n, part)).encode())
        file.write(b"\n\\end\\\n")


@contextmanager
def _create(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    with whole_file(path) as raw:
        if path.suffix != ".gz":
            yield raw
            return
        # No time and no name inside: the same model gives the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
            yield file


def _check_words(words: Sequence[str], vocab_size: int) -> None:
    if len(words) != vocab_size or tuple(words[:2]) != (END, UNKNOWN):
        raise ValueError("the words are not those of the table")
    seen = {BEGIN}
    for word in words:
        if word in seen or word.encode().split() != [word.encode()]:
            raise InputError(
                f"an ARPA file cannot hold the token {word!r}", "a model of words or subwords"
            )
        seen.add(word)


def _lines(table: NgramTable, words: Sequence[str], n: int, part: slice) -> Iterator[str]:
    """The lines of some n-grams of order ``n``."""
    tokens = ngram_tokens(table, n, part)
    names = np.array(words, dtype=object)
    columns = [names[tokens[:, place]] for place in range(n)]
    if n > 1:
        columns[0][tokens[:, 0] == END_ID] = BEGIN
    texts = map(" ".join, zip(*columns, strict=True))
    log_probs = _log10(table.log_probs[n - 1][part])
    first = n == 1 and part.start == 0
    if n == table.order:
        if first:
            yield f"{NEVER}\t{BEGIN}\n"
        for log_prob, text in zip(log_probs, texts, strict=True):
            yield f"{log_prob:.7g}\t{text}\n"
        return
    backoffs = _log10(table.backoffs[n - 1][part])
    if first:
        yield f"{NEVER}\t{BEGIN}\t{backoffs[END_ID]:.7g}\n"
        backoffs[END_ID] = 0.0
    for log_prob, text, backoff in zip(log_probs, texts, backoffs, strict=True):
        yield f"{log_prob:.7g}\t{text}\t{backoff:.7g}\n"


def _log10(values: NDArray[np.float32]) -> list[float]:
    found: list[float] = (values.astype(np.float64) / LN_10).tolist()
    return found


def ngram_tokens(table: NgramTable, n: int, part: slice) -> NDArray[np.int64]:
    """The tokens of some n-grams of order ``n``, (n-grams, n)."""
    tokens = np.empty((part.stop - part.start, n), np.int64)
    nodes = np.arange(part.start, part.stop)
    for level in range(n, 1, -1):
        keys = table.keys[level - 2][nodes]
        tokens[:, level - 1] = keys % table.vocab_size
        nodes = keys // table.vocab_size
    tokens[:, 0] = nodes
    return tokens
