"""A network before a text that is scored again and again: what it sees is computed once."""

from __future__ import annotations

import torch
from torch import Tensor

from seqlm.models.language_model import NeuralLanguageModel
from seqlm.state import State


class ReadOnce(NeuralLanguageModel):
    """A network that remembers its features of one text, for whoever only changes what follows.

    Its state is the number of the chunk that is next. The text has to come in the same chunks
    each time; of a text of n tokens n x features numbers are kept.

    Args:
        model: the network; it is not changed.
    """

    def __init__(self, model: NeuralLanguageModel) -> None:
        super().__init__(model.vocab_size)
        self.model = model
        self.output_bias = model.output_bias
        self._chunks: list[Tensor] = []
        self._last: State = None

    @property
    def output_weight(self) -> Tensor:
        """The network's output layer, (vocab, features)."""
        return self.model.output_weight

    def initial_state(self, batch_size: int) -> State:
        """Before the first chunk."""
        if not self._chunks:
            self._last = self.model.initial_state(batch_size)
        return torch.zeros((), dtype=torch.int64)

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """The features of a chunk (batch, time), computed the first time it comes."""
        assert isinstance(state, Tensor)
        number = int(state)
        if number == len(self._chunks):
            features, self._last = self.model.features(inputs, self._last)
            self._chunks.append(features)
        return self._chunks[number], state + 1
