"""The learning rate as a function of the step, and nothing else."""

from __future__ import annotations

import math
from typing import Literal


def cosine(step: int, steps: int, peak: float, warmup: float) -> float:
    """Linear warm-up to ``peak``, then half a cosine to zero (Loshchilov & Hutter, 2017, eq. 5).

    Args:
        step: the step about to be made, from 0.
        steps: steps of the whole training.
        peak: the highest learning rate.
        warmup: share of the steps that warm up.
    """
    warmup_steps = max(1, round(warmup * steps))
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, steps - warmup_steps)
    return peak * 0.5 * (1 + math.cos(math.pi * done))


def linear(step: int, steps: int, peak: float, warmup: float) -> float:
    """Linear warm-up to ``peak``, then a straight line to zero; arguments as for ``cosine``."""
    warmup_steps = max(1, round(warmup * steps))
    rise = (step + 1) / warmup_steps
    fall = (steps - step) / max(1, steps - warmup_steps)
    return peak * min(1.0, rise, fall)


Schedule = Literal["cosine", "linear"]
SCHEDULES = {"cosine": cosine, "linear": linear}
