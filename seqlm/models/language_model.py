"""What every language model can do, and what the neural ones share.

A language model gives the probability of each next token after the tokens it has seen; what it has
seen is in its state, a value that it takes and returns. The first token of a stream is the
end-of-line symbol, as if a line had just ended.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqlm.losses import log_probs_at
from seqlm.state import State


class LanguageModel(Protocol):
    """The protocol that scoring and generation are written against; all logs are natural."""

    vocab_size: int

    def initial_state(self, batch_size: int) -> State:
        """The state before the first token, for ``batch_size`` streams."""

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a stream, (batch,); log-probabilities of the next, (batch, vocab)."""

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (batch, time)."""


class NeuralLanguageModel(nn.Module):
    """A language model that turns its past into features and those into a softmax.

    A subclass has ``features``, ``initial_state``, ``output_weight`` and ``output_bias``.

    Args:
        vocab_size: number of tokens it predicts.
    """

    output_bias: Tensor

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.vocab_size = vocab_size

    @property
    def output_weight(self) -> Tensor:
        """The output layer, (vocab, features)."""
        raise NotImplementedError

    def initial_state(self, batch_size: int) -> State:
        """The state before the first token, for ``batch_size`` streams."""
        raise NotImplementedError

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read a chunk (batch, time); what the output layer sees, (batch, time, features)."""
        raise NotImplementedError

    def distribution(self, features: Tensor) -> Tensor:
        """From features (batch, features) to log-probabilities of the next, (batch, vocab)."""
        logits = F.linear(features, self.output_weight, self.output_bias)
        return torch.log_softmax(logits.float(), dim=1)

    def log_probs_of(self, features: Tensor, targets: Tensor) -> Tensor:
        """From features (batch, time, features) to log-probabilities of ``targets``."""
        output = self.output_weight, self.output_bias
        return log_probs_at(features.flatten(0, 1), *output, targets.flatten()).view_as(targets)

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a stream, (batch,); log-probabilities of the next, (batch, vocab)."""
        features, state = self.features(tokens[:, None], state)
        return self.distribution(features[:, 0]), state

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (batch, time)."""
        features, state = self.features(inputs, state)
        return self.log_probs_of(features, targets), state
