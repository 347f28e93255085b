"""Attention: pure functions of their inputs, and nothing that is learnt.

B rows, T queries, S keys, F features. A score says how well a key answers a query; the weights are
the scores' softmax over the keys, and the context is the weighted mean of the values:

    a_ts = softmax_s(score(q_t, k_s))       c_t = sum_s a_ts v_s

A bias is added to the scores: 0 where a query may look, minus infinity where it may not.

The products are written out (baddbmm, softmax, bmm): on a CPU the backward pass of the framework's
fused attention takes several times as long on sentences.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def padding_bias(lengths: Tensor, size: int, dtype: torch.dtype) -> Tensor:
    """Hide what stands behind the end of each row: (B,) lengths -> (B, 1, size)."""
    positions = torch.arange(size, device=lengths.device)
    bias = torch.zeros(len(lengths), 1, size, dtype=dtype, device=lengths.device)
    return bias.masked_fill_((positions >= lengths[:, None])[:, None], -math.inf)


def causal_bias(num_queries: int, num_keys: int, like: Tensor) -> Tensor:
    """Hide the future: the last query sees every key, the one before all but one; (T, S)."""
    hidden = like.new_full((num_queries, num_keys), -math.inf)
    return hidden.triu_(num_keys - num_queries + 1)


def additive_scores(queries: Tensor, keys: Tensor, v: Tensor) -> Tensor:
    """score(q, k) = v . tanh(q + k) (Bahdanau et al., 2015, appendix A.1.2).

    Args:
        queries: W q_t, (B, T, F).
        keys: U k_s, (B, S, F).
        v: (F,).

    Returns:
        (B, T, S).
    """
    return torch.tanh(queries[:, :, None] + keys[:, None]) @ v


def dot_scores(queries: Tensor, keys: Tensor) -> Tensor:
    """score(q, k) = q . k / sqrt(F) (Luong et al., 2015, eq. 8; scaled: Vaswani et al., 2017).

    Args:
        queries: (B, T, F).
        keys: (B, S, F).

    Returns:
        (B, T, S).
    """
    return torch.bmm(queries * queries.shape[2] ** -0.5, keys.transpose(1, 2))


def attend(scores: Tensor, bias: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """The contexts (B, T, F) and the weights (B, T, S).

    Args:
        scores: (B, T, S).
        bias: what is added to them, of a shape that broadcasts to theirs.
        values: (B, S, F).
    """
    weights = torch.softmax(scores + bias, dim=2)
    return torch.bmm(weights, values), weights


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """(B, T, F) -> (B, heads, T, F / heads): each head sees its own features."""
    rows, time, features = x.shape
    return x.view(rows, time, num_heads, features // num_heads).transpose(1, 2).contiguous()


def multi_head(
    queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Scaled dot-product attention in each head (Vaswani et al., 2017, eq. 1 and section 3.2.2).

    Args:
        queries: (B, heads, T, F / heads).
        keys: (B, heads, S, F / heads).
        values: as the keys.
        bias: (T, S) for all rows, or (B, 1, S); None lets every query look everywhere.

    Returns:
        The contexts, heads side by side again, (B, T, F), and the weights (B, heads, T, S).
    """
    rows, heads, num_queries, size = queries.shape
    num_keys = keys.shape[2]
    if bias is None:
        bias = queries.new_zeros(1)
    elif bias.dim() == 3:
        bias = bias.repeat_interleave(heads, 0)
    flat_keys = keys.reshape(-1, num_keys, size).transpose(1, 2)
    flat_queries = queries.reshape(-1, num_queries, size)
    scores = torch.baddbmm(bias, flat_queries, flat_keys, alpha=size**-0.5)
    weights = torch.softmax(scores, dim=2)
    contexts = torch.bmm(weights, values.reshape(-1, num_keys, size))
    together = contexts.view(rows, heads, num_queries, size).transpose(1, 2)
    return together.reshape(rows, num_queries, heads * size), weights.view(
        rows, heads, num_queries, num_keys
    )
