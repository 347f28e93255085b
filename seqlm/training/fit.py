"""The one training loop.

A task says what a batch is and what its loss is; the plan says how many steps, how fast, and when
to look at the held-out text; the run is everything that changes, and all that a checkpoint holds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from seqlm.errors import Interrupted, SeqlmError
from seqlm.rows import trained_part
from seqlm.state import State, detach
from seqlm.training.interruption import StopRequest
from seqlm.training.lazy_adamw import LazyAdamW
from seqlm.training.schedule import SCHEDULES, Schedule

MAX_BAD_STEPS = 5
_LAG = 0.02
"""Share of the time that a run may be behind its plan before steps are left out, or before it
before steps are put in."""
_END = 0.96
"""Share of the time that a run fills whose steps are as many as the time allows."""


class Task(Protocol):
    """What is trained."""

    @property
    def model(self) -> torch.nn.Module:
        """The network."""

    def initial_state(self) -> State:
        """What the first batch starts from."""

    def loss(self, step: int, state: State) -> tuple[Tensor, State, int]:
        """The mean loss of that step's batch in nats, the next state, and its number of tokens."""

    def evaluate(self) -> float:
        """Mean loss on the held-out text, nats a token; the model is in evaluation mode."""


@dataclass(frozen=True)
class Plan:
    """How a run goes, settled before its first step.

    The same plan gives the same run, unless it sets a time that the machine does not keep.

    Attributes:
        steps: updates to make.
        learning_rate: the highest.
        warmup: share of the steps that warm up.
        clip: largest norm of the gradient.
        evaluate_every: steps between two looks at the held-out text.
        patience: evaluations without a better one after which training stops; 0 is never.
        schedule: how the learning rate falls to zero.
        seconds: that the run is to end within, its looks and savings included; None is no limit.
        fills_time: whether more steps than planned are made where the machine is faster.
    """

    steps: int
    learning_rate: float
    warmup: float
    clip: float
    evaluate_every: int
    patience: int = 0
    schedule: Schedule = "cosine"
    seconds: float | None = None
    fills_time: bool = False


@dataclass
class Run:
    """Everything that changes while training: what a checkpoint holds beside the weights.

    Attributes:
        skipped: steps of the plan that were left out for want of time; less than none where
            there was time for more.
    """

    step: int = 0
    skipped: int = 0
    state: State = None
    seconds: float = 0.0
    tokens: int = 0
    bad_steps: int = 0
    best_loss: float = math.inf
    best_step: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    interval_loss: float = 0.0
    interval_tokens: int = 0
    interval_seconds: float = 0.0
    evaluations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def position(self) -> int:
        """How far the plan has come, in steps."""
        return self.step + self.skipped


Listener = Callable[[Run], None]


def fit(
    task: Task,
    optimizer: torch.optim.Optimizer,
    plan: Plan,
    run: Run,
    *,
    save: Callable[[Run], None] = lambda run: None,
    save_every: float = 60.0,
    on_step: Listener = lambda run: None,
    on_evaluation: Listener = lambda run: None,
    stop: StopRequest | None = None,
) -> None:
    """Train ``task`` from ``run.step`` to the end of ``plan``; ``run`` then holds the best weights.

    Args:
        task: what is trained.
        optimizer: over the task's parameters; its learning rate is set each step.
        plan: how the run goes.
        run: where it stands; changed in place.
        save: writes a checkpoint.
        save_every: seconds between two checkpoints.
        on_step: called after every step.
        on_evaluation: called after every evaluation, whose record is ``run.evaluations[-1]``.
        stop: asked between steps.

    Raises:
        Interrupted: ``stop`` was requested; a checkpoint has been saved.
        SeqlmError: the loss stopped being a number.
    """
    if run.step == 0:
        run.state = task.initial_state()
        save(run)
    last_save = time.monotonic()
    task.model.train()
    while run.position < plan.steps and not _out_of_patience(plan, run):
        started = time.monotonic()
        looks = run.position // plan.evaluate_every
        _keep_to_time(plan, run)
        update(task, optimizer, plan, run)
        run.interval_seconds += time.monotonic() - started
        on_step(run)
        if run.position // plan.evaluate_every > looks or run.position == plan.steps:
            _evaluate(task, optimizer, run, run.seconds + time.monotonic() - started)
            on_evaluation(run)
        run.seconds += time.monotonic() - started
        if stop is not None and stop.signal is not None:
            save(run)
            raise Interrupted(f"stopped at step {run.step} of {plan.steps}", None, stop.exit_code)
        if time.monotonic() - last_save > save_every:
            saving = time.monotonic()
            save(run)
            last_save = time.monotonic()
            run.seconds += last_save - saving


