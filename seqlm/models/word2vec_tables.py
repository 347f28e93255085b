"""word2vec's tables and text as the skip-gram and the CBOW kernel see them: addresses."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import part
from seqlm.compiled.memory import load_int
from seqlm.data.windows import HALF, below, mix

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
