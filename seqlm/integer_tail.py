"""Sums of exponentials over a vocabulary's rare tokens, from products of 8-bit integers.

    sum_v exp(b_v) exp(x . w_v),   x ~ u q,  w_v ~ s_v r_v,   q and r_v whole numbers up to 127

Each token has its own scale s_v and all features share u, a power of two over 127, so that a row's
figure seldom hangs on the rows beside it. A logit is off by about a hundredth of the logits'
standard deviation: too much for the tokens that carry the probability, little for all the others
together. A tile of logits stays in the processor's second-level cache from product to sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_ROWS, _COLUMNS = 256, 1024
_LARGEST = 127
_ZERO = 128  # what stands for a feature of 0 in unsigned bytes


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
        scales = weight.abs().amax(1).clamp_min_(1e-12) / _LARGEST
        rounded = (weight / scales[:, None]).round_().to(torch.int8)
        tiles = [
            _Tile(torch.ops.onednn.qlinear_prepack(part, None), scale, zeros, masses)
            for part, scale, zeros, masses in zip(
                torch.split(rounded, _COLUMNS),
                torch.split(scales, _COLUMNS),
                torch.split(torch.zeros(len(scales), dtype=torch.int64), _COLUMNS),
                torch.split(bias.exp(), _COLUMNS),
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
        unit = _unit(features)
        rounded = (features / unit).round_()
        inputs = torch.split((rounded + _ZERO).to(torch.uint8), _ROWS * torch.get_num_threads())
        total = torch.cat([self._sums(part, unit) for part in inputs])
        products = (rounded[some] * self.weight[tokens]).sum(1)
        return total, products * self.scales[tokens] * unit

    def _sums(self, inputs: Tensor, unit: float) -> Tensor:
        total = torch.zeros(len(inputs))
        for tile in self.tiles:
            total += torch.mv(_product(inputs, unit, tile).exp_(), tile.masses)
        return total


def _unit(features: Tensor) -> float:
    largest = max(float(features.abs().max()), 1e-12)
    return float(2.0 ** torch.tensor(largest).log2().ceil()) / _LARGEST


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
