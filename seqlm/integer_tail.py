"""Sums of exponentials over a vocabulary's rare tokens, from products of 8-bit integers.

    sum_v exp(b_v) exp(x . w_v),   x ~ u q,  w_v ~ s_v r_v,   q and r_v whole numbers up to 127

Each token has its own scale s_v, and each row its own u, a power of eight over 127: so a row's
figure does not hang on the rows beside it, and mostly all rows have the same. A logit is off by
about a hundredth of the logits' standard deviation: too much for the tokens that carry the
probability, little for all the others together. A tile of logits stays near the second-level cache
from product to sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_COLUMNS = 640  # of a tile, whose logits stay near the second-level cache
_LARGEST = 127
_ZERO = 128  # what stands for a feature of 0 in unsigned bytes
_BOUNDS = torch.tensor([8.0**power for power in range(-10, 11)])


def integer_products_here() -> bool:
    """Whether the processor multiplies bytes in hardware, and torch has the kernels for it."""
    return "AVX512" in torch.backends.cpu.get_cpu_capability() and "onednn" in (
        torch.backends.quantized.supported_engines
    )


@dataclass(frozen=True)
class _Tile:
    """Some tokens: the weights as oneDNN wants them, (s_v), zeros, and (exp(b_v))."""

    packed: Tensor
    scales: Tensor
    zeros: Tensor
    masses: Tensor


@dataclass(frozen=True)
class IntegerTail:
    """The output layer of some tokens, in integers.

    Attributes:
        tiles: the tokens, some at a time.
        weight: r_v, (R, H), int8.
        scales: s_v, (R,).
    """

    tiles: list[_Tile]
    weight: Tensor
    scales: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> IntegerTail:
        """Round an output layer, (R, H) and (R,), float32."""
        # Tiles of one size: a narrower last one would take three times as long as a whole one.
        unused = -len(weight) % _COLUMNS
        weight, masses = F.pad(weight, (0, 0, 0, unused)), F.pad(bias.exp(), (0, unused))
        scales = weight.abs().amax(1).clamp_min_(1e-12) / _LARGEST
        rounded = (weight / scales[:, None]).round_().to(torch.int8)
        tiles = [
            _Tile(torch.ops.onednn.qlinear_prepack(part, None), scale, zeros, mass)
            for part, scale, zeros, mass in zip(
                torch.split(rounded, _COLUMNS),
                torch.split(scales, _COLUMNS),
                torch.split(torch.zeros(len(scales), dtype=torch.int64), _COLUMNS),
                torch.split(masses, _COLUMNS),
                strict=True,
            )
        ]
        return cls(tiles, rounded, scales)

    def sums(self, features: Tensor, some: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """sum_v exp(b_v) exp(x . w_v) for each row, and the x . w_v of one token for some rows.

        Args:
            features: (N, H), float32.
            some: which rows, (M,).
            tokens: which of the tokens, (M,).

        Returns:
            (N,) and (M,).
        """
        bounds = _bounds(features)
        rounded = (features * (_LARGEST / bounds)[:, None]).round_()
        inputs = (rounded + _ZERO).to(torch.uint8)
        widest = float(bounds.max())
        narrower = None if bool((bounds == widest).all()) else (bounds / widest)[:, None]
        total = torch.zeros(len(inputs))
        for tile in self.tiles:
            logits = _product(inputs, widest / _LARGEST, tile)
            if narrower is not None:
                logits *= narrower
            total += torch.mv(logits.exp_(), tile.masses)
        products = (rounded[some] * self.weight[tokens]).sum(1)
        return total, products * self.scales[tokens] * (bounds[some] / _LARGEST)


def _bounds(features: Tensor) -> Tensor:
    """The smallest power of eight that no feature of a row goes beyond, (N,)."""
    places = torch.bucketize(features.abs().amax(1), _BOUNDS)
    return _BOUNDS[places.clamp_max_(len(_BOUNDS) - 1)]


def _product(inputs: Tensor, unit: float, tile: _Tile) -> Tensor:
    """Logits of a tile, in float32 from sums of integers."""
    product: Tensor = torch.ops.onednn.qlinear_pointwise(
        inputs,
        unit,
        _ZERO,
        tile.packed,
        tile.scales,
        tile.zeros,
        None,  # bias
        1.0,  # the output's scale and zero
        0,
        torch.float32,
        "none",  # nothing is done with it afterwards
        [],
        "",
    )
    return product
