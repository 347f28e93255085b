"""A neural language model as an ONNX graph of one step, with its state in and out.

    token (batch,) int64, state_0, ... -> log_probs (batch, vocab), next_state_0, ...

Log-probabilities are natural. Every state begins as zeros, the first token is 0 (``</s>``: a text
begins behind the end of a line), and what is next is fed back.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqlm.errors import SeqlmError
from seqlm.model_folder import free_folder
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.recipes.loading import load_language_model
from seqlm.state import State, flatten, unflatten
from seqlm.tokenizers.hugging_face import hugging_face_files
from seqlm.verified_folder import write_folder

GRAPH = "model.onnx"
_TRACED_ROWS = 2
_CHECKED_STEPS = 8
_CLOSE = 1e-3  # nats: the graph computes in float32 with other kernels


class OneStep(nn.Module):
    """A language model's step with its state as a flat list of tensors.

    Args:
        model: in evaluation mode.
    """

    def __init__(self, model: NeuralLanguageModel) -> None:
        super().__init__()
        self.model = model
        self.like = model.initial_state(1)

    def forward(self, token: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Log-probabilities of the next token, and the next state."""
        log_probs, after = self.model.next_log_probs(token, unflatten(self.like, list(state)))
        return (log_probs, *flatten(after))


def export_onnx(path: Path, out: Path, *, force: bool = False) -> list[Path]:
    """Write a network as a folder: model.onnx, and the tokenizer in Hugging Face's format.

    Raises:
        InputError: ``out`` is there already.
        ModelError: the model is missing or damaged.
        SeqlmError: onnx is not installed, the disk is full, or the graph computes something else.
    """
    free_folder(out, chosen=True, force=force)
    _import("onnx")
    loaded = load_language_model(path, "cpu")
    model = loaded.model
    assert isinstance(model, NeuralLanguageModel)
    with tempfile.TemporaryDirectory(prefix="seqlm-") as scratch:
        graph = Path(scratch) / GRAPH
        write_graph(model, graph)
        check_graph(model, graph)
        files: dict[str, bytes | Path] = {GRAPH: graph, **hugging_face_files(loaded.tokenizer)}
        files["seqlm.json"] = json.dumps({"made_from": path.absolute().name}).encode()
        write_folder(out, files)
    return sorted(out.iterdir())


def write_graph(model: NeuralLanguageModel, path: Path) -> None:
    """Trace one step from the state before the first token, in which every case is open."""
    state = flatten(model.initial_state(_TRACED_ROWS))
    inputs, outputs = names(len(state))
    token = torch.zeros(_TRACED_ROWS, dtype=torch.long)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            OneStep(model).eval(),
            (token, *state),
            str(path),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in (*inputs, *outputs)},
            dynamo=False,
        )


def names(num_states: int) -> tuple[list[str], list[str]]:
    """What goes into the graph and what comes out of it."""
    states = [f"state_{number}" for number in range(num_states)]
    return ["token", *states], ["log_probs", *(f"next_{name}" for name in states)]


def check_graph(model: NeuralLanguageModel, path: Path) -> float:
    """Run the graph beside the model for some steps; the largest difference in nats.

    Raises:
        SeqlmError: onnxruntime is not installed, or they differ.
    """
    session = _import("onnxruntime").InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rows = 3  # not what was traced
    state: State = model.initial_state(rows)
    given = [part.numpy() for part in flatten(state)]
    inputs, _ = names(len(given))
    generator = torch.Generator().manual_seed(1)
    worst = 0.0
    token = torch.zeros(rows, dtype=torch.long)
    for _ in range(_CHECKED_STEPS):
        with torch.no_grad():
            expected, state = model.next_log_probs(token, state)
        feed = dict(zip(inputs, [token.numpy(), *given], strict=True))
        found, *given = session.run(None, feed)
        worst = max(worst, float(np.abs(found - expected.numpy()).max()))
        token = torch.randint(0, model.vocab_size, (rows,), generator=generator)
    if not worst < _CLOSE:
        raise SeqlmError(f"the ONNX graph differs from the model by {worst:.2g} nats")
    return worst


def _import(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise SeqlmError(f"{name} is not installed", "pip install 'seqlm[onnx]'") from error
