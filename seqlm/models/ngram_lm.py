"""The n-gram language model behind the protocol that scoring and generation are written against.

Its state is the contexts that it has seen, as nodes of its table: (batch, order - 1), one for each
length, ``ABSENT`` where the table has no such n-gram or the line is too young for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqlm.models.ngram_table import NgramTable, Nodes, last_contexts
from seqlm.state import State

if TYPE_CHECKING:
    from torch import Tensor


class NgramLM:
    """A back-off table of n-grams as a ``LanguageModel``. It computes on the CPU."""

    def __init__(self, table: NgramTable) -> None:
        self.table = table
        self.vocab_size = table.vocab_size

    def initial_state(self, batch_size: int) -> State:
        """No context, (batch, order - 1); the first input, ``END_ID``, begins a line."""
        return _tensor(self.table.start(batch_size))

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a stream, (batch,); log-probabilities of the next, (batch, vocab)."""
        contexts = self.table.after(_nodes(tokens[:, None]), _contexts(state))
        log_probs = _tensor(self.table.distributions(contexts))
        return log_probs.to(tokens.device), _tensor(contexts)

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (batch, time)."""
        read, wanted = _nodes(inputs), _nodes(targets)
        batch_size, time = read.shape
        if time and np.array_equal(read[:, 1:], wanted[:, :-1]):
            # The targets are the same text one token on: one reading gives both.
            contexts = self.table.after(read[:, :1], _contexts(state))
            reading = self.table.read(wanted, contexts)
            log_probs = reading.log_probs
            inner = [nodes[:, -2] for nodes in reading.contexts] if time > 1 else []
            last = np.stack(inner, axis=1) if inner else contexts
        else:
            reading = self.table.read(read, _contexts(state))
            each = [nodes.ravel() for nodes in reading.contexts]
            before = np.stack(each, axis=1) if each else self.table.start(read.size)
            log_probs = self.table.read(wanted.reshape(-1, 1), before).log_probs
            log_probs = log_probs.reshape(batch_size, time)
            last = last_contexts(reading, batch_size) if time else _contexts(state)
        return _tensor(log_probs).to(inputs.device), _tensor(last)


def _tensor(array: NDArray[Any]) -> Tensor:
    import torch  # which a table alone does not need: loading it and scoring texts is numpy's

    return torch.from_numpy(array)


def _nodes(ids: Tensor) -> Nodes:
    return ids.detach().cpu().numpy().astype(np.int64, copy=False)


def _contexts(state: State) -> Nodes:
    assert state is not None and not isinstance(state, tuple)
    return _nodes(state)
