"""Dropout whose masks come from a pool (Srivastava et al., 2014).

Drawing the random bits is a tenth of a small model's training step on a CPU. So they are drawn
once, into a pool, and each mask is a stretch of it that begins at a random place.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

_POOL = 1 << 22


def pooled_dropout(x: Tensor, probability: float, training: bool) -> Tensor:
    """Set each number of ``x`` to 0 with ``probability``, and scale the others to keep the mean."""
    if not training or probability == 0.0:
        return x
    if x.device.type != "cpu" or x.numel() > _POOL // 2:
        return F.dropout(x, probability)
    start = int(torch.randint(_POOL - x.numel(), ()))
    return x * _pool(probability, x.dtype)[start : start + x.numel()].view(x.shape)


@lru_cache(maxsize=8)
def _pool(probability: float, dtype: torch.dtype) -> Tensor:
    """The same numbers in every process, so that a training can be repeated and gone on with."""
    kept = torch.rand(_POOL, generator=torch.Generator().manual_seed(0)) >= probability
    return kept.to(dtype) / (1 - probability)
