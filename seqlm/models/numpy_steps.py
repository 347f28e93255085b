"""Networks read one token at a time in numpy, for writing: no torch, which takes longer to import
than a hundred tokens take to write, and none of its overhead for each small step.

The equations are those of ``cells/`` and ``window_lm``; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.models.network_config import RecurrentConfig, WindowConfig
from seqlm.tokenizers import END_ID

Array = NDArray[np.float32]
Weights = Mapping[str, Array]
CellStep = Callable[[Array, Array, tuple[Array, ...]], tuple[Array, ...]]


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def _rnn(from_x: Array, from_h: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
    return (np.tanh(from_x + from_h),)


def _lstm(from_x: Array, from_h: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
    i, f, g, o = np.split(from_x + from_h, 4)
    c = _sigmoid(f) * state[1] + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def _gru(from_x: Array, from_h: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
    (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(from_x, 3), np.split(from_h, 3)
    z = _sigmoid(x_z + h_z)
    n = np.tanh(x_n + _sigmoid(x_r + h_r) * h_n)
    return ((1.0 - z) * n + z * state[0],)


# From W x + b, U h + b' and the state to the next state, whose first part is h; the number of
# blocks in W and U; the number of parts of the state.
CELL_STEPS: dict[str, tuple[CellStep, int, int]] = {
    "rnn": (_rnn, 1, 1),
    "lstm": (_lstm, 4, 2),
    "gru": (_gru, 3, 1),
}


class _OutputLayer:
    """From a network's last features to log-probabilities."""

    def __init__(self, weights: Weights) -> None:
        self._projection = weights.get("projection.weight")
        self._matrix = weights.get("output.weight", weights["embedding"])
        self._bias = weights["output_bias"]

    def log_probs(self, h: Array) -> Array:
        """(features,) -> (vocab,)."""
        if self._projection is not None:
            h = self._projection @ h
        logits = self._matrix @ h
        logits += self._bias
        highest = logits.max()
        logits -= highest + np.log(np.exp(logits - highest).sum())
        return logits


class RecurrentSteps:
    """A recurrent network; its state is a tuple with the parts of each layer's state, (hidden,).

    Args:
        config: the shape.
        weights: by the names that torch gives them, of the shapes ``recurrent_shapes`` says.
    """

    def __init__(self, config: RecurrentConfig, weights: Weights) -> None:
        self.config = config
        self.vocab_size = config.vocab_size
        self._step, _, self._parts = CELL_STEPS[config.arch]
        self._embedding = weights["embedding"]
        self._output = _OutputLayer(weights)
        names = ("weight_ih_l0", "bias_ih_l0", "weight_hh_l0", "bias_hh_l0")
        self._layers = [
            [weights[f"cells.{layer}.fused.{name}"] for name in names]
            for layer in range(config.num_layers)
        ]

    def begin(self, tokens: Sequence[int]) -> tuple[Array, Any]:
        """Read a text's first tokens; log-probabilities of the next, (vocab,), and the state."""
        state = tuple(
            (np.zeros(size, dtype=np.float32),) * self._parts for size in self.config.layer_sizes
        )
        for token in tokens:
            h, state = self._read(token, state)
        return self._output.log_probs(h), state

    def step(self, token: int, state: Any) -> tuple[Array, Any]:
        """Read one more token."""
        h, state = self._read(token, state)
        return self._output.log_probs(h), state

    def _read(self, token: int, state: Any) -> tuple[Array, Any]:
        x = self._embedding[token]
        after = []
        for layer, ((w, b, u, b_u), before) in enumerate(zip(self._layers, state, strict=True)):
            now = self._step(w @ x + b, u @ before[0] + b_u, before)
            after.append(now)
            x = x + now[0] if self.config.skips(layer) else now[0]
        return x, tuple(after)


class WindowSteps:
    """A window model; its state is the ids of the last context - 1 tokens.

    Args:
        config: the shape.
        weights: by the names that torch gives them, of the shapes ``window_shapes`` says.
    """

    def __init__(self, config: WindowConfig, weights: Weights) -> None:
        self.vocab_size = config.vocab_size
        self._before = config.context - 1
        self._embedding = weights["embedding"]
        self._hidden = weights["hidden.weight"], weights["hidden.bias"]
        self._output = _OutputLayer(weights)

    def begin(self, tokens: Sequence[int]) -> tuple[Array, Any]:
        """Read a text's first tokens; log-probabilities of the next, (vocab,), and the state."""
        past = ([END_ID] * self._before + list(tokens[:-1]))[len(tokens) - 1 :]
        return self.step(tokens[-1], tuple(past))

    def step(self, token: int, state: Any) -> tuple[Array, Any]:
        """Read one more token."""
        seen = (*state, token)
        weight, bias = self._hidden
        h = np.tanh(weight @ self._embedding[list(seen)].ravel() + bias)
        return self._output.log_probs(h), seen[1:]


def recurrent_shapes(config: RecurrentConfig) -> dict[str, tuple[int, ...]]:
    """The weights of a recurrent network by name."""
    _, blocks, _ = CELL_STEPS[config.arch]
    shapes = _outer_shapes(config, config.layer_sizes[-1])
    size = config.embedding_size
    for layer, hidden in enumerate(config.layer_sizes):
        name = f"cells.{layer}.fused"
        shapes[f"{name}.weight_ih_l0"] = (blocks * hidden, size)
        shapes[f"{name}.weight_hh_l0"] = (blocks * hidden, hidden)
        shapes[f"{name}.bias_ih_l0"] = shapes[f"{name}.bias_hh_l0"] = (blocks * hidden,)
        size = hidden
    return shapes


def window_shapes(config: WindowConfig) -> dict[str, tuple[int, ...]]:
    """The weights of a window model by name."""
    return {
        **_outer_shapes(config, config.hidden_size),
        "hidden.weight": (config.hidden_size, config.context * config.embedding_size),
        "hidden.bias": (config.hidden_size,),
    }


def _outer_shapes(
    config: RecurrentConfig | WindowConfig, hidden_size: int
) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embedding": (config.vocab_size, config.embedding_size),
        "output_bias": (config.vocab_size,),
    }
    if not config.tied:
        shapes["output.weight"] = (config.vocab_size, hidden_size)
    elif hidden_size != config.embedding_size:
        shapes["projection.weight"] = (config.embedding_size, hidden_size)
    return shapes
