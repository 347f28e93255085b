"""The simple recurrent network (Elman, 1990): one tanh layer that also reads its last output.

h_t = tanh(W x_t + U h_{t-1} + b)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RNN(nn.Module):
    """A vanilla tanh cell. Its state is h, (batch, hidden).

    Args:
        input_size: features of x_t.
        hidden_size: features of h_t.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.fused = nn.RNN(input_size, hidden_size, batch_first=True)
        # An orthogonal recurrence neither shrinks nor grows what it carries (Saxe et al., 2014).
        square = torch.empty(hidden_size, hidden_size).uniform_(-1, 1)
        with torch.no_grad():
            self.fused.all_weights[0][1].copy_(torch.linalg.qr(square).Q)

    def initial_state(self, batch_size: int) -> Tensor:
        """h_0 = 0, (batch, hidden)."""
        return self.fused.all_weights[0][1].new_zeros(batch_size, self.hidden_size)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One time step.

        Args:
            x: (batch, input).
            state: h_{t-1}, (batch, hidden).

        Returns:
            The output h_t and the next state, which is h_t as well.
        """
        w, u, b, b_u = self.fused.all_weights[0]
        h = torch.tanh(F.linear(x, w, b) + F.linear(state, u, b_u))
        return h, h

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """A whole chunk, (batch, time, input) -> (batch, time, hidden), by the fused kernel."""
        output, h = self.fused(x, state[None])
        return output, h[0]
