"""A training that may be stopped at a step and gone on with, and what came of it."""

from __future__ import annotations

from pathlib import Path

import torch

from seqlm.training.checkpoint import restore_checkpoint, save_checkpoint
from seqlm.training.fit import Plan, Run, Task, fit
from seqlm.training.interruption import StopRequest


def train_until(
    stop_at: int | None,
    folder: Path,
    task: Task,
    optimizer: torch.optim.Optimizer,
    plan: Plan,
    run: Run,
) -> None:
    """Train to the end, or to ``stop_at``; from the newest checkpoint in ``folder`` if any.

    Raises:
        Interrupted: it was stopped.
    """
    if any(folder.glob("step-*")):
        assert restore_checkpoint(folder, task.model, optimizer, run) == []
    stop = StopRequest()

    def watch(run: Run) -> None:
        if run.step == stop_at:
            stop.signal = 15

    fit(
        task,
        optimizer,
        plan,
        run,
        save=lambda run: save_checkpoint(folder, task.model, optimizer, run),
        on_step=watch,
        stop=stop,
    )


def fingerprint(task: Task, run: Run) -> list[bytes]:
    """All that a training ends with: weights, the best of them, losses, torch's generator."""
    weights = [tensor.numpy().tobytes() for tensor in task.model.state_dict().values()]
    best = [run.best_weights[name].numpy().tobytes() for name in sorted(run.best_weights)]
    losses = [repr((e["step"], e["train_loss"], e["valid_loss"])).encode() for e in run.evaluations]
    return weights + best + losses + [torch.get_rng_state().numpy().tobytes()]
