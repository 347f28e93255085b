"""How long a machine takes for a step, measured on a model that is thrown away."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from seqlm.training.budget import Timing
from seqlm.training.fit import Plan, Run, Task, update


def time_task(
    task: Task, optimizer: torch.optim.Optimizer, *, steps: int, warm_steps: int = 2
) -> Timing:
    """Seconds a step, an evaluation and a saving take; the task's model is of no use after it.

    Args:
        task: what would be trained.
        optimizer: over its parameters.
        steps: that are timed, the first ones of the task.
        warm_steps: the first steps, made once before without being timed: a processor compiles
            kernels for the shapes that it meets.
    """
    step = time_steps(task, optimizer, steps=steps, warm_steps=warm_steps)
    task.model.eval()
    with torch.no_grad():
        evaluation = _seconds(task.evaluate)
    weights = sum(parameter.numel() for parameter in task.model.parameters())
    return Timing(step, evaluation, 0.5 + 16 * weights / 200e6)


def time_steps(
    task: Task, optimizer: torch.optim.Optimizer, *, steps: int, warm_steps: int = 2
) -> float:
    """Seconds a step takes, the median; the arguments are those of ``time_task``."""
    plan = Plan(steps=1 << 30, learning_rate=1e-4, warmup=0.0, clip=0.5, evaluate_every=1 << 30)
    run = Run(state=task.initial_state())
    task.model.train()
    for _ in range(warm_steps):
        update(task, optimizer, plan, run)
    run.step = 0
    return statistics.median(
        _seconds(lambda: update(task, optimizer, plan, run)) for _ in range(steps)
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started
