"""Rows of word2vec's tables: a word's own, those of its parts, those a thread has for itself.

Everything here is compiled into the kernels. Addresses and sizes are in bytes; ``row`` is a tuple
whose length is the number of ``Lanes`` in a row, so that it is known when a kernel is compiled.
"""

from __future__ import annotations

from typing import Any

from seqlm.compiled import part
from seqlm.compiled.lane_math import Float
from seqlm.compiled.lanes import BYTES, add, fill, load, multiply_add, store, subtract
from seqlm.compiled.memory import load_int
from seqlm.compiled.rows import add_row, clear_row, copy_row, prefetch_row


@part
def input_row(places: Any, word: Any, row: Any) -> Any:
    """Where a row of ``inputs`` lies."""
    return places.inputs + word * (BYTES * len(row))


@part
def output_row(places: Any, word: Any, row: Any) -> Any:
    """Where this thread keeps a word's output row: among its own if the word is frequent."""
    table = places.hot if word < places.num_hot else places.outputs
    return table + word * (BYTES * len(row))


@part
def take_hot(places: Any, row: Any) -> None:
    """Start a thread's own rows from the shared ones."""
    size = places.num_hot * (BYTES * len(row))
    for at in range(0, size, BYTES):
        value = load(places.outputs + at)
        store(places.hot + at, value)
        store(places.hot + size + at, value)


@part
def merge_hot(places: Any, row: Any) -> None:
    """Add what this thread has changed in its own rows to the shared ones, and take those anew."""
    size = places.num_hot * (BYTES * len(row))
    for at in range(0, size, BYTES):
        change = subtract(load(places.hot + at), load(places.hot + size + at))
        value = add(load(places.outputs + at), change)
        store(places.outputs + at, value)
        store(places.hot + at, value)
        store(places.hot + size + at, value)


@part
def subword_range(places: Any, word: Any) -> Any:
    """The first index among the subwords of ``word``, and the one after the last."""
    return load_int(places.starts + 4 * word), load_int(places.starts + 4 * word + 4)


@part
def subword_row(places: Any, index: Any, row: Any) -> Any:
    """Where the row of one subword lies."""
    return input_row(places, load_int(places.rows + 4 * index), row)


@part
def compose(places: Any, subwords: Any, word: Any, target: Any, row: Any) -> None:
    """Write a word's input vector to ``target``: its row, or the mean of its subwords' rows."""
    if subwords is None:
        copy_row(input_row(places, word, row), target, row)
    else:
        first, end = subword_range(places, word)
        share = fill(Float(1) / Float(end - first))
        clear_row(target, row)
        for index in range(first, end):
            source = subword_row(places, index, row)
            for at in range(0, BYTES * len(row), BYTES):
                store(target + at, multiply_add(load(source + at), share, load(target + at)))


@part
def spread(places: Any, subwords: Any, word: Any, change: Any, row: Any) -> None:
    """Add the row at ``change`` to a word's row, or in full to each of its subwords' rows."""
    if subwords is None:
        add_row(change, input_row(places, word, row), row)
    else:
        first, end = subword_range(places, word)
        for index in range(first, end):
            add_row(change, subword_row(places, index, row), row)


@part
def prefetch_word(places: Any, subwords: Any, word: Any, row: Any) -> None:
    """Have the rows of a word's input vector fetched meanwhile."""
    if subwords is None:
        prefetch_row(input_row(places, word, row), row)
    else:
        first, end = subword_range(places, word)
        for index in range(first, end):
            prefetch_row(subword_row(places, index, row), row)
