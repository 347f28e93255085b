"""The losses against the framework's cross entropy, where both can be computed."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from seqlm import losses
from seqlm.losses import (
    activation_penalties,
    full_cross_entropy,
    log_probs_at,
    sampled_cross_entropy,
)
from seqlm.rows import rows_of

V, H, N = 37, 5, 23


@pytest.fixture
def layer() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    features, weight, bias = torch.randn(N, H), torch.randn(V, H), torch.randn(V)
    return *(t.requires_grad_() for t in (features, weight, bias)), torch.randint(0, V, (N,))


def gradients(loss, parameters) -> list[torch.Tensor]:
    for parameter in parameters:
        parameter.grad = None
    (3 * loss).backward()
    return [parameter.grad.clone() for parameter in parameters]


def test_blocks_equal_one_matrix(layer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the loss that saves memory would train another model."""
    monkeypatch.setattr(losses, "_BLOCK_LOGITS", 16 * V)
    features, weight, bias, targets = layer
    ours = full_cross_entropy(features, weight, bias, targets, torch.float32)
    theirs = F.cross_entropy(features @ weight.T + bias, targets)
    torch.testing.assert_close(ours, theirs)
    for left, right in zip(gradients(ours, layer[:3]), gradients(theirs, layer[:3]), strict=True):
        torch.testing.assert_close(left, right)


def test_a_sample_of_everything_is_the_full_loss(layer) -> None:
    """Else the correction for what is certain to be drawn would be wrong."""
    features, weight, bias, targets = layer
    everything, certain = torch.arange(V), torch.zeros(V)
    ours = sampled_cross_entropy(
        features, weight, bias, targets, everything, certain, torch.float32
    )
    theirs = F.cross_entropy(features @ weight.T + bias, targets)
    torch.testing.assert_close(ours, theirs)
    for left, right in zip(gradients(ours, layer[:3]), gradients(theirs, layer[:3]), strict=True):
        torch.testing.assert_close(left, right)


def test_scores_are_log_probabilities(layer) -> None:
    """Else perplexities would not be those of the softmax."""
    features, weight, bias, targets = layer
    with torch.no_grad():
        expected = -F.cross_entropy(features @ weight.T + bias, targets, reduction="none")
        torch.testing.assert_close(log_probs_at(features, weight, bias, targets), expected)


def test_zero_weights_give_perplexity_v() -> None:
    """A uniform model has perplexity V exactly; else a perplexity is off by a factor."""
    scores = log_probs_at(torch.zeros(N, H), torch.zeros(V, H), torch.zeros(V), torch.arange(N))
    assert math.exp(-float(scores.double().mean())) == pytest.approx(V, rel=1e-6)


def test_rows_add_their_gradients_where_they_belong() -> None:
    """Else a token that occurs twice would learn once."""
    weight = torch.randn(V, H, requires_grad=True)
    rows = torch.tensor([[3, 3], [0, 7]])
    expected = torch.autograd.grad((F.embedding(rows, weight) ** 2).sum(), weight)[0]
    (rows_of(weight, rows) ** 2).sum().backward()
    torch.testing.assert_close(weight.grad, expected)


def test_penalties_by_hand() -> None:
    """Else a network that was to be smooth would be regularised some other way."""
    features = torch.tensor([[[1.0, 0.0], [3.0, 0.0]]])  # one row, two tokens, one feature dropped
    # mean square (1 + 9) / 4; one change of 2 among two features.
    assert activation_penalties(features, 2.0, 0.0).item() == 5.0
    assert activation_penalties(features, 0.0, 3.0).item() == 6.0
    assert activation_penalties(features[:, :1], 0.0, 3.0).item() == 0.0


def test_the_gradient_of_the_penalties() -> None:
    """Else they would push the features somewhere else than the loss says."""
    torch.manual_seed(2)
    features = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: activation_penalties(x, 2.0, 3.0), (features,))
