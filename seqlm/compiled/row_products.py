"""Products of a few rows with a few others, kept in registers: where time is spent.

Addresses are in bytes and rows follow one another; ``row`` is a tuple whose length is the number
of ``Lanes`` in a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seqlm.compiled import part
from seqlm.compiled.lanes import (
    BYTES,
    fill,
    load,
    load_fill,
    multiply_add,
    store,
    sums,
)
from seqlm.compiled.memory import load_long

ZERO = np.float32(0)


@part
def four_products(x: Any, places: Any, row: Any) -> Any:
    """The scalar products of the row at ``x`` with the four whose addresses are at ``places``."""
    at, bt = load_long(places), load_long(places + 8)
    ct, dt = load_long(places + 16), load_long(places + 24)
    a = b = c = d = fill(ZERO)
    for lane in range(0, BYTES * len(row), BYTES):
        v = load(x + lane)
        a, b = multiply_add(v, load(at + lane), a), multiply_add(v, load(bt + lane), b)
        c, d = multiply_add(v, load(ct + lane), c), multiply_add(v, load(dt + lane), d)
    return sums((a, b, c, d))


@part
def tile(x: Any, n: Any, row: Any) -> Any:
    """The scalar products of four rows with four others: lane 4 i + k is that of rows i and k."""
    size = BYTES * len(row)
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = fill(ZERO)
    c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = fill(ZERO)
    for lane in range(0, size, BYTES):
        n0, n1 = load(n + lane), load(n + size + lane)
        n2, n3 = load(n + 2 * size + lane), load(n + 3 * size + lane)
        v = load(x + lane)
        a0, a1 = multiply_add(v, n0, a0), multiply_add(v, n1, a1)
        a2, a3 = multiply_add(v, n2, a2), multiply_add(v, n3, a3)
        v = load(x + size + lane)
        b0, b1 = multiply_add(v, n0, b0), multiply_add(v, n1, b1)
        b2, b3 = multiply_add(v, n2, b2), multiply_add(v, n3, b3)
        v = load(x + 2 * size + lane)
        c0, c1 = multiply_add(v, n0, c0), multiply_add(v, n1, c1)
        c2, c3 = multiply_add(v, n2, c2), multiply_add(v, n3, c3)
        v = load(x + 3 * size + lane)
        d0, d1 = multiply_add(v, n0, d0), multiply_add(v, n1, d1)
        d2, d3 = multiply_add(v, n2, d2), multiply_add(v, n3, d3)
    return sums((a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3))


@part
def add_products(target: Any, grid: Any, strides: Any, source: Any, num: Any, row: Any) -> None:
    """Add a matrix product to the eight rows at ``target``.

    Args:
        target: row r of it gets, for each row s of ``source``, that row times a float of ``grid``.
        grid: made of tiles of four by four, one row of tiles after the other.
        strides: bytes from r to r + 4, from r to r + 1, from s to s + 4, from s to s + 1.
        source, num: rows to add.
    """
    size = BYTES * len(row)
    four, one, step_four, step = strides
    for lane in range(0, size, BYTES):
        t = target + lane
        a, b, c, d = load(t), load(t + size), load(t + 2 * size), load(t + 3 * size)
        e, f = load(t + 4 * size), load(t + 5 * size)
        g, h = load(t + 6 * size), load(t + 7 * size)
        for index in range(num):
            v = load(source + index * size + lane)
            at = grid + (index >> 2) * step_four + (index & 3) * step
            a = multiply_add(load_fill(at), v, a)
            b = multiply_add(load_fill(at + one), v, b)
            c = multiply_add(load_fill(at + 2 * one), v, c)
            d = multiply_add(load_fill(at + 3 * one), v, d)
            at += four
            e = multiply_add(load_fill(at), v, e)
            f = multiply_add(load_fill(at + one), v, f)
            g = multiply_add(load_fill(at + 2 * one), v, g)
            h = multiply_add(load_fill(at + 3 * one), v, h)
        store(t, a)
        store(t + size, b)
        store(t + 2 * size, c)
        store(t + 3 * size, d)
        store(t + 4 * size, e)
        store(t + 5 * size, f)
        store(t + 6 * size, g)
        store(t + 7 * size, h)
