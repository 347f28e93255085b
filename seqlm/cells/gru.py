"""The gated recurrent unit (Cho et al., 2014, in the form that fused kernels compute).

r = sigmoid(W_r x_t + U_r h_{t-1} + b_r)                  what of the past the candidate sees
z = sigmoid(W_z x_t + U_z h_{t-1} + b_z)                  what of the past is kept
n = tanh(W_n x_t + b_n + r * (U_n h_{t-1} + b'_n))        the candidate
h_t = (1 - z) * n + z * h_{t-1}
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class GRU(nn.Module):
    """A GRU cell. Its state is h, (batch, hidden).

    Args:
        input_size: features of x_t.
        hidden_size: features of h_t.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.fused = nn.GRU(input_size, hidden_size, batch_first=True)

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
        from_x = F.linear(x, w, b)
        from_h = F.linear(state, u, b_u)
        x_r, x_z, x_n = from_x.chunk(3, dim=1)
        h_r, h_z, h_n = from_h.chunk(3, dim=1)
        r = torch.sigmoid(x_r + h_r)
        z = torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * h_n)
        h = (1 - z) * n + z * state
        return h, h

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """A whole chunk, (batch, time, input) -> (batch, time, hidden), by the fused kernel."""
        output, h = self.fused(x, state[None])
        return output, h[0]
