"""Too little memory for a batch: which one would have fitted."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

from seqlm.errors import OutOfMemory, SeqlmError, is_out_of_memory

T = TypeVar("T")


def within_memory(attempt: Callable[[int], T], size: int, option: str) -> T:
    """Give ``attempt(size)``; if memory runs out, try halves of it for the sake of the error.

    Args:
        attempt: makes and times a model with batches of that size.
        size: of the batches that were asked for.
        option: the command line's name for it.

    Raises:
        OutOfMemory: a smaller size was tried and fits; half of it is advised.
        SeqlmError: no size does.
    """
    smaller = size
    while True:
        if smaller < 1:
            raise SeqlmError("out of memory even for one row", "a smaller --hidden-size")
        try:
            made = attempt(smaller)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            break
        # Outside of the handler: the error held everything that the attempt had made.
        gc.collect()
        smaller //= 2
    if smaller < size:
        # What was tried is a few steps; evaluation and checkpoints come on top of them.
        raise OutOfMemory(f"{option} {max(1, smaller // 2)}")
    return made
