"""Where a token stands, as features (Vaswani et al., 2017, section 3.5).

PE(t, 2i) = sin(t / 10000^(2i / F))      PE(t, 2i + 1) = cos(t / 10000^(2i / F))
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

_ROWS = 1024


def sinusoids(start: int, length: int, like: Tensor) -> Tensor:
    """The positions ``start`` to ``start + length - 1``, (length, features), made like ``like``.

    Args:
        start: the first position.
        length: how many.
        like: gives the number of features (its last axis), type and device.
    """
    rows = -(-(start + length) // _ROWS) * _ROWS
    return sinusoid_table(rows, like.shape[-1], like.dtype, like.device)[start : start + length]


@lru_cache(maxsize=16)
def sinusoid_table(rows: int, size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The whole table, (rows, size)."""
    time = torch.arange(rows, dtype=torch.float64)[:, None]
    pair = torch.arange((size + 1) // 2, dtype=torch.float64)
    angles = time * torch.exp(-2 * pair / size * torch.log(torch.tensor(10000.0).double()))
    table = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :size]
    return table.to(device, dtype)
