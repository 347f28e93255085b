"""Forms of dropout that a sequence calls for: one draw holds for a whole chunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn import functional as F

from seqlm.layers.pooled_dropout import pooled_dropout


def drop_features(x: Tensor, probability: float) -> Tensor:
    """Drop features, the same ones at every time of the chunk (Gal & Ghahramani, 2016).

    Args:
        x: (batch, time, features).
        probability: that a feature of a row is dropped; the others are scaled up to make up.
    """
    if probability == 0.0:
        return x
    return x * F.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), probability)


def drop_tokens(embedded: Tensor, tokens: Tensor, vocab_size: int, probability: float) -> Tensor:
    """Drop words of the vocabulary, each wherever it occurs (Merity et al., 2018, section 4.3).

    Args:
        embedded: the tokens' vectors, (batch, time, features).
        tokens: (batch, time), int64.
        vocab_size: V.
        probability: that a word is dropped; the others are scaled up to make up.
    """
    if probability == 0.0:
        return embedded
    kept = F.dropout(embedded.new_ones(vocab_size), probability)
    return embedded * kept[tokens][..., None]


@contextmanager
def recurrent_weights_dropped(cell: nn.Module, probability: float) -> Iterator[None]:
    """Drop entries of a cell's hidden-to-hidden matrix (DropConnect; Merity et al., 2018, sec. 2).

    The mask is drawn once and the fused kernel runs over the masked matrix, so a chunk costs one
    pass over the matrix more. The gradient flows to the entries that were kept.

    Args:
        cell: one whose ``fused`` is torch's kernel of one layer; another stays as it is.
        probability: that an entry is dropped; the others are scaled up to make up.
    """
    fused = getattr(cell, "fused", None)
    if probability == 0.0 or not isinstance(fused, nn.RNNBase):
        yield
        return
    weights = fused._flat_weights
    from_x, from_h, *biases = weights
    assert isinstance(from_h, Tensor)
    fused._flat_weights = [from_x, pooled_dropout(from_h, probability, training=True), *biases]
    try:
        yield
    finally:
        fused._flat_weights = weights
