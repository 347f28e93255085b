"""Losses of a next-token model over a large vocabulary, and the scores they are made of.

N positions, H features, V tokens of vocabulary. The output layer is ``features @ weight.T + bias``;
with V = 10,000 it is most of the arithmetic of a small language model, so no function here ever
holds the N x V matrix of logits: it is made, used and dropped a block of rows at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

_BLOCK_LOGITS = 1 << 21  # logits at once: 8 MB in float32, which stays in a core's caches


def _row_blocks(num_rows: int, vocab_size: int) -> Iterator[slice]:
    size = max(16, _BLOCK_LOGITS // vocab_size)
    return (slice(start, start + size) for start in range(0, num_rows, size))


class _FullCrossEntropy(torch.autograd.Function):
    """Mean cross entropy whose gradients are made in the forward pass, block by block.

    With p = softmax(logits) the gradient of the loss in the logits is (p - onehot) / N, so each
    block of logits can give its share of every gradient before it is dropped.
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
    ) -> Tensor:
        grad_features = torch.empty_like(features)
        grad_weight = torch.zeros(weight.shape, dtype=torch.float32, device=weight.device)
        grad_bias = torch.zeros_like(bias)
        total = torch.zeros((), dtype=torch.float64, device=features.device)
        scale = 1.0 / len(targets)
        for rows in _row_blocks(len(targets), len(bias)):
            logits = F.linear(features[rows], weight).float().add_(bias)
            picked = targets[rows, None]
            at_target = logits.gather(1, picked)
            normalizer = logits.logsumexp(1, keepdim=True)
            total += (normalizer - at_target).sum(dtype=torch.float64)
            gradient = logits.sub_(normalizer).exp_()
            gradient.scatter_add_(1, picked, torch.full_like(at_target, -1.0))
            gradient.mul_(scale)
            grad_bias += gradient.sum(0)
            gradient = gradient.to(weight.dtype)
            grad_features[rows] = gradient @ weight
            grad_weight += gradient.T @ features[rows]
        ctx.save_for_backward(grad_features, grad_weight, grad_bias)
        return (total * scale).float()

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        grad_features, grad_weight, grad_bias = ctx.saved_tensors
        return grad_features * grad_output, grad_weight * grad_output, grad_bias * grad_output, None


def full_cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, precision: torch.dtype
) -> Tensor:
    """Mean cross entropy over the whole vocabulary, in nats.

    Args:
        features: (N, H).
        weight: the output layer, (V, H), float32.
        bias: (V,), float32.
        targets: (N,), int64.
        precision: in which the matrix products are made; sums are float32, the mean float64.
    """
    loss: Tensor = _FullCrossEntropy.apply(  # type: ignore[no-untyped-call]
        features.to(precision), weight.to(precision), bias, targets
    )
    return loss


def sampled_cross_entropy(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    targets: Tensor,
    draws: Tensor,
    log_inclusion: Tensor,
    precision: torch.dtype,
) -> Tensor:
    """Mean cross entropy over a sample of the vocabulary, in nats (Jean et al., 2015, eq. 11).

    The candidates are the batch's targets and ``draws``, each once. A candidate that is certain to
    be drawn would be counted too often, so each logit is lowered by the log of the probability
    that its token is among the candidates. The value is not a perplexity's: it is only trained on.

    Args:
        features: (N, H).
        weight: the output layer, (V, H), float32.
        bias: (V,), float32.
        targets: (N,), int64.
        draws: (S,), int64, with repeats as they fell.
        log_inclusion: (V,), log of each token's probability to be a candidate.
        precision: in which the matrix products are made.
    """
    candidates, positions = torch.unique(torch.cat([targets, draws]), return_inverse=True)
    chosen = weight.index_select(0, candidates).to(precision)
    offset = (bias - log_inclusion).index_select(0, candidates)
    logits = F.linear(features.to(precision), chosen).float() + offset
    return F.cross_entropy(logits, positions[: len(targets)])


def log_probs_at(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Natural-log probability of each target under the full softmax.

    Args:
        features: (N, H).
        weight: (V, H).
        bias: (V,).
        targets: (N,), int64.

    Returns:
        (N,), float32.
    """
    scores = torch.empty(len(targets), dtype=torch.float32, device=features.device)
    for rows in _row_blocks(len(targets), len(bias)):
        logits = F.linear(features[rows], weight).float().add_(bias)
        at_target = logits.gather(1, targets[rows, None]).squeeze(1)
        scores[rows] = at_target - logits.logsumexp(1)
    return scores
