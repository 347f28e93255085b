"""The layers of the transformer (Vaswani et al., 2017), normalised before each part (pre-norm:
Wang et al., 2019; Xiong et al., 2020):

    x = x + dropout(part(LayerNorm(x)))

where the parts are attention to oneself, in a decoder attention to the source, and a feed-forward
network. F features, H heads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqlm.layers.attention import multi_head, split_heads
from seqlm.layers.pooled_dropout import pooled_dropout

KeysValues = tuple[Tensor, Tensor]
"""Keys and values, each (batch, heads, time, features / heads)."""


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear map that starts as Glorot & Bengio (2010) say, its bias at zero."""
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class SelfAttention(nn.Module):
    """Attention of a sequence to itself.

    Args:
        size: F.
        num_heads: H, which divides F.
    """

    def __init__(self, size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.LayerNorm(size)
        self.query_key_value = linear(size, 3 * size)
        self.output = linear(size, size)

    def forward(
        self, x: Tensor, bias: Tensor | None, past: KeysValues | None = None
    ) -> tuple[Tensor, KeysValues]:
        """Let every position of (batch, time, F) look at all of them and at ``past``.

        Returns:
            What is to be added to x, and all keys and values so far.
        """
        projected = self.query_key_value(self.norm(x)).chunk(3, dim=2)
        queries, keys, values = (split_heads(part, self.num_heads) for part in projected)
        if past is not None and past[0].shape[2]:
            keys = torch.cat([past[0], keys], dim=2)
            values = torch.cat([past[1], values], dim=2)
        contexts, _ = multi_head(queries, keys, values, bias)
        return self.output(contexts), (keys, values)


class SourceAttention(nn.Module):
    """Attention of a target to its source, whose keys and values are made once.

    Args:
        size: F.
        num_heads: H, which divides F.
    """

    def __init__(self, size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.LayerNorm(size)
        self.query = linear(size, size)
        self.key_value = linear(size, 2 * size)
        self.output = linear(size, size)

    def keys_values(self, memory: Tensor) -> KeysValues:
        """The keys and values of an encoded source (batch, source, F)."""
        keys, values = self.key_value(memory).chunk(2, dim=2)
        return split_heads(keys, self.num_heads), split_heads(values, self.num_heads)

    def forward(self, x: Tensor, source: KeysValues, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Let every position of (rows, time, F) look at its source.

        Rows that share a source become queries of one row.

        Returns:
            What is to be added to x, and the weights (rows, heads, time, source).
        """
        rows, time, size = x.shape
        queries = self.query(self.norm(x)).view(len(bias), -1, size)
        contexts, weights = multi_head(split_heads(queries, self.num_heads), *source, bias)
        if len(bias) != rows:
            weights = weights.view(len(bias), self.num_heads, -1, time, bias.shape[2])
            weights = weights.transpose(1, 2).flatten(0, 1)
        return self.output(contexts).view(rows, time, size), weights


class FeedForward(nn.Module):
    """FFN(x) = W_2 max(0, W_1 x + b_1) + b_2 (eq. 2).

    Args:
        size: F.
        inner_size: features between the two maps.
        dropout: probability that one of those is dropped.
    """

    def __init__(self, size: int, inner_size: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.norm = nn.LayerNorm(size)
        self.inner = linear(size, inner_size)
        self.outer = linear(inner_size, size)

    def forward(self, x: Tensor) -> Tensor:
        """What is to be added to (batch, time, F)."""
        inner = torch.relu(self.inner(self.norm(x)))
        outer: Tensor = self.outer(pooled_dropout(inner, self.dropout, self.training))
        return outer


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward.

    Args:
        size: F.
        num_heads: H.
        inner_size: of the feed-forward network.
        dropout: of what each part adds.
    """

    def __init__(self, size: int, num_heads: int, inner_size: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.self_attention = SelfAttention(size, num_heads)
        self.feed_forward = FeedForward(size, inner_size, dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(batch, source, F) to the same."""
        x = x + self._drop(self.self_attention(x, bias)[0])
        return x + self._drop(self.feed_forward(x))

    def _drop(self, x: Tensor) -> Tensor:
        return pooled_dropout(x, self.dropout, self.training)


class DecoderLayer(EncoderLayer):
    """Self-attention to the past, attention to the source, and feed-forward."""

    def __init__(self, size: int, num_heads: int, inner_size: int, dropout: float) -> None:
        super().__init__(size, num_heads, inner_size, dropout)
        self.source_attention = SourceAttention(size, num_heads)

    def step(
        self,
        x: Tensor,
        past: KeysValues,
        causal: Tensor | None,
        source: KeysValues,
        padding: Tensor,
    ) -> tuple[Tensor, KeysValues, Tensor]:
        """A chunk of the target.

        Args:
            x: (rows, time, F).
            past: keys and values of what came before.
            causal: what hides the future.
            source: keys and values of the source.
            padding: what hides the end of short sources, (sources, 1, source).

        Returns:
            The same as x; the past, grown; and the weights on the source.
        """
        added, past = self.self_attention(x, causal, past)
        x = x + self._drop(added)
        added, weights = self.source_attention(x, source, padding)
        x = x + self._drop(added)
        return x + self._drop(self.feed_forward(x)), past, weights
