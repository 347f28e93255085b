"""The task of a translation model: batches of pairs, the loss, the look at held-out pairs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import functional_call

from seqlm.data.batching import count_tokens
from seqlm.data.pair_batches import PairBatch, PairBatches
from seqlm.losses import full_cross_entropy, log_probs_at
from seqlm.models.translation_model import TranslationModel
from seqlm.state import State

VALID_TOKENS = 30_000
"""Held-out target tokens that are looked at while training, about."""


class TranslationTask:
    """A translation model to be trained on pairs.

    Matrices and activations are of type ``precision``: each step works on copies of the weights,
    rounded, while the optimizer keeps them in float32. Embeddings are looked up in float32.

    Args:
        model: the network, on its device.
        train: the training pairs in batches.
        valid: the held-out pairs in batches.
        precision: of the layers.
        label_smoothing: share of each target's probability that all tokens get alike.
    """

    def __init__(
        self,
        model: TranslationModel,
        train: PairBatches,
        valid: PairBatches,
        *,
        precision: torch.dtype,
        label_smoothing: float,
    ) -> None:
        self.model = model
        self.train = train
        self.valid = valid
        self.precision = precision
        self.label_smoothing = label_smoothing
        self.device = model.output_bias.device

    def start_from_unigram(self) -> None:
        """Let the output bias be the unigram model, so that training begins at its loss."""
        ids = self.train.pairs.target.ids
        counts = torch.from_numpy(count_tokens(ids, self.model.vocab_size)).double() + 1
        with torch.no_grad():
            self.model.output_bias.copy_((counts / counts.sum()).log())

    def initial_state(self) -> State:
        """Nothing goes from batch to batch."""
        return None

    def loss(self, step: int, state: State) -> tuple[Tensor, State, int]:
        """The mean loss of that step's batch in nats a target token, and its number of tokens."""
        batch = self.train.batch(step).to(self.device)
        features, targets = self._features(batch)
        loss = full_cross_entropy(
            features,
            self.model.output_weight,
            self.model.output_bias,
            targets,
            self.precision,
            self.label_smoothing,
        )
        return loss, None, len(targets)

    def evaluate(self) -> float:
        """Mean loss over held-out pairs, without smoothing, nats a target token."""
        total, count = 0.0, 0
        for step in self._valid_steps():
            features, targets = self._features(self.valid.batch(step).to(self.device))
            output = self.model.output_weight, self.model.output_bias
            log_probs = log_probs_at(features[: len(targets)].float(), *output, targets)
            total -= float(log_probs.sum(dtype=torch.float64))
            count += len(targets)
        return total / count

    def _valid_steps(self) -> range:
        """Every n-th batch, so that all lengths are among them."""
        steps = self.valid.steps_per_epoch
        tokens = len(self.valid.pairs.target)
        return range(0, steps, max(1, round(tokens / VALID_TOKENS)))

    def _features(self, batch: PairBatch) -> tuple[Tensor, Tensor]:
        """What the output layer sees before each token, and the tokens, (tokens,).

        The features have a few rows more, (tokens or more, features).
        """
        low = {
            # Tables and the output's bias stand in the model itself; its layers are rounded.
            name: parameter.to(self.precision) if "." in name else parameter
            for name, parameter in self.model.named_parameters()
        }
        given = batch.source, batch.lengths, batch.inputs
        features = functional_call(self.model, low, given)
        picked = features.flatten(0, 1).index_select(0, batch.real)
        return picked, batch.targets.flatten()[batch.real[: batch.num_tokens]]
