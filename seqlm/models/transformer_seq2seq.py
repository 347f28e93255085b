"""The transformer that translates (Vaswani et al., 2017), pre-norm, its embedding tied three ways.

    source -> embedding * sqrt(F) + positions -> encoder layers -> LayerNorm -> keys, values
    target -> embedding * sqrt(F) + positions -> decoder layers -> LayerNorm -> output layer

The output layer is the target's embedding, and the source's too where both languages share one
vocabulary (Press & Wolf, 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from seqlm.layers.attention import causal_bias, padding_bias
from seqlm.layers.pooled_dropout import pooled_dropout
from seqlm.layers.positions import sinusoids
from seqlm.layers.transformer import DecoderLayer, EncoderLayer, KeysValues
from seqlm.models.translation_model import TranslationModel
from seqlm.rows import rows_of
from seqlm.state import Conditioned


@dataclass(frozen=True)
class TransformerSeq2SeqConfig:
    """The shape of a translating transformer, as ``config.json`` holds it.

    Attributes:
        arch: transformer.
        vocab_size: tokens of the target.
        source_vocab_size: tokens of the source.
        shared: both are one vocabulary, with one embedding.
        hidden_size: features of a token.
        inner_size: features inside a feed-forward network.
        num_heads: heads of attention; they divide the features.
        num_layers: of the encoder, and of the decoder.
    """

    arch: str
    vocab_size: int
    source_vocab_size: int
    shared: bool
    hidden_size: int
    inner_size: int
    num_heads: int
    num_layers: int

    LIMITS: ClassVar[Mapping[str, int]] = {
        "vocab_size": 1 << 24,
        "source_vocab_size": 1 << 24,
        "hidden_size": 1 << 16,
        "inner_size": 1 << 18,
        "num_heads": 1 << 10,
        "num_layers": 64,
    }

    def __post_init__(self) -> None:
        """Check what goes together.

        Raises:
            ValueError: it does not.
        """
        if self.hidden_size % self.num_heads:
            raise ValueError(f"{self.num_heads} heads do not divide {self.hidden_size} features")
        if self.shared and self.vocab_size != self.source_vocab_size:
            raise ValueError("a shared vocabulary has one size")


class TransformerSeq2Seq(TranslationModel):
    """A translating transformer.

    Its state: of the source, what hides the padding and each decoder layer's keys and values; of
    the past, each decoder layer's keys and values.

    Args:
        config: the shape.
        dropout: probability that a feature is dropped in training.
    """

    def __init__(self, config: TransformerSeq2SeqConfig, dropout: float = 0.0) -> None:
        super().__init__(config.vocab_size)
        self.config = config
        self.dropout = dropout
        size = config.hidden_size
        layer = size, config.num_heads, config.inner_size, dropout
        self.embedding = embedding(config.vocab_size, size)
        self.source_embedding = None if config.shared else embedding(config.source_vocab_size, size)
        self.encoder = nn.ModuleList(EncoderLayer(*layer) for _ in range(config.num_layers))
        self.encoder_norm = nn.LayerNorm(size)
        self.decoder = nn.ModuleList(DecoderLayer(*layer) for _ in range(config.num_layers))
        self.decoder_norm = nn.LayerNorm(size)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))

    @property
    def output_weight(self) -> Tensor:
        """The output layer, (vocab, features)."""
        return self.embedding

    def encode(self, source: Tensor, lengths: Tensor) -> Conditioned:
        """Read the sources; the decoder's first state."""
        table = self.embedding if self.source_embedding is None else self.source_embedding
        x = self._embed(table, source, 0)
        padding = padding_bias(lengths, source.shape[1], x.dtype)
        for layer in self.encoder:
            x = layer(x, padding)
        memory = self.encoder_norm(x)
        layers = self._decoder_layers()
        keys_values = tuple(layer.source_attention.keys_values(memory) for layer in layers)
        nothing = keys_values[0][0][:, :, :0]
        return Conditioned((padding, keys_values), tuple((nothing, nothing) for _ in layers))

    def decode(
        self, inputs: Tensor, state: Conditioned
    ) -> tuple[Tensor, Conditioned, tuple[Tensor, ...]]:
        """Read a chunk of the target (see ``TranslationModel.decode``)."""
        padding, sources = cast(tuple[Tensor, tuple[KeysValues, ...]], state.source)
        pasts = cast(tuple[KeysValues, ...], state.past)
        before, time = pasts[0][0].shape[2], inputs.shape[1]
        x = self._embed(self.embedding, inputs, before)
        causal = causal_bias(time, before + time, x) if time > 1 else None
        weights, grown = [], []
        for layer, past, source in zip(self._decoder_layers(), pasts, sources, strict=True):
            x, past, looked = layer.step(x, past, causal, source, padding)
            grown.append(past)
            weights.append(looked)
        return self.decoder_norm(x), Conditioned(state.source, tuple(grown)), tuple(weights)

    def _embed(self, table: Tensor, ids: Tensor, start: int) -> Tensor:
        """Tokens (batch, time), the first of which stands at ``start``, as features."""
        low = self.encoder_norm.weight.dtype  # of what computes; the tables stay in float32
        x = (rows_of(table, ids) * self.config.hidden_size**0.5).to(low)
        x = x + sinusoids(start, ids.shape[1], x)
        return pooled_dropout(x, self.dropout, self.training)

    def _decoder_layers(self) -> list[DecoderLayer]:
        return list(self.decoder)  # type: ignore[arg-type]


def embedding(vocab_size: int, size: int) -> nn.Parameter:
    """A table of embeddings with variance 1 / size, so that rows times sqrt(size) have variance 1.

    Uniform; see ``RecurrentLM`` for why not normal.
    """
    reach = (3 / size) ** 0.5
    return nn.Parameter(torch.empty(vocab_size, size).uniform_(-reach, reach))
