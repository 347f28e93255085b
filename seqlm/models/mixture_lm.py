"""Linear interpolation of language models over the same tokens (Jelinek & Mercer, 1980).

    P(token | past) = sum over the members of weight * P_member(token | past)

Weights that depend on the context (on the length or the frequency of the n-gram member's match, or
on how well each member did lately) were tried and gained a tenth of a point of perplexity: one set
of weights it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from seqlm.models.language_model import LanguageModel
from seqlm.state import State


class MixtureLM:
    """A mixture of language models; its state is the tuple of its members' states.

    Args:
        members: models with one vocabulary.
        weights: how much of the mixture each of them is, (members,); they sum to one.
    """

    def __init__(self, members: Sequence[LanguageModel], weights: ArrayLike) -> None:
        self.members = tuple(members)
        self.vocab_size = members[0].vocab_size
        with np.errstate(divide="ignore"):
            self._log_weights = [float(weight) for weight in np.log(np.asarray(weights))]

    def to(self, device: torch.device) -> MixtureLM:
        """Move the networks among the members; tables stay where they are."""
        for member in self.members:
            if hasattr(member, "to"):
                member.to(device)
        return self

    def eval(self) -> MixtureLM:
        """Turn the members' dropout off."""
        for member in self.members:
            if hasattr(member, "eval"):
                member.eval()
        return self

    def initial_state(self, batch_size: int) -> State:
        """The members' states before the first token."""
        return tuple(member.initial_state(batch_size) for member in self.members)

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Read one token a stream, (batch,); log-probabilities of the next, (batch, vocab)."""
        return self._mixed(
            member.next_log_probs(tokens, part) for member, part in self._with_states(state)
        )

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (batch, time)."""
        return self._mixed(
            member.score(inputs, targets, part) for member, part in self._with_states(state)
        )

    def _with_states(self, state: State) -> Iterator[tuple[LanguageModel, State]]:
        assert isinstance(state, tuple)
        return zip(self.members, state, strict=True)

    def _mixed(self, read: Iterable[tuple[Tensor, State]]) -> tuple[Tensor, State]:
        """The log of the weighted sum of the members' probabilities, and their next states."""
        states: list[State] = []
        mixed: Tensor | None = None
        for (log_probs, state), log_weight in zip(read, self._log_weights, strict=True):
            weighted = log_probs.float() + log_weight
            mixed = weighted if mixed is None else torch.logaddexp(mixed, weighted)
            states.append(state)
        assert mixed is not None
        return mixed, tuple(states)
