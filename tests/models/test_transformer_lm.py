"""The transformer against the definition: whole attention matrices, and no cache."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from seqlm.layers.local_attention import LocalAttention
from seqlm.models.transformer_lm import TransformerConfig, TransformerLM

VOCAB, SIZE, HEADS, CONTEXT = 13, 8, 2, 5


def new_model(context: int = CONTEXT) -> TransformerLM:
    torch.manual_seed(1)
    config = TransformerConfig(VOCAB, SIZE, 12, num_layers=3, num_heads=HEADS, context=context)
    model = TransformerLM(config, dropout=0.3).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return model.eval()


def whole_attention(layer: torch.nn.Module, x: Tensor) -> Tensor:
    """Each token looks at those within reach, query by query, head by head."""
    query, key, value = layer.query_key_value(x).chunk(3, dim=2)
    out = torch.zeros_like(x)
    width = SIZE // HEADS
    for t in range(x.shape[1]):
        first = max(0, t - layer.context + 1)
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            keys, values = key[:, first : t + 1, part], value[:, first : t + 1, part]
            distance = t - torch.arange(first, t + 1)
            scores = (keys @ query[:, t, part, None])[:, :, 0] / math.sqrt(width)
            weights = torch.softmax(scores + layer.distance_bias[head, distance], dim=1)
            out[:, t, part] = (weights[:, :, None] * values).sum(1)
    return layer.output(out)


def whole_features(model: TransformerLM, tokens: Tensor) -> Tensor:
    """The model without a cache, as the paper draws it."""
    x = model.embedding[tokens]
    for layer in model.layers:
        x = x + whole_attention(layer.attention, layer.attention_norm(x))
        h = torch.relu(layer.wide(layer.feedforward_norm(x))) ** 2
        x = x + layer.narrow(h)
    return model.norm(x)


@pytest.mark.parametrize("pieces", [[17], [1] * 17, [3, 9, 5], [16, 1]])
@pytest.mark.parametrize("context", [1, CONTEXT, 40])
def test_the_cache_changes_nothing(pieces: list[int], context: int) -> None:
    """Else generation would follow another model than the one that was trained."""
    model = new_model(context)
    tokens = torch.randint(0, VOCAB, (2, 17))
    with torch.no_grad():
        expected = whole_features(model, tokens)
        state = model.initial_state(2)
        parts = []
        for piece in tokens.split(pieces, dim=1):
            features, state = model.features(piece, state)
            parts.append(features)
    torch.testing.assert_close(torch.cat(parts, 1), expected)


def test_a_long_chunk_is_read_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else --chunk-length 8192 would take memory by the square."""
    model = new_model()
    tokens = torch.randint(0, VOCAB, (2, 17))
    whole, _ = model.features(tokens, model.initial_state(2))
    monkeypatch.setattr("seqlm.models.transformer_lm._BLOCK", 4)
    in_blocks, _ = model.features(tokens, model.initial_state(2))
    torch.testing.assert_close(in_blocks, whole)


def test_attention_fades_with_distance_at_first() -> None:
    """Else a new model would look at its oldest tokens as much as at its newest."""
    attention = LocalAttention(4, 2, 3)
    expected = torch.tensor([[0, -1, -2], [0, -1, -2]]) * torch.tensor([[1 / 16], [1 / 256]])
    torch.testing.assert_close(attention.distance_bias.data, expected)


def test_heads_must_divide_the_features() -> None:
    """Else features would be lost, or the user would meet a traceback."""
    with pytest.raises(ValueError, match="8 features do not go into 3 heads"):
        TransformerConfig(VOCAB, SIZE, 12, num_layers=1, num_heads=3, context=2)
