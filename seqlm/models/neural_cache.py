"""The neural cache: a memory of what was just read, looked up by likeness (Grave et al., 2017).

Beside its softmax, a network that has read x_1 ... x_t keeps the last N pairs of what it saw before
a token and that token, (h_i, x_i+1). What it sees now, h_t, is compared with them:

    p_cache(w) ~ sum over the pairs with x_i+1 = w of exp(theta h_t . h_i)        (equation 2)
    p(w) = (1 - weight) p_model(w) + weight p_cache(w)                            (equation 3)

The memory is part of the state, so lines, beams and streams each have their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from seqlm.models.language_model import NeuralLanguageModel
from seqlm.state import State

_SCORES_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class CacheShape:
    """How a cache looks back.

    Attributes:
        size: pairs that it remembers.
        theta: how much sharper likeness counts.
        weight: the cache's share of the mixture, 0 to 1.
    """

    size: int
    theta: float
    weight: float


class CachedLM:
    """A network with a neural cache, itself a ``LanguageModel``.

    Its state is that of the network, the features that it remembers, (batch, n, features), and the
    tokens that came behind all of them but the last, (batch, n - 1).

    Args:
        model: the network; it is not changed.
        shape: how the cache looks back.
    """

    def __init__(self, model: NeuralLanguageModel, shape: CacheShape) -> None:
        self.model = model
        self.shape = shape
        self.vocab_size = model.vocab_size

    def initial_state(self, batch_size: int) -> State:
        """The network's first state, and an empty memory."""
        weight = self.model.output_weight
        features = weight.new_empty(batch_size, 0, weight.shape[1])
        tokens = torch.empty(batch_size, 0, dtype=torch.int64, device=weight.device)
        return self.model.initial_state(batch_size), features, tokens

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a stream, (batch,); log-probabilities of the next, (batch, vocab)."""
        keys, values, state = self._read(tokens[:, None], state)
        log_probs = self.model.distribution(keys[:, -1])
        if not values.shape[1]:
            return log_probs, state
        found = self._likeness(keys, values, slice(keys.shape[1] - 1, keys.shape[1]))
        cached = torch.zeros_like(log_probs)
        kept = values[:, -found.shape[2] :]
        cached.scatter_add_(1, kept, found[:, 0])
        return self._mixed(log_probs, cached), state

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (batch, time)."""
        batch_size, time = inputs.shape
        keys, values, state = self._read(inputs, state)
        before = keys.shape[1] - time
        log_probs = torch.zeros(targets.shape, device=targets.device)
        if self.shape.weight < 1 or not before:  # a cache alone, as it is tuned, needs no softmax
            log_probs = self.model.log_probs_of(keys[:, before:], targets)
        step = max(1, _SCORES_AT_ONCE // (batch_size * (self.shape.size + time)))
        cached = torch.empty_like(log_probs)
        for start in range(0, time, step):
            stop = min(time, start + step)
            found = self._likeness(keys, values, slice(before + start, before + stop))
            last = before + stop - 1
            same = values[:, None, last - found.shape[2] : last] == targets[:, start:stop, None]
            cached[:, start:stop] = (found * same).sum(2)
        mixed = self._mixed(log_probs, cached)
        if not before:
            mixed[:, :1] = log_probs[:, :1]  # nothing is remembered before the first token
        return mixed, state

    def _read(self, inputs: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """The features and tokens that are remembered, with those of ``inputs``; the next state."""
        assert isinstance(state, tuple)
        inner, keys, values = state
        assert isinstance(keys, Tensor)
        assert isinstance(values, Tensor)
        followed = inputs if keys.shape[1] else inputs[:, 1:]
        features, inner = self.model.features(inputs, inner)
        keys = torch.cat([keys, features.to(keys.dtype)], 1)
        values = torch.cat([values, followed], 1)
        size = self.shape.size
        kept = keys[:, max(0, keys.shape[1] - size - 1) :].clone()
        return keys, values, (inner, kept, values[:, max(0, values.shape[1] - size) :].clone())

    def _likeness(self, keys: Tensor, values: Tensor, now: slice) -> Tensor:
        """The cache's softmax at the times ``now``, over the pairs up to the last of them.

        Returns:
            (batch, times, pairs): the pairs end with the one before the last time; each row has
            zeros outside of its own last ``size`` pairs, and sums to one if it has any.
        """
        size = self.shape.size
        first = max(0, now.start - size)
        likeness = keys[:, now] @ keys[:, first : now.stop - 1].transpose(1, 2)
        rows = torch.arange(now.start, now.stop, device=keys.device)[:, None]
        pairs = torch.arange(first, now.stop - 1, device=keys.device)
        outside = (pairs >= rows) | (pairs < rows - size)
        likeness = (likeness * self.shape.theta).masked_fill_(outside, -math.inf)
        return torch.softmax(likeness, 2)

    def _mixed(self, log_probs: Tensor, cached: Tensor) -> Tensor:
        """The log of the mixture of the network's log-probabilities and the cache's own."""
        weight = self.shape.weight
        return torch.logaddexp(log_probs + _log(1 - weight), cached.log() + _log(weight))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
