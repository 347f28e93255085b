"""Rows of a large matrix: the few that a batch reads, and how their gradients travel."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


class _Rows(torch.autograd.Function):
    """Rows of a weight matrix whose gradients are added to ``weight.grad`` where it lies.

    Autograd would make a whole matrix of zeros for each use of a few rows, and then add them up: a
    third of a training step where the vocabulary is large.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, rows: Tensor) -> Tensor:
        ctx.weight = weight
        ctx.save_for_backward(rows)
        return weight.detach().index_select(0, rows)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[None, None]:
        (rows,) = ctx.saved_tensors
        gradient_of(ctx.weight).index_add_(0, rows, grad_output.to(ctx.weight.dtype))
        return None, None


def gradient_of(weight: Tensor) -> Tensor:
    """``weight.grad``, made if there is none yet."""
    if weight.grad is None:
        weight.grad = torch.zeros_like(weight)
    return weight.grad


class WorkingRows:
    """Copies of some rows of a matrix, to be trained in its place for one step.

    Args:
        ids: which rows, each once, (R,), int64.
        values: the rows, (R, H).
        num_rows: of the matrix, V.
    """

    def __init__(self, ids: Tensor, values: Tensor, num_rows: int) -> None:
        self.ids = ids
        self.values = values.requires_grad_()
        self._places = ids.new_full((num_rows,), -1)
        self._places[ids] = torch.arange(len(ids), device=ids.device)

    def rows(self, ids: Tensor) -> Tensor:
        """Rows that are among them, (N,) -> (N, H)."""
        rows: Tensor = _Rows.apply(self.values, self._places[ids])  # type: ignore[no-untyped-call]
        return rows


def working_rows(weight: Tensor) -> WorkingRows | None:
    """The rows that are trained in place of the whole matrix; None where it is trained itself."""
    return getattr(weight, "working_rows", None)


def set_working_rows(weight: Tensor, working: WorkingRows | None) -> None:
    """Let ``rows_of`` read from these rows, or from the matrix again."""
    weight.working_rows = working  # type: ignore[attr-defined]


def trained_part(weight: Tensor) -> Tensor:
    """What carries the gradient of a weight: the weight, or its working rows."""
    working = working_rows(weight)
    return weight if working is None else working.values


def rows_of(weight: Tensor, rows: Tensor) -> Tensor:
    """``weight[rows]`` for a parameter; see ``_Rows`` for how its gradient travels.

    Args:
        weight: a leaf, (V, H).
        rows: (..., ), int64.

    Returns:
        (..., H).
    """
    if not (torch.is_grad_enabled() and weight.requires_grad):
        return F.embedding(rows, weight)
    working = working_rows(weight)
    if working is not None:
        flat = working.rows(rows.flatten())
    else:
        flat = _Rows.apply(weight, rows.flatten())  # type: ignore[no-untyped-call]
    return flat.view(*rows.shape, weight.shape[1])
