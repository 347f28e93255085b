"""n-grams, and mixtures with them, read one token at a time in numpy (see ``numpy_steps``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from seqlm.models.ngram_table import NgramTable
from seqlm.sampling import Array, Steps


class NgramSteps:
    """A back-off table; its state is the contexts that were seen, (1, order - 1).

    Args:
        table: the n-grams.
    """

    def __init__(self, table: NgramTable) -> None:
        self.vocab_size = table.vocab_size
        self._table = table

    def begin(self, tokens: Sequence[int]) -> tuple[Array, Any]:
        """Read a text's first tokens; log-probabilities of the next, (vocab,), and the state."""
        return self._read(tokens, self._table.start(1))

    def step(self, token: int, state: Any) -> tuple[Array, Any]:
        """Read one more token."""
        return self._read([token], state)

    def _read(self, tokens: Sequence[int], contexts: Any) -> tuple[Array, Any]:
        after = self._table.after(np.array([tokens], dtype=np.int64), contexts)
        return self._table.distributions(after)[0], after


class MixtureSteps:
    """A mixture; its state is the tuple of its members' states.

    Args:
        members: models with one vocabulary.
        weights: how much of the mixture each of them is; they sum to one.
    """

    def __init__(self, members: Sequence[Steps], weights: Sequence[float]) -> None:
        self.vocab_size = members[0].vocab_size
        self._members = tuple(members)
        with np.errstate(divide="ignore"):
            self._log_weights = np.log(np.array(weights, dtype=np.float32))

    def begin(self, tokens: Sequence[int]) -> tuple[Array, Any]:
        """Read a text's first tokens; log-probabilities of the next, (vocab,), and the state."""
        return self._mixed(member.begin(tokens) for member in self._members)

    def step(self, token: int, state: Any) -> tuple[Array, Any]:
        """Read one more token."""
        pairs = zip(self._members, state, strict=True)
        return self._mixed(member.step(token, part) for member, part in pairs)

    def _mixed(self, read: Iterable[tuple[Array, Any]]) -> tuple[Array, Any]:
        log_probs, states = zip(*read, strict=True)
        weighted = np.stack(log_probs) + self._log_weights[:, None]
        return np.logaddexp.reduce(weighted), states
