"""What every translation model can do.

It is a language model of the target whose first state is the source: ``encode`` reads the source,
and from then on scoring, sampling and beam search are those of any language model.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seqlm.errors import ModelError
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.state import Conditioned, State

SOURCE_END = 0
"""What ends a source, and pads it."""


class TranslationModel(NeuralLanguageModel):
    """An encoder, and a decoder that is a language model.

    A subclass has ``encode`` and ``decode``. Sources are ids (batch, source), each row ended by
    ``SOURCE_END`` and padded with it; lengths are (batch,), the end counted. The state is
    ``Conditioned``: several rows of the decoder, standing together, may share a row of the source.
    """

    def encode(self, source: Tensor, lengths: Tensor) -> Conditioned:
        """Read the sources; the decoder's first state, every tensor of it batch-first."""
        raise NotImplementedError

    def decode(
        self, inputs: Tensor, state: Conditioned
    ) -> tuple[Tensor, Conditioned, tuple[Tensor, ...]]:
        """Read a chunk of the target.

        Args:
            inputs: (rows, time).
            state: what was read before.

        Returns:
            What the output layer sees, (rows, time, features); the next state; and the weights of
            each layer's attention to the source, (rows, heads, time, source).
        """
        raise NotImplementedError

    def initial_state(self, batch_size: int) -> State:
        """The state where there is nothing to translate: the empty source."""
        ends = torch.full((batch_size, 1), SOURCE_END, device=self.output_bias.device)
        return self.encode(ends, torch.ones_like(ends[:, 0]))

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read a chunk (rows, time); what the output layer sees, (rows, time, features)."""
        assert isinstance(state, Conditioned)
        features, after, _ = self.decode(inputs, state)
        return features, after

    def attention(self, inputs: Tensor, state: State) -> Tensor:
        """Where the decoder looks while it reads ``inputs``.

        Args:
            inputs: the target behind ``END_ID``, (rows, target).
            state: what ``encode`` gave.

        Returns:
            (rows, layers, heads, target, source); the last axis sums to one. Recurrent models have
            one layer and one head.

        Raises:
            ModelError: the model has no attention.
        """
        assert isinstance(state, Conditioned)
        weights = self.decode(inputs, state)[2]
        if not weights:
            raise ModelError(
                "this model has no attention: it was trained with --attention none",
                "seqlm train-translate --arch transformer --source a.txt --target b.txt",
            )
        return torch.stack(weights, 1)

    def forward(self, source: Tensor, lengths: Tensor, inputs: Tensor) -> Tensor:
        """Teacher forcing: what the output layer sees, (batch, target, features)."""
        return self.decode(inputs, self.encode(source, lengths))[0]
