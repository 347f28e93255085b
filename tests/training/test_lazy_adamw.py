"""Updating only the rows that are read is updating all of them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from seqlm.rows import rows_of, trained_part, working_rows
from seqlm.training.lazy_adamw import LazyAdamW

V, H, STEPS = 50, 4, 400
BETAS, DECAY = (0.9, 0.99), 0.1


def start() -> tuple[nn.Parameter, nn.Parameter]:
    torch.manual_seed(3)
    return nn.Parameter(torch.randn(V, H)), nn.Parameter(torch.randn(H, H))


def loss(table: nn.Parameter, matrix: nn.Parameter, ids: torch.Tensor) -> torch.Tensor:
    return (rows_of(table, ids) @ matrix - 1.0).square().mean()


def batches() -> list[torch.Tensor]:
    """Low ids often, high ones with long gaps, the last ones never."""
    torch.manual_seed(4)
    return [(torch.rand(6).pow(3) * (V - 5)).long() for _ in range(STEPS)]


def rate(step: int) -> float:
    return 0.02 * (1 - step / STEPS) * min(1.0, (step + 1) / 20)


def everywhere(optimizer: torch.optim.Optimizer, step: int) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate(step)


def test_it_ends_where_adamw_ends() -> None:
    """Else a word would be trained by another rule, the less so the rarer it is."""
    table, matrix = start()
    dense = torch.optim.AdamW([table, matrix], betas=BETAS, weight_decay=DECAY)
    begin = table.detach().clone()
    lazy_table, lazy_matrix = start()
    lazy = LazyAdamW([lazy_table, lazy_matrix], [lazy_table], BETAS, DECAY)
    for step, ids in enumerate(batches()):
        everywhere(dense, step), everywhere(lazy, step)
        dense.zero_grad()
        loss(table, matrix, ids).backward()
        dense.step()
        lazy.read_rows(ids)
        loss(lazy_table, lazy_matrix, ids).backward()
        assert trained_part(lazy_table).grad.shape == (len(ids.unique()), H)
        lazy.step()
        lazy_matrix.grad = None
    assert not torch.allclose(lazy_table, table, atol=1e-3)  # rows that nobody read for long
    lazy.settle()
    moved = (table.detach() - begin).abs().mean()
    assert (lazy_table - table).abs().max() < 2e-3 * moved
    assert (lazy_matrix - matrix).abs().max() < 1e-4


def test_settling_twice_is_settling_once() -> None:
    """Else each look at the held-out text would change the model."""
    table, matrix = start()
    optimizer = LazyAdamW([table, matrix], [table], BETAS, DECAY)
    for ids in batches()[:20]:
        optimizer.read_rows(ids)
        loss(table, matrix, ids).backward()
        optimizer.step()
    optimizer.settle()
    settled = table.detach().clone()
    optimizer.settle()
    assert torch.equal(table, settled)


def test_a_step_that_is_skipped_changes_nothing() -> None:
    """Else a loss that is no number would reach the rows that its batch read."""
    table, matrix = start()
    before = table.detach().clone()
    optimizer = LazyAdamW([table, matrix], [table], BETAS, DECAY)
    optimizer.read_rows(torch.tensor([1, 2]))
    (loss(table, matrix, torch.tensor([1, 2])) * float("nan")).backward()
    optimizer.settle()
    assert torch.equal(table, before) and working_rows(table) is None


def test_a_row_that_was_not_announced() -> None:
    """Else a gradient would be added to some other word's row."""
    table, matrix = start()
    optimizer = LazyAdamW([table, matrix], [table], BETAS, DECAY)
    optimizer.read_rows(torch.tensor([1, 2]))
    with pytest.raises((IndexError, RuntimeError)):
        loss(table, matrix, torch.tensor([3]))
