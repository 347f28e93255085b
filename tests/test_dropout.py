"""Dropout over whole chunks: what is dropped, and where its gradient goes."""

from __future__ import annotations

import pytest
import torch

from seqlm.cells import CELLS
from seqlm.layers.dropout import drop_features, drop_tokens, recurrent_weights_dropped


def test_features_are_dropped_for_a_whole_chunk() -> None:
    """Else a network could read a dropped feature off the next time step."""
    torch.manual_seed(0)
    dropped = drop_features(torch.ones(4, 7, 50), 0.4)
    assert (dropped == dropped[:, :1]).all()
    torch.testing.assert_close(dropped.unique(), torch.tensor([0.0, 1 / 0.6]))
    assert not (dropped[0] == dropped[1]).all()


def test_a_dropped_word_is_dropped_everywhere() -> None:
    """Else a word could be guessed from its other occurrences in the chunk."""
    torch.manual_seed(0)
    tokens = torch.tensor([[0, 1, 2, 0, 3], [3, 2, 4, 5, 0]])
    dropped = drop_tokens(torch.ones(2, 5, 3), tokens, 6, 0.5)
    for word in range(6):
        values = dropped[tokens == word].unique()
        assert len(values) == 1 and values.item() in (0.0, 2.0)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_dropped_recurrent_weights_neither_act_nor_learn(name: str) -> None:
    """Else weight drop would regularise nothing, or train weights that were not used."""
    torch.manual_seed(0)
    cell = CELLS[name](3, 4)
    x, state = torch.randn(2, 5, 3), cell.initial_state(2)
    plain, _ = cell(x, state)
    with recurrent_weights_dropped(cell, 0.5):
        output, _ = cell(x, state)
        masked = cell.fused._flat_weights[1]
    again, _ = cell(x, state)
    torch.testing.assert_close(again, plain)
    assert not torch.allclose(output, plain)
    output.sum().backward()
    dropped = masked == 0
    assert 0 < int(dropped.sum()) < dropped.numel()
    gradient = cell.fused.weight_hh_l0.grad
    assert (gradient[dropped] == 0).all() and (gradient[~dropped] != 0).any()
