"""What learns word vectors chunk by chunk: compiled kernels, or torch on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seqlm.models.subwords import PartVectors

Learn = Callable[[NDArray[np.int32], float, int], tuple[float, int]]
"""(ids, learning rate, chunk's number) -> summed loss in nats, number of predictions."""

HELD_OUT_CHUNK = 1 << 40
"""Stands for the number of a chunk where the held-out text is measured."""


class ChunkModel(Protocol):
    """Two tables and a way to learn into them."""

    rate: float
    """The first learning rate."""

    @property
    def tables(self) -> dict[str, NDArray[np.float32]]:
        """Everything that learning changes, by name."""

    def restore(self, tables: dict[str, NDArray[np.float32]]) -> None:
        """Take up what ``tables`` gave."""

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The words' vectors, (words, dim)."""

    @property
    def parts(self) -> PartVectors | None:
        """What gives vectors to unknown words, if words have parts."""

    def learner(self, longest: int) -> Learn:
        """One thread's way to learn chunks of up to ``longest`` ids (-1 between sentences)."""

    def loss(self, ids: NDArray[np.int32]) -> float:
        """The mean loss on a text that is not learnt from, nats a prediction."""
