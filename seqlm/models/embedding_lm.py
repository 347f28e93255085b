"""What every language model over word vectors shares: the embedding and the output layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqlm.models.language_model import NeuralLanguageModel
from seqlm.rows import rows_of


class EmbeddingLM(NeuralLanguageModel):
    """A neural language model whose output layer may be its embedding again.

    Tied so (Press & Wolf, 2017; Inan et al., 2017), it needs features as wide as the embedding, so
    a projection leads to them from wider or narrower layers.

    Args:
        vocab_size: number of tokens.
        embedding_size: features of a token.
        hidden_size: features of the last layer.
        tied: the output layer is the embedding.
        dropout: probability that a feature is dropped in training.
    """

    def __init__(
        self, vocab_size: int, embedding_size: int, hidden_size: int, tied: bool, dropout: float
    ) -> None:
        super().__init__(vocab_size)
        self.dropout = dropout
        # Uniform with standard deviation 0.1; a normal draw on the meta device, on which a saved
        # model is built, would import torch's compiler for more than a second.
        table = torch.empty(vocab_size, embedding_size).uniform_(-0.173, 0.173)
        self.embedding = nn.Parameter(table)
        size = embedding_size if tied else hidden_size
        self.projection = nn.Linear(hidden_size, size, bias=False) if hidden_size != size else None
        self.output = None if tied else nn.Linear(size, vocab_size, bias=False)
        self.output_bias = nn.Parameter(torch.zeros(vocab_size))

    @property
    def output_weight(self) -> Tensor:
        """The output layer, (vocab, features)."""
        return self.embedding if self.output is None else self.output.weight

    def embed(self, tokens: Tensor) -> Tensor:
        """The tokens' vectors, (batch, time) -> (batch, time, embedding)."""
        return rows_of(self.embedding, tokens)

    def project(self, hidden: Tensor) -> Tensor:
        """What the output layer sees of the last layer's features."""
        return hidden if self.projection is None else self.projection(hidden)

    def in_training(self, probability: float) -> float:
        """A probability of dropping something: none but in training."""
        return probability if self.training else 0.0
