"""The state of a sequence model as a plain value.

A state is a batch-first tensor, ``None``, or a (nested) tuple of states. A model never keeps it:
it takes one and returns the next. ``detach`` is what truncates back-propagation through time,
``select_rows`` is how beam search reorders its hypotheses.

A decoder's state is ``Conditioned``: what it keeps of the source, and what it has read. The many
hypotheses of one source share one row of the first, so a beam search neither copies nor reorders
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Union

if TYPE_CHECKING:
    from torch import Tensor

State = Union["Tensor", None, tuple["State", ...]]


class Conditioned(NamedTuple):
    """The state of a decoder; rows of one source stand together, equally many of each.

    Attributes:
        source: one row a source; no step changes it.
        past: one row a hypothesis, at least one a source.
    """

    source: State
    past: State


def map_state(function: Callable[[Tensor], Tensor], state: State) -> State:
    """Apply ``function`` to every tensor of ``state``, keeping its shape as a tree."""
    if state is None:
        return None
    if isinstance(state, Conditioned):
        return Conditioned(map_state(function, state.source), map_state(function, state.past))
    if isinstance(state, tuple):
        return tuple(map_state(function, part) for part in state)
    return function(state)


def detach(state: State) -> State:
    """The same values, cut from the graph that made them (truncated BPTT)."""
    return map_state(lambda tensor: tensor.detach(), state)


def select_rows(state: State, rows: Tensor, group: int = 1) -> State:
    """The rows (batch entries) named by the index tensor ``rows``, repeats allowed.

    Args:
        state: any state.
        rows: indices, (rows,); of a ``Conditioned`` state those of its past.
        group: so many neighbours in ``rows`` are of one source; only ``Conditioned`` asks for it.
    """
    if isinstance(state, Conditioned):
        return Conditioned(_select_sources(state, rows, group), select_rows(state.past, rows))
    # The contexts of an n-gram model are on the CPU, wherever a network beside it computes.
    return map_state(lambda tensor: tensor.index_select(0, rows.to(tensor.device)), state)


def _select_sources(state: Conditioned, rows: Tensor, group: int) -> State:
    """The sources of ``rows``, one for each group; as they are where none goes or moves."""
    sources, past = flatten(state.source), flatten(state.past)
    if not sources:
        return state.source
    num_sources = sources[0].shape[0]
    chosen = rows[::group] // (past[0].shape[0] // num_sources if past else 1)
    if chosen.tolist() == list(range(num_sources)):
        return state.source
    return select_rows(state.source, chosen)


def flatten(state: State) -> list[Tensor]:
    """The tensors of ``state`` from left to right; how a checkpoint stores it."""
    if state is None:
        return []
    if isinstance(state, tuple):
        return [tensor for part in state for tensor in flatten(part)]
    return [state]


def unflatten(like: State, tensors: list[Tensor]) -> State:
    """The inverse of ``flatten``: ``tensors`` in the tree that ``like`` has."""
    remaining = iter(tensors)
    return map_state(lambda _: next(remaining), like)
