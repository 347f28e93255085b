"""Linear interpolation of language models over the same tokens (Jelinek & Mercer, 1980).

    P(token | past) = sum over the members of weight * P_member(token | past)

Weights that depend on the context (on the length or the frequency of the n-gram member's match, or
on how well each member did lately) were tried and gained a tenth of a point of perplexity: one set
of weights it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from seqlm.models.language_model import LanguageModel, NeuralLanguageModel
from seqlm.state import State


class MixtureLM:
    """A mixture of language models; its state is the tuple of its members' states.

    Args:
        members: models with one vocabulary.
        weights: how much of the mixture each of them is, (members,); they sum to one.
    """

    def __init__(self, members: Sequence[LanguageModel], weights: Sequence[float]) -> None:
        self.members = tuple(members)
        self.weights = tuple(float(weight) for weight in weights)
        self.vocab_size = members[0].vocab_size
        self._log_weights = [math.log(weight) if weight else -math.inf for weight in self.weights]

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


def map_networks(
    function: Callable[[NeuralLanguageModel], LanguageModel], model: LanguageModel
) -> LanguageModel | None:
    """``model`` with ``function`` in the place of its networks; None if it has none.

    Args:
        function: from a network to the model that stands for it.
        model: a network, or a mixture with networks among its members.
    """
    if isinstance(model, NeuralLanguageModel):
        return function(model)
    if not isinstance(model, MixtureLM):
        return None
    mapped = [map_networks(function, member) for member in model.members]
    if not any(mapped):
        return None
    members = [new or old for new, old in zip(mapped, model.members, strict=True)]
    return MixtureLM(members, model.weights)
