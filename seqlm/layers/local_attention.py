"""Causal self-attention over a window of the last tokens, with a cache of keys and values.

    score(q_t, k_s) = q_t . k_s / sqrt(d) - slope_h (t - s)        where 0 <= t - s < context

Position enters only through the distance t - s, on which a penalty grows linearly with a slope of
each head's own (ALiBi: Press et al., 2022, arXiv:2108.12409). So a key is the same wherever it
stands, and what a chunk leaves behind, its last context - 1 keys and values, is all that the next
chunk needs (Dai et al., 2019, arXiv:1901.02860, section 3.2, cached at the keys).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

Cache = tuple[Tensor, Tensor]


class LocalAttention(nn.Module):
    """Multi-head attention of each token to the last ``context`` tokens, itself included.

    Args:
        size: features of a token.
        num_heads: each sees size / num_heads features.
        context: tokens that are seen.
    """

    def __init__(self, size: int, num_heads: int, context: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.context = context
        self.query_key_value = nn.Linear(size, 3 * size, bias=False)
        self.output = nn.Linear(size, size, bias=False)

    def empty_cache(self, batch_size: int) -> Cache:
        """Keys and values before the first token: zeros, (batch, context - 1, size), not real."""
        weight = self.output.weight
        zeros = weight.new_zeros(batch_size, self.context - 1, weight.shape[0])
        return zeros, zeros

    def forward(self, x: Tensor, cache: Cache, bias: Tensor) -> tuple[Tensor, Cache]:
        """Read a chunk.

        Args:
            x: (batch, time, size).
            cache: keys and values of the tokens before, each (batch, context - 1, size).
            bias: what is added to the scores, by ``band``: (1 or batch, heads, time, source).

        Returns:
            (batch, time, size), and the cache for the next chunk.
        """
        query, key, value = self.query_key_value(x).chunk(3, dim=2)
        keys, values = (
            torch.cat([old.to(new.dtype), new], dim=1)
            for old, new in zip(cache, (key, value), strict=True)
        )
        kept = slice(keys.shape[1] - self.context + 1, None)
        query = query * (query.shape[2] // self.num_heads) ** -0.5
        scores = self._split(query) @ self._split(keys).transpose(2, 3)
        weights = torch.softmax(scores + bias.to(scores.dtype), dim=3)
        mixed = (weights @ self._split(values)).transpose(1, 2).flatten(2)
        return self.output(mixed), (keys[:, kept], values[:, kept])

    def _split(self, x: Tensor) -> Tensor:
        """(batch, time, size) -> (batch, heads, time, size / heads)."""
        return x.view(*x.shape[:2], self.num_heads, -1).transpose(1, 2)


def slopes(num_heads: int) -> Tensor:
    """How fast each head's sight fades, 2^(-8/H) to 2^-8 for H heads; (heads,)."""
    return 2.0 ** (-8.0 * torch.arange(1, num_heads + 1) / num_heads)


def band(time: int, context: int, num_heads: int, real: Tensor) -> Tensor:
    """The penalty of distance for a chunk behind a cache, and -inf where nothing may be seen.

    Args:
        time: T, queries of the chunk.
        context: tokens that a query sees, itself included; the cache holds context - 1.
        num_heads: H.
        real: how many of the cached tokens there are, (batch,); the others are only room.

    Returns:
        (1 or batch, H, T, context - 1 + T); one row for all where every cache is full.
    """
    cached = context - 1
    source = torch.arange(cached + time, device=real.device)
    distance = source[cached:, None] - source
    outside = (distance < 0) | (distance >= context)
    bias = -slopes(num_heads).to(real.device)[:, None, None] * distance
    bias = bias.masked_fill(outside, -torch.inf)[None]
    if bool((real >= cached).all()):
        return bias
    missing = source < (cached - real)[:, None]
    return bias.masked_fill(missing[:, None, None], -torch.inf)
