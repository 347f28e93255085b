"""Functions of sixteen numbers at once: sigmoid, logarithm, masks. They compile into kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

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
from seqlm.compiled.memory import load_float

Float = np.float32


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
