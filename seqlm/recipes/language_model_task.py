"""The task of a next-token model: batches from the ring, the loss, the look at held-out text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from seqlm.data.batching import RingBatches, count_tokens
from seqlm.losses import activation_penalties, full_cross_entropy, sampled_cross_entropy
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.state import State

_VALID_TOKENS = 100_000
_FEWEST_VALID_TOKENS = 10_000
_VALID_LOGITS = 2_000_000_000
_VALID_ROWS = 32


def looked_at(vocab_size: int) -> int:
    """Held-out tokens that are looked at while training; the rest waits for ``seqlm perplexity``.

    Fewer where each costs much, lest a short training be spent on looking.
    """
    return min(_VALID_TOKENS, max(_FEWEST_VALID_TOKENS, _VALID_LOGITS // vocab_size))


class LanguageModelTask:
    """A neural language model to be trained on one row of ids.

    Args:
        model: the network, on its device.
        train: ids of the training text.
        valid: ids of the held-out text.
        batch_size: readers on the ring.
        chunk_length: tokens that gradients flow back through.
        samples: draws of the sampled loss; 0 is the full softmax.
        precision: of the matrix products.
        seed: where the readers start.
        penalties: weights of the features' mean square and of their changes', in the loss.

    Attributes:
        before_reading: told the tokens whose rows of the embedding and of the output layer a step
            will read, where the loss is sampled.
    """

    def __init__(
        self,
        model: NeuralLanguageModel,
        train: NDArray[np.integer],
        valid: NDArray[np.integer],
        *,
        batch_size: int,
        chunk_length: int,
        samples: int,
        precision: torch.dtype,
        seed: int,
        penalties: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.model = model
        self.precision = precision
        self.device = model.output_bias.device
        self.batches = RingBatches(train, batch_size, chunk_length, seed)
        self.valid = RingBatches(
            valid[: looked_at(model.vocab_size)], _VALID_ROWS, 2 * chunk_length, 0
        )
        self.samples = samples
        self.penalties = penalties
        self.before_reading: Callable[[Tensor], None] = lambda tokens: None
        counts = torch.from_numpy(count_tokens(train, model.vocab_size)).double() + 1
        self.unigram = counts / counts.sum()
        self._prepare_sampling()

    def _prepare_sampling(self) -> None:
        """Draws come from unigram^0.5; how probable each token is to be a candidate."""
        draw = self.unigram.sqrt()
        draw /= draw.sum()
        self._cumulative = draw.cumsum(0)
        num_targets = self.batches.batch_size * self.batches.chunk_length
        expected = num_targets * self.unigram + self.samples * draw
        self._log_inclusion = torch.log(-torch.expm1(-expected)).float().to(self.device)

    def start_from_unigram(self) -> None:
        """Let the output bias be the unigram model, so that training begins at its loss."""
        with torch.no_grad():
            self.model.output_bias.copy_(self.unigram.log())

    def initial_state(self) -> State:
        """What the first batch starts from."""
        return self.model.initial_state(self.batches.batch_size)

    def loss(self, step: int, state: State) -> tuple[Tensor, State, int]:
        """The mean loss of that step's batch in nats, the next state, and its number of tokens."""
        inputs, targets = (ids.to(self.device) for ids in self.batches.batch(step))
        draws = self._draws() if self.samples else None
        if draws is not None:
            # Token 0 stands for candidates that are none.
            read = torch.cat([inputs.flatten(), targets.flatten(), draws])
            self.before_reading(F.pad(read, (0, 1)))
        with self._autocast():
            features, state = self.model.features(inputs, state)
        output = self.model.output_weight, self.model.output_bias
        flat, targets = features.flatten(0, 1), targets.flatten()
        if draws is not None:
            loss = sampled_cross_entropy(
                flat, *output, targets, draws, self._log_inclusion, self.precision
            )
        else:
            loss = full_cross_entropy(flat, *output, targets, self.precision)
        if any(self.penalties):
            loss = loss + activation_penalties(features, *self.penalties)
        return loss, state, targets.numel()

    def _draws(self) -> Tensor:
        uniform = torch.rand(self.samples, dtype=torch.float64)
        drawn = torch.searchsorted(self._cumulative, uniform)
        return drawn.clamp_(max=self.model.vocab_size - 1).to(self.device)

    def evaluate(self) -> float:
        """Mean loss over the first held-out tokens, nats a token."""
        state = self.model.initial_state(self.valid.batch_size)
        total, count = 0.0, 0
        for step in range(max(1, int(self.valid.steps_per_epoch))):
            inputs, targets = (ids.to(self.device) for ids in self.valid.batch(step))
            with self._autocast():
                scores, state = self.model.score(inputs, targets, state)
            total -= float(scores.sum(dtype=torch.float64))
            count += targets.numel()
        return total / count

    def _autocast(self) -> AbstractContextManager[None]:
        return torch.autocast(
            self.device.type, self.precision, enabled=self.precision != torch.float32
        )
