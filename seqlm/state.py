"""The state of a sequence model as a plain value.

A state is a batch-first tensor, ``None``, or a (nested) tuple of states. A model never keeps it:
it takes one and returns the next. ``detach`` is what truncates back-propagation through time,
``select_rows`` is how beam search reorders its hypotheses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from torch import Tensor

State = Union["Tensor", None, tuple["State", ...]]


def map_state(function: Callable[[Tensor], Tensor], state: State) -> State:
    """Apply ``function`` to every tensor of ``state``, keeping its shape as a tree."""
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(map_state(function, part) for part in state)
    return function(state)


def detach(state: State) -> State:
    """The same values, cut from the graph that made them (truncated BPTT)."""
    return map_state(lambda tensor: tensor.detach(), state)


def select_rows(state: State, rows: Tensor) -> State:
    """The rows (batch entries) named by the index tensor ``rows``, repeats allowed."""
    return map_state(lambda tensor: tensor.index_select(0, rows), state)


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
