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

from seqlm import fast_normalizer
from seqlm.rows import rows_of

_CANDIDATE_MULTIPLE = 128
_BLOCK_LOGITS = 1 << 21  # logits at once: 8 MB in float32
_MOST_LOGITS = 1 << 24  # 64 MB
_FEWEST_ROWS = 128
_ROW_MULTIPLE = 64
_SMALLEST = 1e-38  # a probability's: a loss of 87 nats a token is as wrong as any larger one


def _row_blocks(num_rows: int, vocab_size: int) -> Iterator[slice]:
    size = _BLOCK_LOGITS // vocab_size
    if size < _FEWEST_ROWS:
        # No block of logits would stay in the cache. What counts then is how often the weight and
        # its gradient pass by: four times fewer made training at V = 33,278 twice as fast.
        size = min(4 * _FEWEST_ROWS, _MOST_LOGITS // vocab_size)
    # Blocks of one size: a last one of a few rows takes nearly as long as a whole one.
    size = -(-num_rows // max(1, -(-num_rows // size)))
    size = max(16, -(-size // _ROW_MULTIPLE) * _ROW_MULTIPLE)
    return (slice(start, start + size) for start in range(0, num_rows, size))


class _CrossEntropy(torch.autograd.Function):
    """Mean cross entropy whose gradients are made in the forward pass, block by block.

    With p = softmax(logits) the gradient of the loss in the logits is (p - onehot) / N, so each
    block of logits can give its share of every gradient before it is dropped. A block stays in the
    processor's cache from its matrix product to its gradient.
    """

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        precision: torch.dtype,
        smoothing: float,
    ) -> Tensor:
        low, matrix = features.to(precision), weight.detach().to(precision)
        grad_features = torch.empty_like(low)
        grad_weight = torch.zeros(weight.shape, device=weight.device)
        grad_bias = torch.zeros_like(bias)
        total = torch.zeros((), dtype=torch.float64, device=features.device)
        for rows in _row_blocks(len(low), len(bias)):
            logits = F.linear(low[rows], matrix).float().add_(bias)
            gradient = torch.softmax(logits, 1)
            picked = targets[rows, None]
            counted = gradient[: len(picked)]
            log_probs = counted.gather(1, picked).clamp_min_(_SMALLEST).log_()
            total -= (1 - smoothing) * log_probs.sum(dtype=torch.float64)
            if smoothing:
                total -= smoothing * _mean_log_probs(logits, log_probs, picked)
                counted -= smoothing / len(bias)
            counted.scatter_add_(1, picked, counted.new_full(picked.shape, smoothing - 1.0))
            gradient[len(picked) :] = 0.0
            grad_bias += gradient.sum(0)
            gradient = gradient.to(precision)
            grad_features[rows] = gradient @ matrix
            grad_weight += gradient.T @ low[rows]
        scale = 1.0 / len(targets)
        ctx.scale = scale
        ctx.save_for_backward(grad_features.to(features.dtype), grad_weight, grad_bias)
        return (total * scale).float()

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        scale = grad_output * ctx.scale
        return *(part.mul_(scale) for part in ctx.saved_tensors), None, None, None


def _mean_log_probs(logits: Tensor, log_probs: Tensor, targets: Tensor) -> Tensor:
    """The sum over the rows of the mean log-probability of all tokens.

    Args:
        logits: at least as many rows as targets, (rows, V).
        log_probs: of the targets, (N, 1).
        targets: (N, 1).
    """
    counted = logits[: len(targets)]
    normalizer = counted.gather(1, targets) - log_probs
    return (counted.mean(1, keepdim=True) - normalizer).sum(dtype=torch.float64)


def full_cross_entropy(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    targets: Tensor,
    precision: torch.dtype,
    smoothing: float = 0.0,
) -> Tensor:
    """Mean cross entropy over the whole vocabulary, in nats.

    With smoothing s it is against (1 - s) of the target and s / V of every token (Szegedy et al.,
    2016, section 7), which keeps a model from being surer than it should be.

    Args:
        features: (N, H); rows behind the last target count for nothing, so that there may be few
            shapes.
        weight: the output layer, (V, H), float32.
        bias: (V,), float32.
        targets: (N,), int64.
        precision: in which the matrix products are made; sums are float32, the mean float64.
        smoothing: s.
    """
    loss: Tensor = _CrossEntropy.apply(  # type: ignore[no-untyped-call]
        features, weight, bias, targets, precision, smoothing
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
    # A matrix kernel is compiled for each new shape (6 ms a time), so few shapes may occur; but
    # batches differ by some dozens of candidates only.
    unused = -len(candidates) % _CANDIDATE_MULTIPLE
    candidates = F.pad(candidates, (0, unused))
    offset = bias[candidates] - log_inclusion[candidates]
    offset = torch.cat([offset[: len(candidates) - unused], offset.new_full((unused,), -torch.inf)])
    return full_cross_entropy(
        features, rows_of(weight, candidates), offset, positions[: len(targets)], precision
    )


def log_probs_at(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Natural-log probability of each target under the full softmax.

    Args:
        features: (N, H).
        weight: (V, H).
        bias: (V,).
        targets: (N,), int64.

    Returns:
        (N,), float32; see ``fast_normalizer`` for how exact they are where the vocabulary is large.
    """
    if fast_normalizer.pays(features, weight):
        fast = fast_normalizer.fast_log_probs_at(features, weight, bias, targets)
        if fast is not None:
            return fast
    scores = torch.empty(len(targets), dtype=torch.float32, device=features.device)
    for rows in _row_blocks(len(targets), len(bias)):
        logits = F.linear(features[rows], weight).float().add_(bias)
        at_target = logits.gather(1, targets[rows, None]).squeeze(1)
        scores[rows] = at_target - logits.logsumexp(1)
    return scores


class _Penalties(torch.autograd.Function):
    """Both penalties and their gradient in one go, six times as fast as what autograd makes of it.

    With n features and m changes d_t = h_t - h_{t-1} the gradient in h_t is
    2 alpha h_t / n + 2 beta (d_t - d_{t+1}) / m.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, activation: float, slowness: float) -> Tensor:
        h = features.detach().to(torch.promote_types(features.dtype, torch.float32))
        changes = h[:, 1:] - h[:, :-1]
        alpha, beta = activation / h.numel(), slowness / max(1, changes.numel())
        cost: Tensor = alpha * h.square().sum() + beta * changes.square().sum()
        gradient = h * (2 * alpha)
        changes *= 2 * beta
        gradient[:, 1:] += changes
        gradient[:, :-1] -= changes
        ctx.save_for_backward(gradient.to(features.dtype))
        return cost

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad_output, None, None


def activation_penalties(features: Tensor, activation: float, slowness: float) -> Tensor:
    """What large and what jumping features cost (Merity et al., 2017, arXiv:1708.01009).

        activation * mean(h_t^2) + slowness * mean((h_t - h_{t-1})^2)

    Args:
        features: what the output layer sees, dropped features among them as zeros; the same ones
            at every time, so that their changes are zeros too, (batch, time, features).
        activation: alpha, of activation regularisation.
        slowness: beta, of temporal activation regularisation.
    """
    cost: Tensor = _Penalties.apply(features, activation, slowness)  # type: ignore[no-untyped-call]
    return cost
