"""AdamW that leaves a row of a large table alone until a batch reads it.

A batch of some thousand tokens reads a small part of a large vocabulary, yet AdamW passes over all
of it at every step: with 70,000 words of 384 features, zeroing, clipping and updating were 62 of a
step's 148 ms on one core. But what it does to a row without a gradient is known beforehand. With m
and v as the row's last gradient left them, and r = beta_1 / sqrt(beta_2), the k steps after step t
subtract

    m / sqrt(v) * sum_{j=1..k} a_{t+j} r^j        a_s = rate_s sqrt(1 - beta_2^s) / (1 - beta_1^s)

(Kingma & Ba, 2015, algorithm 1), and multiply m by beta_1^k and v by beta_2^k; and weight decay
multiplies the row by the product of (1 - rate_s * decay), and each term of the sum by what of the
product is still to come. A count, a sum and a product for each row are kept up at every step, and
the row itself follows when it is next read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from seqlm.rows import WorkingRows, gradient_of, set_working_rows, working_rows

_BLOCK = 256  # rows at once: they stay in the second-level cache


class LazyAdamW(torch.optim.AdamW):
    """AdamW in one fused pass, over a few rows of some tables and over the whole of the others.

    Before its loss is computed, a step says with ``read_rows`` what it will read of the tables;
    ``settle`` brings every row to where AdamW would have it. The two differ by float32's rounding
    and by AdamW's epsilon.

    Args:
        parameters: all that is trained.
        tables: those among them whose rows are read through ``rows_of``, (V, H).
        betas: how slowly the two moments forget.
        weight_decay: share of the learning rate that a weight loses at each step.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        tables: Iterable[Tensor],
        betas: tuple[float, float],
        weight_decay: float,
    ) -> None:
        super().__init__(parameters, lr=1e-3, betas=betas, weight_decay=weight_decay, fused=True)
        self._tables = list(tables)
        self._moments: dict[Tensor, tuple[Tensor, Tensor]] = {}
        for table in self._tables:
            self.state[table] = {
                "step": torch.zeros((), device=table.device),
                "exp_avg": torch.zeros_like(table),
                "exp_avg_sq": torch.zeros_like(table),
                "idle": torch.zeros(len(table), device=table.device),
                "owed": torch.zeros(len(table), device=table.device),
                "kept": torch.ones(len(table), device=table.device),
            }

    @torch.no_grad()
    def read_rows(self, ids: Tensor) -> None:
        """Bring these rows of every table up to date, and let them be trained in this step.

        Args:
            ids: with repeats as they come, (N,), int64.
        """
        rows = torch.unique(ids)
        for table in self._tables:
            weight, *moments = self._followed(table, rows)
            self._moments[table] = moments[0], moments[1]
            set_working_rows(table, WorkingRows(rows, weight, len(table)))

    @torch.no_grad()
    def settle(self) -> None:
        """Bring every row up to date, as for a look at the whole table."""
        for table in self._tables:
            set_working_rows(table, None)
            for start in range(0, len(table), _BLOCK):
                rows = torch.arange(start, min(start + _BLOCK, len(table)), device=table.device)
                self._store(table, rows, *self._followed(table, rows))

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Update what was read and everything that is no table."""
        result = super().step(closure)
        for table in self._tables:
            self._update(table)
        return result

    def _followed(self, table: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rows of the weights and of both moments, where AdamW would have them by now."""
        group, state = self.param_groups[0], self.state[table]
        first, second = group["betas"]
        wholes = table, state["exp_avg"], state["exp_avg_sq"]
        weight, m, v = (table.new_empty(len(rows), table.shape[1]) for _ in wholes)
        idle, owed, kept = (state[name][rows, None] for name in ("idle", "owed", "kept"))
        fade_m, fade_v = first**idle, second**idle
        for start in range(0, len(rows), _BLOCK):
            b = slice(start, start + _BLOCK)
            for whole, part in zip(wholes, (weight, m, v), strict=True):
                torch.index_select(whole, 0, rows[b], out=part[b])
            move = (v[b] + group["eps"] ** 2).rsqrt_().mul_(m[b])
            weight[b].mul_(kept[b]).addcmul_(move, owed[b], value=-1.0)
            m[b].mul_(fade_m[b])
            v[b].mul_(fade_v[b])
        return weight, m, v

    def _store(self, table: Tensor, rows: Tensor, weight: Tensor, m: Tensor, v: Tensor) -> None:
        state = self.state[table]
        wholes = table, state["exp_avg"], state["exp_avg_sq"]
        for whole, part in zip(wholes, (weight, m, v), strict=True):
            whole.index_copy_(0, rows, part)
        state["idle"][rows] = 0.0
        state["owed"][rows] = 0.0
        state["kept"][rows] = 1.0

    def _update(self, table: Tensor) -> None:
        group, state, working = self.param_groups[0], self.state[table], working_rows(table)
        assert working is not None, "read_rows comes first"
        set_working_rows(table, None)
        values, (m, v) = working.values.detach(), self._moments.pop(table)
        first, second = group["betas"]
        adamw(
            [values],
            [gradient_of(working.values)],
            [m],
            [v],
            [],
            [state["step"]],
            fused=True,
            amsgrad=False,
            maximize=False,
            beta1=first,
            beta2=second,
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
        )
        self._idle_step(group, state, int(state["step"]))
        self._store(table, working.ids, values, m, v)

    def _idle_step(self, group: dict[str, Any], state: dict[str, Tensor], step: int) -> None:
        """What AdamW does in this step to all rows that have no gradient, written down."""
        first, second = group["betas"]
        fade = math.log(first) - 0.5 * math.log(second)
        rate = group["lr"] * math.sqrt(1 - second**step) / (1 - first**step)
        kept = 1 - group["lr"] * group["weight_decay"]
        state["idle"] += 1
        state["kept"] *= kept
        state["owed"] *= kept
        state["owed"] += rate * torch.exp(fade * state["idle"])
