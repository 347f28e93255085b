"""Recurrent cells, one recurrence a file.

A cell maps a chunk ``(batch, time, input)`` and a state to outputs ``(batch, time, hidden)`` and
the next state, in two ways over the same weights: ``step`` writes one time step as the paper does,
``forward`` runs the whole chunk in the framework's fused kernel. A test holds them equal.
"""

from __future__ import annotations

from seqlm.cells.gru import GRU
from seqlm.cells.lstm import LSTM
from seqlm.cells.rnn import RNN

Cell = RNN | LSTM | GRU

CELLS: dict[str, type[RNN] | type[LSTM] | type[GRU]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
