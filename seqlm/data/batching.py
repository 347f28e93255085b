"""From a long row of ids to batches for truncated back-propagation through time."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqlm.data.mapped import forget


class RingBatches:
    """The text is a ring; ``batch_size`` readers stand on it at equal distances and never stop.

    Reader r starts at ``r * len(ids) // batch_size`` past a start drawn from the seed, and reads
    ``chunk_length`` tokens a step, so that its state may run on from chunk to chunk for ever. An
    epoch is as many steps as read every token once; where chunks begin shifts from epoch to epoch.
    A step is a function of its number: a resumed run reads what the stopped one would have read.

        ids = a b c d e f g h, batch_size 2, chunk_length 2, start 0 (the last id ends a line)
        step 0: targets a b | e f      inputs h a | d e
        step 1: targets c d | g h      inputs b c | f g
        step 2: targets e f | a b      ...

    Args:
        ids: token ids, each line ended by the end-of-line symbol; may be memory-mapped.
        batch_size: readers; fewer where the text is too short for so many chunks.
        chunk_length: tokens a step.
        seed: draws where on the ring the readers start.
    """

    def __init__(self, ids: NDArray[Any], batch_size: int, chunk_length: int, seed: int) -> None:
        self.ids = ids
        self.chunk_length = min(chunk_length, len(ids))
        self.batch_size = max(1, min(batch_size, len(ids) // self.chunk_length))
        start = int(np.random.default_rng(seed).integers(len(ids)))
        self._starts = start + np.arange(self.batch_size) * (len(ids) // self.batch_size)
        self._window = np.arange(-1, self.chunk_length)

    @property
    def steps_per_epoch(self) -> float:
        """How many steps read as many tokens as the text has."""
        return len(self.ids) / (self.batch_size * self.chunk_length)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets of one step, each (batch, time), int64."""
        positions = (self._starts + step * self.chunk_length)[:, None] + self._window
        tokens = torch.from_numpy(self.ids[positions % len(self.ids)].astype(np.int64))
        return tokens[:, :-1], tokens[:, 1:]


def count_tokens(ids: NDArray[Any], vocab_size: int) -> NDArray[np.int64]:
    """How often each id occurs, (vocab,); memory-mapped ids are read a piece at a time."""
    counts = np.zeros(vocab_size, dtype=np.int64)
    for start in range(0, len(ids), 1 << 22):
        counts += np.bincount(ids[start : start + (1 << 22)], minlength=vocab_size)
        forget(ids)
    return counts
