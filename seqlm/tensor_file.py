"""Tensors in safetensors files: written from memory, read with every limit checked first."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from seqlm.device import free_memory
from seqlm.errors import ModelError, SeqlmError

MAX_HEADER_BYTES = 1 << 20
MAX_TENSORS = 10_000


def tensor_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """``tensors`` as the bytes of a safetensors file."""
    from safetensors.torch import save

    return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file whose sha256 has been verified.

    Raises:
        ModelError: the header is too large or malformed, or the tensors do not fill the file.
        SeqlmError: there is less memory than the file is long.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    _check_header(path)
    _check_memory(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged: {error}", "train it again") from error


def _check_memory(path: Path) -> None:
    size, free = path.stat().st_size, free_memory()
    if free is not None and size > free:
        raise SeqlmError(
            f"{path} needs {size >> 20:,} MB of memory, and {free >> 20:,} MB are free",
            "a machine with more memory, or a smaller model",
        )


def _check_header(path: Path) -> None:
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= MAX_HEADER_BYTES:
            raise ModelError(f"{path} is damaged: its header has {length} bytes", "train it again")
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{path} is damaged: malformed header", "train it again") from error
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise ModelError(f"{path} is damaged: malformed header", "train it again")


def load_into(module: torch.nn.Module, tensors: Mapping[str, Tensor], where: Path) -> None:
    """Give ``module`` (which may be on the ``meta`` device) exactly these weights.

    Raises:
        ModelError: a name, a shape or a type differs, or a weight is not a finite number.
    """
    expected = module.state_dict()
    if set(expected) != set(tensors):
        raise ModelError(f"{where} does not fit its config.json: other tensors", "train it again")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape or tensor.dtype != expected[name].dtype:
            raise ModelError(
                f"{where} does not fit its config.json: {name} is {tuple(tensor.shape)}",
                "train it again",
            )
        if not math.isfinite(float(tensor.double().sum())):
            raise ModelError(f"{where} is damaged: {name} is not finite", "train it again")
    on_meta = any(tensor.is_meta for tensor in expected.values())
    module.load_state_dict(dict(tensors), assign=on_meta)
