"""Learning a text chunk by chunk in threads, to be stopped and gone on with between any two.

Threads take chunks in order from one counter. What a chunk does follows from its number, so one
thread gives the same tables however often it was stopped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seqlm.models.chunk_learner import Learn

LEAST_RATE = 1e-4
"""The last learning rate, as a share of the first."""


@dataclass(frozen=True)
class ChunkPlan:
    """What is to be learnt, settled before the first chunk.

    Attributes:
        bounds: where each chunk of the text begins, and the last one ends.
        words: how many words there are before each bound.
        total: chunks to learn, over all epochs.
        rate: the first learning rate, which falls to almost nothing in a straight line.
    """

    bounds: NDArray[np.int64]
    words: NDArray[np.int64]
    total: int
    rate: float

    @property
    def per_epoch(self) -> int:
        """Chunks of the text."""
        return len(self.bounds) - 1

    @property
    def longest(self) -> int:
        """Ids of the longest chunk."""
        return int(np.diff(self.bounds).max())

    def range_of(self, chunk: int) -> slice:
        """Where that chunk of all epochs lies in the text."""
        place = chunk % self.per_epoch
        return slice(int(self.bounds[place]), int(self.bounds[place + 1]))

    def rate_of(self, chunk: int) -> float:
        """The learning rate of that chunk."""
        return self.rate * max(1.0 - chunk / self.total, LEAST_RATE)

    def words_before(self, chunk: int) -> int:
        """How many words are learnt before that chunk."""
        epochs, place = divmod(chunk, self.per_epoch)
        return int(epochs * self.words[-1] + self.words[place])


@dataclass
class Progress:
    """How far a training is, and what it has lost since the last evaluation."""

    chunk: int = 0
    losses: dict[int, tuple[float, int]] = field(default_factory=dict)
    seconds: float = 0.0

    def take_loss(self) -> float:
        """The mean loss of the chunks since the last call, summed in their order."""
        ordered = [self.losses[chunk] for chunk in sorted(self.losses)]
        self.losses = {}
        total = sum(loss for loss, _ in ordered)
        return total / max(1, sum(predictions for _, predictions in ordered))


def learn_chunks(
    learners: list[Learn],
    ids: NDArray[np.int32],
    plan: ChunkPlan,
    progress: Progress,
    until: int,
    halt: Callable[[], bool] = lambda: False,
) -> None:
    """Learn from ``progress.chunk`` to before ``until``, one thread for each learner.

    Args:
        learners: each keeps working space for chunks of ``plan.longest``.
        ids: the text, -1 between sentences.
        progress: moved on; also when a learner fails.
        halt: asked before each chunk; when it says so, the chunks that are under way are finished.

    Raises:
        Exception: whatever a learner raised.
    """
    lock = threading.Lock()
    failures: list[BaseException] = []
    next_chunk = progress.chunk

    def work(learn: Learn) -> None:
        nonlocal next_chunk
        try:
            while True:
                with lock:
                    if failures or next_chunk >= until or halt():
                        return
                    chunk, next_chunk = next_chunk, next_chunk + 1
                loss = learn(ids[plan.range_of(chunk)], plan.rate_of(chunk), chunk)
                with lock:
                    progress.losses[chunk] = loss
        except BaseException as error:
            failures.append(error)

    started = time.monotonic()
    if len(learners) == 1:
        work(learners[0])
    else:
        _run([threading.Thread(target=work, args=(learn,), daemon=True) for learn in learners])
    progress.chunk = next_chunk
    progress.seconds += time.monotonic() - started
    if failures:
        raise failures[0]


def _run(threads: list[threading.Thread]) -> None:
    """Start them and wait, in such a way that a signal is heard meanwhile."""
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.1)


def time_chunks(
    learners: list[Learn], ids: NDArray[np.int32], plan: ChunkPlan, seconds: float
) -> float:
    """Seconds that a chunk takes, all threads together; nothing is learnt.

    Args:
        seconds: about how long to measure.
    """
    idle = replace(plan, rate=0.0)
    learn_chunks(learners, ids, idle, Progress(), len(learners))  # what is compiled, is compiled
    progress = Progress()
    started = time.monotonic()
    learn_chunks(
        learners, ids, idle, progress, 1 << 30, lambda: time.monotonic() - started > seconds
    )
    return progress.seconds / max(1, progress.chunk)
