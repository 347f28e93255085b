"""word2vec's two tables, and how a thread learns a chunk of text into them.

Mikolov et al. (2013, arXiv:1301.3781, arXiv:1310.4546), the parts of words after Bojanowski et al.
(2017, arXiv:1607.04606). Several threads write the tables at once without locks (Niu et al., 2011,
arXiv:1106.5730); each keeps rows of its own for the most frequent outputs, which they would
otherwise snatch from each other's caches many times a microsecond.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqlm.config import Word2VecOptions
from seqlm.data.windows import Noise, keep_thresholds, noise_table, room_for
from seqlm.models import word2vec_cbow, word2vec_skipgram
from seqlm.models.chunk_learner import HELD_OUT_CHUNK, Learn
from seqlm.models.subwords import PartRules, PartVectors
from seqlm.models.word2vec_subwords import compose_words, vocabulary_parts
from seqlm.models.word2vec_tables import Subwords, Tables

Floats = NDArray[np.float32]
LANES = 16
HOT = 512
"""Frequent words whose outputs each of several threads keeps for itself."""
MERGE_EVERY = 4000
"""Words between two times that these are brought together."""
START = 16.0
"""Vectors begin uniform within START / (2 dim), eight times as far as gensim's: a faster start."""
SHARED = 6.4
"""Negatives that a block of skip-gram's words shares, for each that a pair counts for."""


class Word2Vec:
    """The tables and everything that stays the same while they are trained.

    Args:
        words: the vocabulary, by falling frequency.
        counts: occurrences of each word, (words,).
        options: sizes and rates.
        threads: that will learn at once.

    Attributes:
        inputs: (words and parts, width), the vectors; a row is padded to whole registers.
        outputs: (words, width).
        rate: the first learning rate.
    """

    def __init__(
        self,
        words: Sequence[str],
        counts: NDArray[np.int64],
        options: Word2VecOptions,
        threads: int = 1,
    ) -> None:
        self.options = options
        self.width = -(-options.dim // LANES) * LANES
        self.rate = options.learning_rate or (0.05 if options.arch == "cbow" else 0.025)
        self.num_words = len(words)
        self._subwords: Subwords | None = None
        self._hashes = np.zeros(0, np.int32)
        if options.subwords:
            self._subwords, self._hashes = vocabulary_parts(words, part_rules(options))
        self.inputs = aligned(self.num_words + len(self._hashes), self.width)
        self.outputs = aligned(self.num_words, self.width)
        _start(self.inputs[:, : options.dim], options.seed)
        self._keep = keep_thresholds(counts, options.subsample)
        self._noise: Noise = noise_table(counts.astype(np.float64) ** 0.75)
        self._num_hot = min(HOT, self.num_words) if threads > 1 else 0

    @property
    def tables(self) -> dict[str, Floats]:
        """Everything that learning changes, by name."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    def restore(self, tables: dict[str, Floats]) -> None:
        """Take up what ``tables`` gave."""
        self.inputs[:] = tables["inputs"]
        self.outputs[:] = tables["outputs"]

    @property
    def vectors(self) -> Floats:
        """The words' vectors, (words, dim)."""
        made = self.inputs[: self.num_words]
        if self._subwords is not None:
            made = aligned(self.num_words, self.width)
            compose_words(
                self._with_hot(0), self._subwords, self._noise, room_for(0), made, self._row
            )
        return np.ascontiguousarray(made[:, : self.options.dim])

    @property
    def parts(self) -> PartVectors | None:
        """What gives vectors to unknown words, if words have parts."""
        if self._subwords is None:
            return None
        matrix = np.ascontiguousarray(self.inputs[self.num_words :, : self.options.dim])
        return PartVectors(part_rules(self.options), self._hashes, matrix)

    @property
    def _row(self) -> tuple[int, ...]:
        """As many zeros as a row has registers: kernels are compiled for the length of this."""
        return (0,) * (self.width // LANES)

    def _with_hot(self, num_hot: int) -> Tables:
        return Tables(
            self.inputs,
            self.outputs,
            aligned(2 * num_hot, self.width).reshape(2, num_hot, self.width),
        )

    def learner(self, longest: int) -> Learn:
        """One thread's way to learn chunks of up to ``longest`` ids (-1 between sentences).

        The random numbers of a chunk follow from the seed and the chunk's number alone.
        """
        options = self.options
        tables, kept = self._with_hot(self._num_hot), room_for(longest)
        cbow = options.arch == "cbow"
        if cbow:
            groups = word2vec_cbow.num_groups(options.negative)
            extra = word2vec_cbow.ring_size(options.window)
            room = word2vec_cbow.scratch_floats(self.width, groups, options.window)
        else:
            extra = max(16, round(SHARED * options.negative / 8) * 8)
            room = word2vec_skipgram.scratch_floats(self.width, extra, options.window)
        train = word2vec_cbow.train_cbow if cbow else word2vec_skipgram.train_skipgram
        scratch = aligned(1, room)[0]

        def learn(ids: NDArray[np.int32], rate: float, chunk: int) -> tuple[float, int]:
            loss, predictions, _ = train(
                ids,
                self._keep,
                options.window,
                kept,
                tables,
                self._subwords,
                self._noise,
                np.float32(rate),
                options.negative,
                extra,
                options.seed,
                chunk,
                MERGE_EVERY,
                scratch,
                self._row,
            )
            return float(loss), int(predictions)

        return learn

    def loss(self, ids: NDArray[np.int32]) -> float:
        """The mean loss on a text that is not learnt from, nats a prediction."""
        total, predictions = self.learner(len(ids))(ids, 0.0, HELD_OUT_CHUNK)
        return total / max(1, predictions)


def part_rules(options: Word2VecOptions) -> PartRules:
    """The rules in ``options``."""
    return PartRules(options.min_part, options.max_part, options.jamo, options.buckets)


def _start(table: Floats, seed: int) -> None:
    """Fill with uniform numbers, a part at a time: no second table in memory."""
    random = np.random.default_rng(seed)
    scale = np.float32(START / table.shape[1])
    for first in range(0, len(table), 4096):
        part = table[first : first + 4096]
        part[:] = (random.random(part.shape, np.float32) - np.float32(0.5)) * scale


def aligned(rows: int, width: int) -> Floats:
    """Zeros, (rows, width), that begin at a cache line."""
    raw = np.zeros(rows * width + LANES, np.float32)
    start = (-raw.ctypes.data % 64) // 4
    return raw[start : start + rows * width].reshape(rows, width)
