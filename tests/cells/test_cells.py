"""Each cell against the framework's own cell, against its own fused path, and its gradients."""

from __future__ import annotations

import pytest
import torch

from seqlm.cells import CELLS
from seqlm.state import flatten

TORCH_CELLS = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}


@pytest.fixture(params=CELLS)
def name(request: pytest.FixtureRequest) -> str:
    torch.manual_seed(0)
    return request.param


def test_step_equals_torchs_cell(name: str) -> None:
    """Else our equations would not be those of the cell whose name they bear."""
    ours, theirs = CELLS[name](3, 4), TORCH_CELLS[name](3, 4)
    theirs.load_state_dict(
        {key.removesuffix("_l0"): value for key, value in ours.fused.state_dict().items()}
    )
    x, state = torch.randn(2, 3), ours.initial_state(2)
    for _ in range(3):
        output, next_state = ours.step(x, state)
        expected = theirs(x, state)
        for left, right in zip(flatten(next_state), flatten(expected), strict=True):
            torch.testing.assert_close(left, right)
        torch.testing.assert_close(output, flatten(expected)[0])
        state = next_state


def test_fused_chunk_equals_steps(name: str) -> None:
    """Else training would fit another recurrence than the one the file shows."""
    cell, x = CELLS[name](3, 4), torch.randn(2, 5, 3)
    state = cell.initial_state(2)
    fused, fused_state = cell(x, state)
    outputs = []
    for time in range(5):
        output, state = cell.step(x[:, time], state)
        outputs.append(output)
    torch.testing.assert_close(fused, torch.stack(outputs, 1))
    for left, right in zip(flatten(fused_state), flatten(state), strict=True):
        torch.testing.assert_close(left, right)


def test_gradients_against_finite_differences(name: str) -> None:
    """Else back-propagation through time would descend some other function."""
    cell = CELLS[name](2, 3).double()
    x = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)

    def unrolled(x: torch.Tensor) -> torch.Tensor:
        state, total = cell.initial_state(2), torch.zeros((), dtype=torch.float64)
        for time in range(4):
            output, state = cell.step(x[:, time], state)
            total = total + output.pow(2).sum()
        return total

    assert torch.autograd.gradcheck(unrolled, (x,), rtol=1e-6)
    assert torch.autograd.gradcheck(lambda x: cell(x, cell.initial_state(2))[0], (x,), rtol=1e-6)


def test_lstm_remembers_at_first() -> None:
    """Else the forget gate would start half closed, and long texts would be learnt late."""
    cell = CELLS["lstm"](3, 4)
    biases = cell.fused.bias_ih_l0 + cell.fused.bias_hh_l0
    assert torch.equal(biases[4:8], torch.ones(4))
