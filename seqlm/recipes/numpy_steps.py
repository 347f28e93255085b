"""Which language models numpy can write with, and opening one so."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from seqlm.array_file import read_arrays
from seqlm.errors import ModelError
from seqlm.model_folder import ModelFolder
from seqlm.models.network_config import RecurrentConfig, WindowConfig, read_config
from seqlm.models.numpy_steps import (
    CELL_STEPS,
    RecurrentSteps,
    WindowSteps,
    recurrent_shapes,
    window_shapes,
)


def numpy_steps(folder: ModelFolder) -> RecurrentSteps | WindowSteps | None:
    """The model of a folder as steps in numpy; None where numpy has no such network.

    Raises:
        ModelError: its configuration is not one of ours, or its weights do not fit.
    """
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
