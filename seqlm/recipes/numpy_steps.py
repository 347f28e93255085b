"""Which language models numpy can write with, and opening one so."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from seqlm.array_file import read_arrays
from seqlm.errors import ModelError
from seqlm.model_folder import ModelFolder
from seqlm.models.mixed_steps import MixtureSteps, NgramSteps
from seqlm.models.network_config import RecurrentConfig, WindowConfig, read_config
from seqlm.models.numpy_steps import (
    CELL_STEPS,
    RecurrentSteps,
    WindowSteps,
    recurrent_shapes,
    window_shapes,
)
from seqlm.recipes.mixture_folder import is_mixture, open_mixture
from seqlm.sampling import Steps


def numpy_steps(folder: ModelFolder) -> Steps | None:
    """The model of a folder as steps in numpy; None where it is one that only torch can run.

    Raises:
        ModelError: its configuration is not one of ours, or its weights do not fit.
    """
    if folder.config.get("arch") == "ngram":
        from seqlm.recipes.ngram import load_table

        return NgramSteps(load_table(folder))
    return _mixture(folder) if is_mixture(folder) else _network(folder)


def _mixture(folder: ModelFolder) -> Steps | None:
    mixture = open_mixture(folder)
    members = [numpy_steps(member) for member in mixture.members]
    steps = [member for member in members if member is not None]
    sizes = {member.vocab_size for member in steps}
    if mixture.mixed == "line" or len(steps) < len(members) or len(sizes) > 1:
        return None  # which says what is wrong with it, if anything is
    return MixtureSteps(steps, mixture.weights)


def _network(folder: ModelFolder) -> Steps | None:
    arch = folder.config.get("arch")
    try:
        if arch == "window":
            window = read_config(WindowConfig, folder.config)
            return WindowSteps(window, _weights(folder, window_shapes(window)))
        if arch in CELL_STEPS:
            recurrent = read_config(RecurrentConfig, folder.config)
            return RecurrentSteps(recurrent, _weights(folder, recurrent_shapes(recurrent)))
    except ValueError as error:
        message = f"{folder.path} is damaged: config.json makes no model: {error}"
        raise ModelError(message, "train it again") from error
    return None


def _weights(folder: ModelFolder, shapes: dict[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    return read_arrays(folder.file("model.safetensors"), shapes)
