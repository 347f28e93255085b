"""What the skip-gram and the CBOW kernel share: the sigmoid, and rows of the two tables.

Everything here is compiled into the kernels. Addresses and sizes are in bytes; ``row`` is a tuple
whose length is the number of ``Lanes`` in a row, so that it is known when a kernel is compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import part
from seqlm.compiled.lanes import (
    BYTES,
    add,
    clip,
    divide,
    fill,
    load,
    logarithm_parts,
    multiply,
    multiply_add,
    store,
    subtract,
)
from seqlm.compiled.memory import load_float, load_int, prefetch
from seqlm.data.windows import HALF, below, mix

Float = np.float32
WHOLE = 2**32 - 1


class Tables(NamedTuple):
    """What is learnt, and one thread's own copy of its busiest part.

    Attributes:
        inputs: (words and subwords, width): the vectors.
        outputs: (words, width): the vectors of words as they are predicted, by falling frequency.
        hot: (2, frequent words, width): this thread's rows of the most frequent outputs, and what
            they were when they were last brought together with ``outputs``.
    """

    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    hot: NDArray[np.float32]


class Subwords(NamedTuple):
    """Rows of ``inputs`` that make up each word: ``rows[starts[word] : starts[word + 1]]``."""

    starts: NDArray[np.int32]
    rows: NDArray[np.int32]


class Places(NamedTuple):
    """Where all of it lies: addresses, because arrays would be counted references at each use.

    Attributes:
        inputs, outputs, hot: see ``Tables``.
        num_hot: words whose output rows this thread has for itself.
        starts, rows: see ``Subwords``.
        threshold, other: see ``windows.Noise``.
        num_noise: how many words can be drawn.
        words, first, last: see ``windows.Kept``.
        num_words: how many words were kept.
    """

    inputs: int
    outputs: int
    hot: int
    num_hot: int
    starts: int
    rows: int
    threshold: int
    other: int
    num_noise: int
    words: int
    first: int
    last: int
    num_words: int


@part
def find_places(tables: Any, subwords: Any, noise: Any, kept: Any, num_words: Any) -> Any:
    """The addresses of these arrays."""
    starts = rows = 0
    if subwords is not None:
        starts, rows = subwords.starts.ctypes.data, subwords.rows.ctypes.data
    return Places(
        tables.inputs.ctypes.data,
        tables.outputs.ctypes.data,
        tables.hot.ctypes.data,
        tables.hot.shape[1],
        starts,
        rows,
        noise.threshold.ctypes.data,
        noise.other.ctypes.data,
        noise.threshold.shape[0],
        kept.words.ctypes.data,
        kept.first.ctypes.data,
        kept.last.ctypes.data,
        num_words,
    )


@part
def draw(places: Any, state: Any) -> Any:
    """A word by its share of the noise, given a state that was stepped on."""
    number = mix(state)
    word = below(number, places.num_noise)
    if np.int64(number >> HALF) > (load_int(places.threshold + 4 * word) & WHOLE):
        word = load_int(places.other + 4 * word)
    return word


@part
def word_at(places: Any, index: Any) -> Any:
    """The kept word at ``index``."""
    return load_int(places.words + 4 * index)


@part
def window_of(places: Any, index: Any) -> Any:
    """The first and the last index of the window around ``index``."""
    return load_int(places.first + 4 * index), load_int(places.last + 4 * index)


@part
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), absolute error under 1e-6, by Eigen's rational approximation of tanh."""
    x = clip(multiply(x, fill(Float(0.5))), fill(Float(7.9)))
    square = multiply(x, x)
    p = multiply_add(square, fill(Float(-2.76076847742355e-16)), fill(Float(2.00018790482477e-13)))
    p = multiply_add(p, square, fill(Float(-8.60467152213735e-11)))
    p = multiply_add(p, square, fill(Float(5.12229709037114e-08)))
    p = multiply_add(p, square, fill(Float(1.48572235717979e-05)))
    p = multiply_add(p, square, fill(Float(6.37261928875436e-04)))
    p = multiply_add(p, square, fill(Float(4.89352455891786e-03)))
    q = multiply_add(square, fill(Float(1.19825839466702e-06)), fill(Float(1.18534705686654e-04)))
    q = multiply_add(q, square, fill(Float(2.26843463243900e-03)))
    q = multiply_add(q, square, fill(Float(4.89352518554385e-03)))
    return multiply_add(divide(multiply(p, x), q), fill(Float(0.5)), fill(Float(0.5)))


@part
def logarithm(x: Any) -> Any:
    """The natural logarithm of positive lanes, absolute error under 1e-4."""
    exponent, m = logarithm_parts(add(x, fill(Float(1e-7))))
    p = multiply_add(m, fill(Float(0.0444802)), fill(Float(-0.4174319)))
    p = multiply_add(p, m, fill(Float(1.6188147)))
    p = multiply_add(p, m, fill(Float(-3.3847084)))
    p = multiply_add(p, m, fill(Float(4.5226180)))
    p = multiply_add(p, m, fill(Float(-2.3836929)))
    return multiply(add(exponent, p), fill(Float(0.69314718)))


@part
def among(value: Any, mask: Any) -> Any:
    """``value`` where ``mask`` is 1, and 1 where it is 0: what a product leaves out."""
    return multiply_add(mask, subtract(value, fill(Float(1))), fill(Float(1)))


@part
def write_mask(address: Any) -> None:
    """Sixteen ones and sixteen zeros: what is loaded from between them is a mask."""
    store(address, fill(Float(1)))
    store(address + BYTES, fill(Float(0)))


@part
def mask_of(address: Any, length: Any) -> Any:
    """``length`` ones (sixteen at most), then zeros."""
    return load(address + BYTES - 4 * min(16, length))


@part
def sum_lanes(address: Any) -> Any:
    """The sum of the sixteen floats at ``address``, in double precision."""
    total = 0.0
    for lane in range(16):
        total += load_float(address + 4 * lane)
    return total


@part
def copy_row(source: Any, target: Any, row: Any) -> Any:
    """Copy one row."""
    for at in range(0, BYTES * len(row), BYTES):
        store(target + at, load(source + at))


@part
def clear_row(target: Any, row: Any) -> Any:
    """Set one row to zero."""
    zero = fill(Float(0))
    for at in range(0, BYTES * len(row), BYTES):
        store(target + at, zero)


@part
def add_row(source: Any, target: Any, row: Any) -> Any:
    """Add one row to another."""
    for at in range(0, BYTES * len(row), BYTES):
        store(target + at, add(load(target + at), load(source + at)))


@part
def prefetch_row(address: Any, row: Any) -> Any:
    """Have a row fetched meanwhile."""
    for at in range(0, BYTES * len(row), BYTES):
        prefetch(address + at)


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
