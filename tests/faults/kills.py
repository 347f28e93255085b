"""SIGKILL at any moment, SIGTERM at every step: what is gone on with ends as if never stopped."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from tests.faults import trainers
from tests.faults.findings import Finding
from tests.faults.shim import Fault
from tests.faults.trainers import Trained, place_for, save_at_every_chance, stop_soon, trained
from tests.faults.workplace import Workplace

STEPS = 24


def kills(workplace: Workplace, count: int, name: str) -> Finding:
    """Kill a training ``count`` times: every other time while it writes its checkpoints."""
    finding = Finding(f"`kill -9` and `--resume`: {name}")
    expected, seconds, changes = _undisturbed(workplace, name)
    parts = [part for part, number in changes.items() if number]
    chance = random.Random(f"kills {name}")
    killed = saving = 0
    for number in range(count):
        with place_for(workplace) as place:
            if number % 2:
                part = parts[number // 2 % len(parts)]
                at = chance.randint(1, changes[part])
                fault = Fault("kill", at, place / part)
                ended = trainers.start(name, place, STEPS, fault=fault, before=save_at_every_chance)
                moment = f"change {at} of {changes[part]} below {part}"
                saving += ended.code == -signal.SIGKILL
            else:
                after = chance.uniform(0, seconds)
                ended = trainers.start(
                    name, place, STEPS, kill_after=after, before=save_at_every_chance
                )
                moment = f"{after:.3f} s of {seconds:.3f}"
            killed += ended.code == -signal.SIGKILL
            lost = _goes_on(name, place, expected, chance)
            finding.check(not lost, f"{name} killed at {moment}: {lost}")
    finding.figure = f"{killed} killed, {saving} of them inside a save; the rest had finished"
    return finding


def _undisturbed(workplace: Workplace, name: str) -> tuple[Trained, float, dict[str, int]]:
    """What a run that is left alone gives, how long it takes, and its changes: checkpoints, all."""
    changes = {}
    for part in ("out", "."):
        with place_for(workplace) as place:
            fault = Fault("count", 0, place / part)
            done = trainers.start(name, place, STEPS, fault=fault, before=save_at_every_chance)
            assert done.code == 0, done
            expected, changes[part] = trained(place / "out"), done.changes
    return expected, done.seconds, changes


def _goes_on(name: str, place: Path, expected: Trained, chance: random.Random) -> str:
    """Go on until the training is done, sometimes killed once more; what is wrong with its end."""
    out = place / "out"
    if (out / "MANIFEST.json").exists():
        return "" if trained(out) == expected else "the finished model differs"
    if trainers.can_resume(name, place) and chance.random() < 0.25:
        fault = Fault("kill", chance.randint(1, 40), out)
        trainers.resume(name, place, fault=fault, before=save_at_every_chance)
    if (out / "MANIFEST.json").exists():
        return "" if trained(out) == expected else "the finished model differs"
    if trainers.can_resume(name, place):
        done = trainers.resume(name, place, before=save_at_every_chance)
    else:
        done = trainers.start(name, place, STEPS, before=save_at_every_chance)
    if done.code != 0:
        return f"exit code {done.code}: {done.err.strip()[-300:]}"
    if trained(out) != expected:
        return "other weights or metrics"
    left = [path.name for path in (*place.glob(".*.tmp"), *out.glob(".*"), *out.glob("checkpoint"))]
    return f"left behind: {left}" if left else ""


def every_step(workplace: Workplace, count: int, name: str) -> Finding:
    """Stop a training after each of its steps and go on, all the way."""
    finding = Finding(f"stopped after every step and gone on with: {name}")
    vectors = name in ("skipgram", "cbow")
    with place_for(workplace) as place:
        trainers.start(name, place, count, before=save_at_every_chance)
        expected = trained(place / "out")
    with place_for(workplace) as place:
        looks = 1 if vectors else 0
        done = trainers.start(name, place, count, before=stop_soon(looks))
        while done.code == 128 + signal.SIGTERM and finding.cases < 10 * count:
            finding.check(True, "")
            done = trainers.resume(name, place, before=stop_soon(looks))
        ended = done.code == 0 and trained(place / "out") == expected
        finding.check(ended, f"{name}: {done.err.strip()[-300:] or 'other weights or metrics'}")
    finding.figure = f"{finding.cases - 1} stops in one training"
    return finding