def _keep_to_time(plan: Plan, run: Run) -> None:
    """Go ahead in the plan when the machine is slower than was thought, or stay where it is faster.

    A step is left out or put in now and then, so that the learning rate still falls to zero
    smoothly.
    """
    if plan.seconds is None:
        return
    used = min(1.0, run.seconds / plan.seconds) if plan.seconds > 0 else 1.0
    least = min(plan.steps - 1, math.ceil(plan.steps * (used - _LAG) / (1 - _LAG)))
    if run.position < least:
        run.skipped = least - run.step
    elif plan.fills_time and run.position > plan.steps * (used + _LAG) / (_END + _LAG):
        run.skipped -= 1


def _out_of_patience(plan: Plan, run: Run) -> bool:
    worse = len([record for record in run.evaluations if record["step"] > run.best_step])
    return 0 < plan.patience <= worse


def update(task: Task, optimizer: torch.optim.Optimizer, plan: Plan, run: Run) -> None:
    """One step: loss, gradient, clip, update; a loss that is not finite changes nothing."""
    rate = SCHEDULES[plan.schedule](run.position, plan.steps, plan.learning_rate, plan.warmup)
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss, next_state, tokens = task.loss(run.step, run.state)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = torch.nn.utils.clip_grad_norm_(map(trained_part, task.model.parameters()), plan.clip)
    run.step += 1
    value = float(loss.detach())
    if not math.isfinite(value) or not math.isfinite(float(norm)):
        _skip_bad_step(task, run)
        return
    optimizer.step()
    # A fused optimizer does not say that it changed the weights; ``fast_normalizer`` has to know.
    torch.autograd.graph.increment_version(tuple(task.model.parameters()))
    run.state = detach(next_state)
    run.bad_steps = 0
    run.tokens += tokens
    run.interval_loss += value * tokens
    run.interval_tokens += tokens


def _skip_bad_step(task: Task, run: Run) -> None:
    """Start the state afresh after a loss that is not a number; give up after a few in a row."""
    run.bad_steps += 1
    run.state = task.initial_state()
    if run.bad_steps >= MAX_BAD_STEPS:
        raise SeqlmError(
            f"the loss is not a number since step {run.step - MAX_BAD_STEPS + 1}",
            "train again with a lower --lr; the last good checkpoint was kept",
        )


def _evaluate(task: Task, optimizer: torch.optim.Optimizer, run: Run, seconds: float) -> None:
    if isinstance(optimizer, LazyAdamW):
        optimizer.settle()
    task.model.eval()
    with torch.no_grad():
        loss = task.evaluate()
    task.model.train()
    run.evaluations.append(
        {
            "step": run.step,
            "seconds": round(seconds, 3),
            "tokens": run.tokens,
            "learning_rate": optimizer.param_groups[0]["lr"],
            "train_loss": run.interval_loss / max(1, run.interval_tokens),
            "tokens_per_second": run.interval_tokens / max(1e-9, run.interval_seconds),
            "valid_loss": loss,
        }
    )
    run.interval_loss, run.interval_tokens, run.interval_seconds = 0.0, 0, 0.0
    if loss < run.best_loss:
        run.best_loss, run.best_step = loss, run.step
        run.best_weights = {
            name: tensor.detach().clone() for name, tensor in task.model.state_dict().items()
        }
