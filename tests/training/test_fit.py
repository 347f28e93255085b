"""The training loop on a clock of our own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from seqlm.state import State
from seqlm.training import fit as fit_module
from seqlm.training.fit import Plan, Run, fit

PLAN = Plan(steps=200, learning_rate=1.0, warmup=0.1, clip=1.0, evaluate_every=50, seconds=100.0)


class Clock:
    """Seconds that pass only when somebody says so."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


class SlowTask:
    """A weight to be trained, where a step, a look and a saving take what they are told."""

    def __init__(self, clock: Clock, step: float, look: float) -> None:
        self.clock, self.step, self.look = clock, step, look
        self.model = torch.nn.Linear(1, 1, bias=False)
        self.batches: list[int] = []

    def initial_state(self) -> State:
        return None

    def loss(self, step: int, state: State) -> tuple[Tensor, State, int]:
        self.clock.now += self.step
        self.batches.append(step)
        return self.model.weight.square().sum(), None, 1

    def evaluate(self) -> float:
        self.clock.now += self.look
        return 1.0 / (1 + self.clock.now)


def trained(
    monkeypatch: pytest.MonkeyPatch, step: float, plan: Plan = PLAN, saving: float = 0.0
) -> tuple[Run, list[float], list[int], float]:
    """The run, the learning rate of each step, the batches, and the seconds that it took."""
    clock = Clock()
    monkeypatch.setattr(fit_module, "time", SimpleNamespace(monotonic=clock.monotonic))
    task, run, rates = SlowTask(clock, step, look=0.25), Run(), []
    optimizer = torch.optim.SGD(task.model.parameters(), lr=0.0)

    def save(run: Run) -> None:
        clock.now += saving if run.step else 0.0

    def note_rate(run: Run) -> None:
        rates.append(optimizer.param_groups[0]["lr"])

    fit(task, optimizer, plan, run, save=save, save_every=10.0, on_step=note_rate)
    return run, rates, task.batches, clock.now


@pytest.mark.parametrize("step", [0.1, 0.48])
def test_a_machine_that_keeps_the_pace_makes_every_step(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """Else a budget with time to spare would change what is trained."""
    run, rates, batches, seconds = trained(monkeypatch, step)
    assert (run.step, run.skipped) == (200, 0)
    assert rates == trained(monkeypatch, step, replace(PLAN, seconds=None))[1]
    assert batches == list(range(200))
    assert seconds < 100.0


@pytest.mark.parametrize(("step", "saving"), [(0.53, 0.0), (1.0, 0.0), (5.0, 0.0), (0.48, 1.5)])
def test_a_slower_machine_ends_in_time(
    monkeypatch: pytest.MonkeyPatch, step: float, saving: float
) -> None:
    """Else a budget would be a guess, and whoever wants a model by noon gets it by one."""
    run, rates, batches, seconds = trained(monkeypatch, step, saving=saving)
    assert 90.0 <= seconds <= 101.0 + step
    assert run.position == 200 and run.skipped > 0
    assert batches == list(range(run.step))  # no text is passed over
    # The rate has no jumps but those of a schedule of fewer steps, and has fallen at the end.
    falling = rates[rates.index(max(rates)) :]
    assert all(before - after < 0.02 + step / 20 for before, after in pairwise(falling))
    assert rates[-1] < 0.01 and run.evaluations[-1]["step"] == run.step


@pytest.mark.parametrize("step", [0.1, 0.3, 0.44])
def test_a_faster_machine_makes_more_steps(monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    """Else a moment's noise while the machine was timed would cost a part of the budget."""
    plan = replace(PLAN, fills_time=True, patience=4)
    run, rates, batches, seconds = trained(monkeypatch, step, plan)
    assert 95.0 <= seconds <= 100.0
    assert run.position == 200 and run.skipped < 0
    assert batches == list(range(run.step))
    falling = rates[rates.index(max(rates)) :]
    assert all(before >= after > before - 0.02 for before, after in pairwise(falling))
    assert len(run.evaluations) == 4 and run.evaluations[-1]["step"] == run.step


def test_time_is_filled_only_where_the_machine_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the same plan on the same machine would give another model each time."""
    run, *_ = trained(monkeypatch, 0.48, replace(PLAN, fills_time=True))
    assert (run.step, run.skipped) == (200, 0)


def test_a_budget_that_is_used_up_gives_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing would be left of a training that began too late."""
    run, *_ = trained(monkeypatch, 1.0, replace(PLAN, seconds=0.0))
    assert run.step == 1 and len(run.evaluations) == 1
