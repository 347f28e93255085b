"""Training word2vec's two tables with several threads (Mikolov et al., 2013, arXiv:1310.4546).

The text is divided into chunks; threads take them in order from one counter. A chunk's learning
rate and its random numbers follow from its index alone, so one thread gives the same bytes again.
Several threads write the tables at once without locks (Niu et al., 2011); each keeps rows of its
own for the most frequent words, which they would otherwise snatch from each other's caches.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqlm.config import Word2VecOptions
from seqlm.data.windows import chunk_bounds, keep_thresholds, noise_table, room_for
from seqlm.models import word2vec_cbow, word2vec_skipgram
from seqlm.models.word2vec_parts import Tables

CHUNK = 50_000  # words
LANES = 16  # float32 that are computed at once
SHARED = 24  # negatives that a block of skip-gram's words shares
HOT = 512  # frequent words that each of several threads keeps for itself
MERGE_EVERY = 1000  # words between two times that these are brought together
LEAST_RATE = 1e-4  # of the first learning rate
INIT = 4.0  # vectors begin uniform in +-INIT / (2 dim)


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        done: words read, of all epochs.
        total: words to read.
        loss: mean loss since the last call, nats a prediction, summed in float64.
        learning_rate: of the last chunk.
    """

    done: int
    total: int
    loss: float
    learning_rate: float


class Word2Vec:
    """The tables and everything that stays the same while they are trained.

    Args:
        counts: occurrences of each word, by falling frequency, (words,).
        options: sizes and rates.
        threads: that compute at once.
    """

    def __init__(
        self, counts: NDArray[np.int64], options: Word2VecOptions, threads: int = 1
    ) -> None:
        self.options = options
        self.threads = threads
        self.width = -(-options.dim // LANES) * LANES
        self.rate = options.learning_rate or (0.05 if options.arch == "cbow" else 0.025)
        num_words = len(counts)
        self.inputs = _aligned(num_words, self.width)
        self.outputs = _aligned(num_words, self.width)
        spread = np.random.default_rng(options.seed).random((num_words, options.dim), np.float32)
        self.inputs[:, : options.dim] = (spread - 0.5) * np.float32(INIT / options.dim)
        self._keep = keep_thresholds(counts, options.subsample)
        self._noise = noise_table(counts.astype(np.float64) ** 0.75)
        self._num_hot = min(HOT, num_words) if threads > 1 else 0

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The words' vectors, (words, dim)."""
        return np.ascontiguousarray(self.inputs[:, : self.options.dim])

    def train(self, ids: NDArray[np.int32], on_progress: Callable[[Progress], None]) -> None:
        """Read ``ids`` (-1 between sentences) as many times as the options say.

        Args:
            ids: the text, (tokens,).
            on_progress: called after each chunk, from whichever thread trained it.
        """
        bounds = chunk_bounds(ids, CHUNK)
        num_chunks = len(bounds) - 1
        total = num_chunks * self.options.epochs
        longest = int(np.diff(bounds).max())
        counter, lock, failures = itertools.count(), threading.Lock(), list[BaseException]()
        done = 0

        def work() -> None:
            nonlocal done
            learn = self._learner(longest)
            try:
                while not failures and (index := next(counter)) < total:
                    rate = self.rate * max(1 - index / total, LEAST_RATE)
                    part = ids[bounds[index % num_chunks] : bounds[index % num_chunks + 1]]
                    loss, predicted = learn(part, rate, index)
                    with lock:
                        done += len(part)
                        words = len(ids) * self.options.epochs
                        on_progress(Progress(done, words, loss / max(1, predicted), rate))
            except BaseException as error:
                failures.append(error)

        if self.threads == 1:
            work()
        else:
            _run_all([threading.Thread(target=work, daemon=True) for _ in range(self.threads)])
        if failures:
            raise failures[0]

    def loss(self, ids: NDArray[np.int32]) -> float:
        """The mean loss on a text that is not learnt from, nats a prediction."""
        learn = self._learner(len(ids))
        total, predicted = learn(ids, 0.0, 1 << 40)
        return total / max(1, predicted)

    def _learner(
        self, longest: int
    ) -> Callable[[NDArray[np.int32], float, int], tuple[float, int]]:
        """One thread's way to learn from a chunk: (ids, rate, index) -> summed loss, its terms."""
        options, row = self.options, (0,) * (self.width // LANES)
        tables = Tables(
            self.inputs, self.outputs, np.zeros((2, self._num_hot, self.width), np.float32)
        )
        kept = room_for(longest + 1)
        if options.arch == "cbow":
            groups = (options.negative + word2vec_cbow.GROUP) // word2vec_cbow.GROUP
            room = word2vec_cbow.scratch_floats(self.width, groups, options.window)
        else:
            room = word2vec_skipgram.scratch_floats(self.width, SHARED, options.window)
        scratch = _aligned(1, room)[0]

        def learn(ids: NDArray[np.int32], rate: float, index: int) -> tuple[float, int]:
            before = (ids, self._keep, options.window, kept, tables, None, self._noise)
            after = (options.seed, index, MERGE_EVERY, scratch, row)
            if options.arch == "cbow":
                ring = word2vec_cbow.ring_size(options.window)
                loss, terms, _ = word2vec_cbow.train_cbow(
                    *before, np.float32(rate), options.negative, ring, *after
                )
            else:
                loss, terms, _ = word2vec_skipgram.train_skipgram(
                    *before, np.float32(rate), options.negative, SHARED, *after
                )
            return float(loss), int(terms)

        return learn


def _run_all(threads: list[threading.Thread]) -> None:
    """Start them and wait; a Ctrl-C in between reaches the caller at once."""
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)


def _aligned(rows: int, width: int) -> NDArray[np.float32]:
    """Zeros, (rows, width), that begin at a cache line."""
    raw = np.zeros(rows * width + LANES, np.float32)
    start = (-raw.ctypes.data % 64) // 4
    return raw[start : start + rows * width].reshape(rows, width)
