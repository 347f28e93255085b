"""Causal self-attention over a window of the last tokens, with a cache of keys and values.

    score(q_t, k_s) = q_t . k_s / sqrt(d) + b_h(t - s)        where 0 <= t - s < context

Position enters only through the distance t - s: each head learns how far it looks (Raffel et al.,
2020, arXiv:1910.10683, section 2.1), beginning with a penalty that grows linearly, at a slope of
the head's own (ALiBi: Press et al., 2022, arXiv:2108.12409). So a key is the same wherever it
stands, and what a chunk leaves behind, its last context - 1 keys and values, is all that the next
chunk needs (Dai et al., 2019, arXiv:1901.02860, section 3.2, cached at the keys).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

Cache = tuple[Tensor, Tensor]


class Band(NamedTuple):
    """Who sees whom in a chunk of T tokens behind a cache; S = context - 1 + T.

    Attributes:
        distance: how far back each key lies, (T, S), 0 where it is out of sight.
        mask: 0 where a key may be seen, else -inf; (1 or batch, 1, T, S).
    """

    distance: Tensor
    mask: Tensor


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
        self.distance_bias = nn.Parameter(-slopes(num_heads)[:, None] * torch.arange(context))

    def empty_cache(self, batch_size: int) -> Cache:
        """Keys and values before the first token: zeros, (batch, context - 1, size), not real."""
        weight = self.output.weight
        zeros = weight.new_zeros(batch_size, self.context - 1, weight.shape[0])
        return zeros, zeros

    def forward(self, x: Tensor, cache: Cache, band: Band) -> tuple[Tensor, Cache]:
        """Read a chunk.

        Args:
            x: (batch, time, size).
            cache: keys and values of the tokens before, each (batch, context - 1, size).
            band: which of them each token sees.

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
        bias = band.mask + self.distance_bias[:, band.distance]
        weights = torch.softmax(scores + bias.to(scores.dtype), dim=3)
        mixed = (weights @ self._split(values)).transpose(1, 2).flatten(2)
        return self.output(mixed), (keys[:, kept], values[:, kept])

    def _split(self, x: Tensor) -> Tensor:
        """(batch, time, size) -> (batch, heads, time, size / heads)."""
        return x.view(*x.shape[:2], self.num_heads, -1).transpose(1, 2)


def slopes(num_heads: int) -> Tensor:
    """How fast each head's sight fades, 2^(-8/H) to 2^-8 for H heads; (heads,)."""
    return 2.0 ** (-8.0 * torch.arange(1, num_heads + 1) / num_heads)


def band(time: int, context: int, real: Tensor) -> Band:
    """Who sees whom in a chunk.

    Args:
        time: T, tokens of the chunk.
        context: tokens that a token sees, itself included; the cache holds context - 1.
        real: how many of the cached tokens there are, (batch,); the others are only room.
    """
    cached = context - 1
    source = torch.arange(cached + time, device=real.device)
    distance = source[cached:, None] - source
    hidden = ((distance < 0) | (distance >= context))[None]
    if not bool((real >= cached).all()):
        hidden = hidden | (source < (cached - real)[:, None])[:, None]
    mask = torch.zeros(hidden.shape, device=real.device).masked_fill_(hidden, -torch.inf)
    return Band(distance.clamp(0, cached), mask[:, None])
