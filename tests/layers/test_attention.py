"""Attention against its equations, and its gradients against finite differences."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from seqlm.config import TranslationOptions
from seqlm.layers.attention import (
    additive_scores,
    attend,
    causal_bias,
    dot_scores,
    multi_head,
    padding_bias,
    split_heads,
)
from seqlm.layers.pooled_dropout import pooled_dropout
from seqlm.layers.positions import sinusoids
from seqlm.models.translation_networks import make_translation_model, translation_config


def random(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_scores_are_those_of_the_papers() -> None:
    """Else what is called Bahdanau's or Luong's attention would be something else."""
    queries, keys, v = random(2, 3, 4), random(2, 5, 4), random(4)
    additive, dot = additive_scores(queries, keys, v), dot_scores(queries, keys)
    for b, t, s in [(0, 0, 0), (1, 2, 4), (1, 0, 3)]:
        assert torch.isclose(additive[b, t, s], v @ torch.tanh(queries[b, t] + keys[b, s]))
        assert torch.isclose(dot[b, t, s], queries[b, t] @ keys[b, s] / math.sqrt(4))


def test_heads_attend_each_for_itself() -> None:
    """Else several heads would be one, or see each other's features."""
    x, memory = random(2, 3, 8), random(2, 5, 8)
    contexts, weights = multi_head(split_heads(x, 2), *[split_heads(memory, 2)] * 2, None)
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        expected, looked = attend(
            dot_scores(x[..., part], memory[..., part]), torch.zeros(1), memory[..., part]
        )
        torch.testing.assert_close(contexts[..., part], expected)
        torch.testing.assert_close(weights[:, head], looked)


def test_what_is_hidden_gets_no_weight() -> None:
    """Else padding or the future would leak into what a model says."""
    padding = padding_bias(torch.tensor([2, 3]), 3, torch.float64)
    assert padding.tolist() == [[[0, 0, -math.inf]], [[0, 0, 0]]]
    causal = causal_bias(2, 4, padding)
    assert causal.tolist() == [[0, 0, 0, -math.inf], [0, 0, 0, 0]]
    heads = split_heads(random(2, 3, 8), 2)
    _, weights = multi_head(heads, heads, heads, padding)
    assert (weights[0, :, :, 2] == 0).all() and (weights[1] > 0).all()
    torch.testing.assert_close(weights.sum(3), torch.ones(2, 2, 3, dtype=torch.float64))


def test_positions_are_the_sinusoids_of_the_paper() -> None:
    """Else the same word at another place would be the same to a transformer."""
    table = sinusoids(1000, 50, torch.zeros(6, dtype=torch.float64))
    assert table.shape == (50, 6)
    for t, i in [(0, 0), (30, 1), (49, 2)]:
        angle = (1000 + t) / 10000 ** (2 * i / 6)
        assert math.isclose(table[t, 2 * i], math.sin(angle), abs_tol=1e-9)
        assert math.isclose(table[t, 2 * i + 1], math.cos(angle), abs_tol=1e-9)


def test_dropout_from_a_pool_keeps_the_mean() -> None:
    """Else a model would see other sizes in training than afterwards."""
    torch.manual_seed(0)
    x = torch.ones(200, 500)
    assert pooled_dropout(x, 0.3, training=False) is x
    dropped = pooled_dropout(x, 0.3, training=True)
    assert set(dropped.unique().tolist()) == {0.0, float(torch.tensor(1.0) / 0.7)}
    assert abs(float(dropped.mean()) - 1) < 0.01
    assert not torch.equal(dropped, pooled_dropout(x, 0.3, training=True))


@pytest.mark.parametrize(
    "shape",
    [
        {"arch": "transformer", "num_heads": 2, "num_layers": 1},
        {"arch": "lstm", "attention": "dot"},
        {"arch": "gru", "attention": "additive", "input_feeding": True},
        {"arch": "rnn", "attention": "none", "peeky": True},
    ],
    ids=lambda shape: shape["arch"],
)
def test_gradients_are_those_of_finite_differences(shape: dict[str, object]) -> None:
    """Else training would walk in another direction than downhill."""
    torch.manual_seed(1)
    options = TranslationOptions(hidden_size=4, inner_size=5, **shape)
    model = make_translation_model(translation_config(options, 7, 7)).double()
    source, lengths = torch.tensor([[3, 2, 0], [4, 0, 0]]), torch.tensor([3, 2])
    inputs = torch.tensor([[0, 5, 2], [0, 6, 0]])
    tables = {name: p.detach() for name, p in model.named_parameters() if "." not in name}
    layers = {name: p for name, p in model.named_parameters() if "." in name}

    def outputs(*values: Tensor) -> Tensor:
        weights = dict(zip(layers, values, strict=True)) | tables
        return functional_call(model, weights, (source, lengths, inputs))

    assert torch.autograd.gradcheck(outputs, tuple(layers.values()), atol=1e-6, fast_mode=True)
