"""The feed-forward language model over the last N words (Bengio et al., 2003, section 2).

    x_t = [C(w_{t-N+1}); ...; C(w_t)]        the last N words' vectors, one after the other
    h_t = tanh(H x_t + d)
    P(w_{t+1}) = softmax(U h_t + b)

C is the embedding. U is C again (Press & Wolf, 2017) unless told otherwise; the paper's direct
connections from x_t to the softmax are left out. What is more than N words ago is forgotten: the
state is the last N - 1 tokens, and a text begins behind N - 1 ends of lines.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqlm.layers.dropout import drop_features
from seqlm.models.embedding_lm import EmbeddingLM
from seqlm.models.network_config import WindowConfig
from seqlm.state import State
from seqlm.tokenizers import END_ID


class WindowLM(EmbeddingLM):
    """A feed-forward model of the last words. Its state is their ids, (batch, context - 1).

    Args:
        config: the shape.
        dropout: probability that a feature is dropped in training, of what goes in and comes out.
    """

    def __init__(self, config: WindowConfig, dropout: float = 0.0) -> None:
        super().__init__(
            config.vocab_size, config.embedding_size, config.hidden_size, config.tied, dropout
        )
        self.config = config
        self.hidden = nn.Linear(config.context * config.embedding_size, config.hidden_size)

    def initial_state(self, batch_size: int) -> Tensor:
        """Nothing but ends of lines, (batch, context - 1)."""
        shape = (batch_size, self.config.context - 1)
        return torch.full(shape, END_ID, device=self.output_bias.device)

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read a chunk (batch, time); what the output layer sees, (batch, time, features)."""
        assert isinstance(state, Tensor)
        context, dropout = self.config.context, self.in_training(self.dropout)
        tokens = torch.cat([state, inputs], dim=1)
        embedded = drop_features(self.embed(tokens), dropout)
        windows = embedded.unfold(1, context, 1)  # (batch, time, embedding, context)
        h = torch.tanh(self.hidden(windows.transpose(2, 3).flatten(2)))
        return self.project(drop_features(h, dropout)), tokens[:, tokens.shape[1] - context + 1 :]
