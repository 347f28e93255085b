"""Whole rows of a table at addresses; ``row`` is a tuple as long as a row has ``Lanes``.

So the length of a row is known when a kernel is compiled. Addresses and sizes are in bytes.
"""

from __future__ import annotations

from typing import Any

from seqlm.compiled import part
from seqlm.compiled.lane_math import Float
from seqlm.compiled.lanes import BYTES, add, fill, load, store
from seqlm.compiled.memory import prefetch


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
