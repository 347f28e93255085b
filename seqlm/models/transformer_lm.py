"""The transformer language model: a decoder alone (Vaswani et al., 2017; Radford et al., 2018).

    x = x + attention(norm(x))
    x = x + feed_forward(norm(x))          for each layer (pre-norm: Xiong et al., 2020)

Each layer sees the last ``context`` tokens, so L layers reach L (context - 1) tokens back, and a
stream of any length runs at the same cost a token. The feed-forward layers are squared ReLUs (So et
al., 2021), the output layer is the embedding again unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from seqlm.layers.dropout import drop_features
from seqlm.layers.local_attention import Band, Cache, LocalAttention, band
from seqlm.models.embedding_lm import EmbeddingLM
from seqlm.state import State

_BLOCK = 128
"""Tokens read at once: more would mostly score pairs that are out of each other's sight."""


@dataclass(frozen=True)
class TransformerConfig:
    """The shape of a transformer, as ``config.json`` holds it.

    Raises:
        ValueError: the heads do not divide the features.
    """

    vocab_size: int
    hidden_size: int
    feedforward_size: int
    num_layers: int
    num_heads: int
    context: int
    tied: bool = True
    arch: str = "transformer"

    LIMITS: ClassVar[Mapping[str, int]] = {
        "vocab_size": 1 << 24,
        "hidden_size": 1 << 16,
        "feedforward_size": 1 << 18,
        "num_layers": 256,
        "num_heads": 1 << 10,
        "context": 1 << 16,
    }

    def __post_init__(self) -> None:
        if self.hidden_size % self.num_heads:
            raise ValueError(f"{self.hidden_size} features do not go into {self.num_heads} heads")


class TransformerLayer(nn.Module):
    """Attention and a feed-forward network, each behind a norm and beside a residual connection.

    Args:
        config: the shape of the model.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.attention_norm = nn.LayerNorm(size)
        self.attention = LocalAttention(size, config.num_heads, config.context)
        self.feedforward_norm = nn.LayerNorm(size)
        self.wide = nn.Linear(size, config.feedforward_size)
        self.narrow = nn.Linear(config.feedforward_size, size)
        # Layers begin as the identity, so that depth does no harm at the start.
        nn.init.zeros_(self.attention.output.weight)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def forward(self, x: Tensor, cache: Cache, seen: Band, dropout: float) -> tuple[Tensor, Cache]:
        """Read a chunk (batch, time, size); see ``LocalAttention`` for the cache and the band."""
        mixed, cache = self.attention(self.attention_norm(x), cache, seen)
        x = x + drop_features(mixed, dropout)
        h = torch.relu(self.wide(self.feedforward_norm(x))).square()
        return x + drop_features(self.narrow(h), dropout), cache


class TransformerLM(EmbeddingLM):
    """A stack of causal layers.

    Its state is the number of tokens in the caches, (batch,), and each layer's keys and values,
    (batch, context - 1, hidden).

    Args:
        config: the shape.
        dropout: probability that a feature is dropped in training: of what goes in, of what each
            part of a layer adds, and of what comes out.
    """

    def __init__(self, config: TransformerConfig, dropout: float = 0.0) -> None:
        size = config.hidden_size
        super().__init__(config.vocab_size, size, size, config.tied, dropout)
        self.config = config
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(size)
        # Small features at first leave the first word to the output bias, the unigram model.
        nn.init.constant_(self.norm.weight, 0.25)

    def initial_state(self, batch_size: int) -> State:
        """Empty caches."""
        real = torch.zeros(batch_size, dtype=torch.long, device=self.output_bias.device)
        return real, tuple(layer.attention.empty_cache(batch_size) for layer in self._layers())

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read a chunk (batch, time); what the output layer sees, (batch, time, features)."""
        parts = []
        for block in torch.split(inputs, _BLOCK, dim=1):
            part, state = self._read(block, state)
            parts.append(part)
        return (torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]), state

    def _read(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        assert isinstance(state, tuple)
        real, caches = state
        assert isinstance(real, Tensor) and isinstance(caches, tuple)
        config, time = self.config, inputs.shape[1]
        dropout = self.in_training(self.dropout)
        seen = band(time, config.context, real)
        x = drop_features(self.embed(inputs), dropout)
        next_caches: list[State] = []
        for layer, cache in zip(self._layers(), caches, strict=True):
            x, cache = layer(x, cache, seen, dropout)
            next_caches.append(cache)
        real = (real + time).clamp(max=config.context - 1)
        return drop_features(self.norm(x), dropout), (real, tuple(next_caches))

    def _layers(self) -> list[TransformerLayer]:
        return list(self.layers)  # type: ignore[arg-type]
