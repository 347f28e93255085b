"""From a time budget to a number of steps, once, before the first step that counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seqlm.errors import UsageError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MARGIN = 0.03  # of the budget, for machines that slow down after they were timed
_RESERVE = 0.01  # of the budget, which is not planned with even then
_SAVE_EVERY = 60.0  # seconds, if a saving takes no more than a thirtieth of them


def parse_duration(text: str) -> float:
    """Seconds in ``90s``, ``10m``, ``2h``, ``1h30m`` or a plain number of seconds.

    Raises:
        UsageError: it is none of these, or not positive.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text.strip().lower())
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text.strip().lower():
        seconds = float(text) if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) else 0.0
    if not seconds > 0:
        raise UsageError(f"{text[:40]!r} is not a time like 90s, 10m or 2h", "--budget 10m")
    return seconds


@dataclass(frozen=True)
class Timing:
    """What was measured before training, in seconds."""

    step: float
    evaluation: float
    saving: float

    def of(self, steps: int, evaluate_every: int) -> float:
        """What a whole training of so many steps will take."""
        return steps * self.step - (-steps // evaluate_every) * self.evaluation + self.saving

    @property
    def save_every(self) -> float:
        """Seconds between two savings, so that they take little of the time."""
        return max(_SAVE_EVERY, 30 * self.saving)


def steps_within(seconds: float, timing: Timing, num_evaluations: int) -> int:
    """How many steps fit into ``seconds`` beside the evaluations, the savings and a margin."""
    savings = timing.saving * (1 + seconds / timing.save_every)
    left = seconds * (1 - _MARGIN) - num_evaluations * timing.evaluation - savings
    return max(1, int(left / timing.step))


def training_seconds(seconds: float, timing: Timing) -> float:
    """What a training may take of ``seconds``, a last evaluation and the last saving set apart."""
    return max(0.0, seconds * (1 - _RESERVE) - timing.evaluation - timing.saving)
