"""Tensors in safetensors files: written from memory, read with every limit checked first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from seqlm.array_file import check_file
from seqlm.errors import ModelError


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

    check_file(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged: {error}", "train it again") from error


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
