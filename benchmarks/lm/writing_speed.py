"""Tokens a second of writing, one thread: the steps in numpy beside a call of torch for each token.

    python benchmarks/lm/writing_speed.py [--tokens 200] [--rounds 3]

Weights are random, sampling is included, and each figure is the best of the rounds. For the
transformer the second figure reads the whole window again for each token: what its cache saves.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional as F

from seqlm.decoding import TorchSteps
from seqlm.models.network_config import RecurrentConfig, WindowConfig
from seqlm.models.numpy_steps import RecurrentSteps, WindowSteps
from seqlm.models.recurrent_lm import RecurrentLM
from seqlm.models.transformer_lm import TransformerConfig, TransformerLM
from seqlm.models.window_lm import WindowLM
from seqlm.sampling import Sampling, Steps, sample

RECURRENT = {
    "LSTM 256, V = 1,000": RecurrentConfig("lstm", 1_000, 256, 256, 1),
    "LSTM 256, V = 10,000": RecurrentConfig("lstm", 10_000, 256, 256, 1),
    "LSTM 2 x 512, V = 10,000": RecurrentConfig("lstm", 10_000, 512, 512, 2),
    "GRU 256, V = 10,000": RecurrentConfig("gru", 10_000, 256, 256, 1),
}
WINDOW = WindowConfig(10_000, 256, 256, context=5)
TRANSFORMER = TransformerConfig(10_000, 256, 1024, num_layers=4, num_heads=4, context=64)


class WithoutCache:
    """A transformer that reads all that it can see again at each step."""

    def __init__(self, network: TransformerLM) -> None:
        self.vocab_size = network.vocab_size
        self._network = network
        self._sight = network.config.num_layers * (network.config.context - 1) + 1

    def begin(self, tokens: Sequence[int]) -> tuple[Any, Any]:
        return self.step(tokens[-1], tuple(tokens[:-1]))

    def step(self, token: int, state: Any) -> tuple[Any, Any]:
        seen = (*state, token)[-self._sight :]
        network = self._network
        with torch.inference_mode():
            features, _ = network.features(torch.tensor([seen]), network.initial_state(1))
            logits = F.linear(features[0, -1], network.output_weight, network.output_bias)
            return torch.log_softmax(logits, 0).numpy(), seen


def pace(steps: Steps, tokens: int, rounds: int) -> float:
    """Tokens a second, the best of the rounds, once the first tokens are written."""
    drawn = sample(steps, [0], Sampling(), [1], seed=1)
    next(itertools.islice(drawn, 300, None))
    best = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        next(itertools.islice(drawn, tokens - 1, None))
        best = max(best, tokens / (time.perf_counter() - started))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rows: list[tuple[str, Steps, Steps]] = []
    for name, config in RECURRENT.items():
        network = RecurrentLM(config).eval()
        weights = {key: value.numpy() for key, value in network.state_dict().items()}
        rows.append((name, TorchSteps(network, "cpu"), RecurrentSteps(config, weights)))
    window = WindowLM(WINDOW).eval()
    weights = {key: value.numpy() for key, value in window.state_dict().items()}
    rows.append(("window 256, V = 10,000", TorchSteps(window, "cpu"), WindowSteps(WINDOW, weights)))
    transformer = TransformerLM(TRANSFORMER).eval()
    name = "transformer 4 x 256, V = 10,000: with and without a cache"
    rows.append((name, TorchSteps(transformer, "cpu"), WithoutCache(transformer)))
    print("| network | torch, a call a token | numpy |\n| --- | --- | --- |")
    for name, plain, ours in rows:
        speeds = [pace(steps, options.tokens, options.rounds) for steps in (plain, ours)]
        print(f"| {name} | {speeds[0]:,.0f} | {speeds[1]:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
