"""What was open about a training, settled, whatever is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from seqlm.recipes.train_request import Options
from seqlm.training.budget import Timing
from seqlm.training.fit import Plan


@dataclass(frozen=True)
class Settled(Generic[Options]):
    """Everything that was open, settled; with it a run can be repeated.

    Attributes:
        options: with no None left in what shapes the model and its updates.
        precision: of the model's layers, float32 or bfloat16.
        plan: steps and learning rate.
        epochs: how often the text is read.
        timing: seconds a step, an evaluation and a saving took.
        parameters: weights of the model.
    """

    options: Options
    precision: str
    plan: Plan
    epochs: float
    timing: Timing
    parameters: int

    @property
    def seconds(self) -> float:
        """The estimate for the training that lies ahead."""
        return self.timing.of(self.plan.steps, self.plan.evaluate_every)


S = TypeVar("S", bound=Settled[Any])


def read_settled(settled: type[S], options: type[Any], stored: Mapping[str, Any]) -> S:
    """The inverse of ``asdict``.

    Args:
        settled: what is made.
        options: the class of its options.
        stored: what ``asdict`` gave.
    """
    parts = {"options": options, "plan": Plan, "timing": Timing}
    values = {field.name: stored[field.name] for field in fields(settled)}
    return settled(**values | {name: make(**stored[name]) for name, make in parts.items()})
