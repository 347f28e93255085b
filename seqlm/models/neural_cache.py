"""The neural cache: a memory of what was just read, looked up by likeness (Grave et al., 2017).

Beside its softmax, a network that has read x_1 ... x_t keeps the last N pairs of what it saw before
a token and that token, (h_i, x_i+1). What it sees now, h_t, is compared with them:

    p_cache(w) ~ sum over the pairs with x_i+1 = w of exp(theta cos(h_t, h_i) - (t - i) / horizon)
    p(w) = (1 - weight) p_model(w) + weight p_cache(w)

These are the paper's equations 2 and 3 but for two things. It has the product of h_t and h_i where
the cosine stands; with the cosine one theta suits networks whose features are of any size. And it
has no horizon: older pairs counting less makes a long memory better than a short one.

The memory is part of the state, so lines, beams and streams each have their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seqlm.config import CacheOptions
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.state import State

_SCORES_AT_ONCE = 1 << 22


class CachedLM:
    """A network with a neural cache, itself a ``LanguageModel``.

    Its state is that of the network, the features that it remembers, (batch, n, features), each of
    norm one, and the tokens that came behind all of them but the last, (batch, n - 1).

    Args:
        model: the network; it is not changed.
        options: how the cache looks back.
    """

    def __init__(self, model: NeuralLanguageModel, options: CacheOptions) -> None:
        self.model = model
        self.options = options
        self.vocab_size = model.vocab_size

    def initial_state(self, batch_size: int) -> State:
        """The network's first state, and an empty memory."""
        weight = self.model.output_weight
        features = weight.new_empty(batch_size, 0, weight.shape[1])
        tokens = torch.empty(batch_size, 0, dtype=torch.int64, device=weight.device)
        return self.model.initial_state(batch_size), features, tokens

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a stream, (batch,); log-probabilities of the next, (batch, vocab)."""
        features, memory, state = self._read(tokens[:, None], state)
        log_probs = self.model.distribution(features[:, 0])
        pairs, shares = memory.look(0, 1, self.options)
        if not shares.shape[2]:
            return log_probs, state
        cached = torch.zeros_like(log_probs).scatter_add_(1, memory.values[:, pairs], shares[:, 0])
        return self._mixed(log_probs, cached), state

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (batch, time)."""
        batch_size, time = inputs.shape
        features, memory, state = self._read(inputs, state)
        log_probs = torch.zeros(targets.shape, device=targets.device)
        if self.options.weight < 1 or not memory.before:  # no softmax for a cache that is tuned
            log_probs = self.model.log_probs_of(features, targets)
        cached = torch.empty_like(log_probs)
        step = max(1, _SCORES_AT_ONCE // (batch_size * (self.options.size + time)))
        for start in range(0, time, step):
            stop = min(time, start + step)
            pairs, shares = memory.look(start, stop, self.options)
            same = memory.values[:, None, pairs] == targets[:, start:stop, None]
            cached[:, start:stop] = (shares * same).sum(2)
        mixed = self._mixed(log_probs, cached)
        if not memory.before:
            mixed[:, :1] = log_probs[:, :1]  # nothing is remembered before the first token
        return mixed, state

    def _read(self, inputs: Tensor, state: State) -> tuple[Tensor, _Memory, State]:
        """The features of ``inputs``, the memory that goes on to the last of them, the state."""
        assert isinstance(state, tuple)
        inner, keys, values = state
        assert isinstance(keys, Tensor)
        assert isinstance(values, Tensor)
        features, inner = self.model.features(inputs, inner)
        before = keys.shape[1]
        keys = torch.cat([keys, functional.normalize(features.to(keys.dtype), dim=2)], 1)
        values = torch.cat([values, inputs if before else inputs[:, 1:]], 1)
        kept = max(0, values.shape[1] - self.options.size)
        state = (inner, keys[:, kept:].clone(), values[:, kept:].clone())
        return features, _Memory(keys, values, before), state

    def _mixed(self, log_probs: Tensor, cached: Tensor) -> Tensor:
        """The log of the mixture of the network's log-probabilities and the cache's own."""
        weight = self.options.weight
        return torch.logaddexp(log_probs + _log(1 - weight), cached.log() + _log(weight))


@dataclass(frozen=True)
class _Memory:
    """What a cache remembers while it reads a chunk.

    Attributes:
        keys: features of norm one, of what was read before and of the chunk, (batch, n, features).
        values: the token behind each of them but the last, (batch, n - 1).
        before: how many of the keys are older than the chunk.
    """

    keys: Tensor
    values: Tensor
    before: int

    def look(self, start: int, stop: int, options: CacheOptions) -> tuple[slice, Tensor]:
        """The cache's softmax at the times ``start`` to ``stop`` of the chunk.

        Returns:
            Which pairs were looked at, and the share of each, (batch, times, pairs): zero outside
            of a time's own last ``options.size`` pairs; not a number where there is none.
        """
        start, stop = self.before + start, self.before + stop
        pairs = slice(max(0, start - options.size), stop - 1)
        likeness = self.keys[:, start:stop] @ self.keys[:, pairs].transpose(1, 2)
        times = torch.arange(start, stop, device=self.keys.device)[:, None]
        places = torch.arange(pairs.start, pairs.stop, device=self.keys.device)
        outside = (places >= times) | (places < times - options.size)
        likeness = likeness.mul_(options.theta).sub_((times - places) / options.horizon)
        likeness = likeness.masked_fill_(outside, -math.inf)
        return pairs, torch.softmax(likeness, 2)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
