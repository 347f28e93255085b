"""Long short-term memory (Hochreiter & Schmidhuber, 1997; forget gate: Gers et al., 2000).

i = sigmoid(W_i x_t + U_i h_{t-1} + b_i)      what is written
f = sigmoid(W_f x_t + U_f h_{t-1} + b_f)      what is kept
g = tanh(W_g x_t + U_g h_{t-1} + b_g)         the candidate
o = sigmoid(W_o x_t + U_o h_{t-1} + b_o)      what is shown
c_t = f * c_{t-1} + i * g
h_t = o * tanh(c_t)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LSTM(nn.Module):
    """An LSTM cell. Its state is (h, c), each (batch, hidden).

    The forget gate's bias starts at 1, so that a new cell remembers (Jozefowicz et al., 2015).

    Args:
        input_size: features of x_t.
        hidden_size: features of h_t and c_t.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.fused = nn.LSTM(input_size, hidden_size, batch_first=True)
        with torch.no_grad():
            b, b_u = self.fused.all_weights[0][2:]
            b[hidden_size : 2 * hidden_size] = 1.0
            b_u[hidden_size : 2 * hidden_size] = 0.0

    def initial_state(self, batch_size: int) -> tuple[Tensor, Tensor]:
        """h_0 = c_0 = 0, each (batch, hidden)."""
        zeros = self.fused.all_weights[0][1].new_zeros(batch_size, self.hidden_size)
        return zeros, zeros

    def step(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One time step.

        Args:
            x: (batch, input).
            state: h_{t-1} and c_{t-1}, each (batch, hidden).

        Returns:
            The output h_t and the next state (h_t, c_t).
        """
        w, u, b, b_u = self.fused.all_weights[0]
        h, c = state
        gates = F.linear(x, w, b) + F.linear(h, u, b_u)
        i, f, g, o = gates.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, (h, c)

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """A whole chunk, (batch, time, input) -> (batch, time, hidden), by the fused kernel."""
        h, c = state
        output, (h, c) = self.fused(x, (h[None], c[None]))
        return output, (h[0], c[0])
