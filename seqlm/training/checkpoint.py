"""Checkpoints that a stopped training goes on from exactly.

A checkpoint is a verified folder ``checkpoint/step-N`` inside the model's folder. It holds the
weights, the optimizer's moments, the hidden state, the best weights so far and every random
generator, as safetensors, and the counters as JSON. The last two are kept; resuming takes the
newest one that verifies.
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seqlm.errors import ModelError
from seqlm.state import flatten, unflatten
from seqlm.tensor_file import load_into, read_tensors, tensor_bytes
from seqlm.training.fit import Run
from seqlm.verified_folder import read_json, verify_folder, write_folder

KEPT = 2
_TENSORS, _COUNTERS = "state.safetensors", "state.json"
_COUNTER_NAMES = [
    field.name for field in fields(Run) if field.name not in ("state", "best_weights")
]


def save_checkpoint(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: Run
) -> None:
    """Write ``folder/step-N``, then remove all but the last two.

    Raises:
        SeqlmError: it could not be written; the ones before are untouched.
    """
    files = {
        _TENSORS: tensor_bytes(_tensors(model, optimizer, run)),
        _COUNTERS: json.dumps(_counters(run), allow_nan=False).encode(),
    }
    write_folder(folder / f"step-{run.step:09d}", files)
    for old in _checkpoints(folder)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def restore_checkpoint(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: Run
) -> list[str]:
    """Bring everything to where the newest good checkpoint of ``folder`` left it.

    Args:
        folder: the ``checkpoint`` folder.
        model: built as it was in the stopped run; its weights are replaced.
        optimizer: over its parameters.
        run: must hold an initial ``state``, for its shape; replaced field by field.

    Returns:
        What to tell the user: the damaged checkpoints that were passed over.

    Raises:
        ModelError: no checkpoint verifies.
    """
    passed_over = []
    for checkpoint in reversed(_checkpoints(folder)):
        try:
            verify_folder(checkpoint)
            tensors, counters = (
                read_tensors(checkpoint / _TENSORS),
                read_json(checkpoint / _COUNTERS),
            )
        except ModelError as error:
            passed_over.append(error.message)
            continue
        try:
            _restore(tensors, counters, model, optimizer, run, checkpoint)
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(
                f"{checkpoint} is of another version of seqlm: {error}",
                "train again without --resume",
            ) from error
        return passed_over
    raise ModelError(
        f"{folder} holds no checkpoint that can be read", "train again without --resume"
    )


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if path.is_dir())


def _counters(run: Run) -> dict[str, Any]:
    counters = {name: getattr(run, name) for name in _COUNTER_NAMES}
    counters["best_loss"] = run.best_loss if math.isfinite(run.best_loss) else None
    return counters


def _tensors(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: Run
) -> dict[str, Tensor]:
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in run.best_weights.items()}
    tensors |= {f"hidden.{number}": tensor for number, tensor in enumerate(flatten(run.state))}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    # A copy of each: safetensors refuses tensors that share memory.
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _group(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _restore(
    tensors: dict[str, Tensor],
    counters: dict[str, Any],
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    run: Run,
    where: Path,
) -> None:
    device = next(model.parameters()).device
    load_into(model, {name: t.to(device) for name, t in _group(tensors, "model.").items()}, where)
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _group(tensors, "optimizer.").items():
        number, key = name.split(".")
        moments.setdefault(int(number), {})[key] = tensor
    rebuilt = optimizer.state_dict() | {"state": moments}
    optimizer.load_state_dict(rebuilt)
    for name in _COUNTER_NAMES:
        setattr(run, name, counters[name])
    run.best_loss = math.inf if counters["best_loss"] is None else counters["best_loss"]
    run.best_weights = {name: t.to(device) for name, t in _group(tensors, "best.").items()}
    hidden = _group(tensors, "hidden.")
    run.state = unflatten(
        run.state, [hidden[str(number)].to(device) for number in range(len(hidden))]
    )
    torch.set_rng_state(tensors["random.cpu"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
