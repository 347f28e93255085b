"""The recurrent language model (Mikolov et al., 2010; Zaremba et al., 2014).

    embedding -> cell -> ... -> cell -> output layer

Dropout stands on what goes in, between the layers and on what comes out, never on the recurrence
(Zaremba et al., 2014), and one mask holds for a whole chunk (Gal & Ghahramani, 2016); words can be
dropped as a whole, and so can entries of the recurrent weights (Merity et al., 2018). The output
layer is the embedding again (Press & Wolf, 2017; Inan et al., 2017) unless told otherwise. From the
second layer on a skip connection adds a layer's input to its output.
"""

from __future__ import annotations

from torch import Tensor, nn

from seqlm.cells import CELLS, Cell
from seqlm.layers.dropout import drop_features, drop_tokens, recurrent_weights_dropped
from seqlm.models.embedding_lm import EmbeddingLM
from seqlm.models.network_config import RecurrentConfig
from seqlm.state import State


class RecurrentLM(EmbeddingLM):
    """A stack of recurrent cells. Its state is a tuple with the state of each layer.

    Args:
        config: the shape.
        dropout: probability that a feature is dropped in training, at each of the three places.
        input_dropout: another one for what goes in.
        hidden_dropout: another one for what goes from layer to layer.
        embedding_dropout: probability that a word is dropped from a chunk.
        weight_drop: probability that an entry of the recurrent weights is dropped from a chunk.
    """

    def __init__(
        self,
        config: RecurrentConfig,
        dropout: float = 0.0,
        *,
        input_dropout: float | None = None,
        hidden_dropout: float | None = None,
        embedding_dropout: float = 0.0,
        weight_drop: float = 0.0,
    ) -> None:
        sizes = config.layer_sizes
        super().__init__(config.vocab_size, config.embedding_size, sizes[-1], config.tied, dropout)
        self.config = config
        self.input_dropout = dropout if input_dropout is None else input_dropout
        self.hidden_dropout = dropout if hidden_dropout is None else hidden_dropout
        self.embedding_dropout = embedding_dropout
        self.weight_drop = weight_drop
        cell = CELLS[config.arch]
        inputs = [config.embedding_size, *sizes[:-1]]
        self.cells = nn.ModuleList(map(cell, inputs, sizes))

    def initial_state(self, batch_size: int) -> State:
        """Zeros for each layer."""
        return tuple(cell.initial_state(batch_size) for cell in self._cells())

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read a chunk (batch, time); what the output layer sees, (batch, time, features)."""
        assert isinstance(state, tuple)
        x = self.embed(inputs)
        x = drop_tokens(x, inputs, self.vocab_size, self.in_training(self.embedding_dropout))
        x = drop_features(x, self.in_training(self.input_dropout))
        next_state: list[State] = []
        weight_drop = self.in_training(self.weight_drop)
        for layer, (cell, cell_state) in enumerate(zip(self._cells(), state, strict=True)):
            with recurrent_weights_dropped(cell, weight_drop):
                output, new = cell(x, cell_state)
            next_state.append(new)
            last = layer == len(self.cells) - 1
            dropout = self.dropout if last else self.hidden_dropout
            output = drop_features(output, self.in_training(dropout))
            x = x + output if self.config.skips(layer) else output
        return self.project(x), tuple(next_state)

    def _cells(self) -> list[Cell]:
        return list(self.cells)  # type: ignore[arg-type]
