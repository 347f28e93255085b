"""The neural cache by hand, and what has to hold for any model with one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from seqlm.config import CacheOptions
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.models.mixture_lm import MixtureLM, map_networks
from seqlm.models.neural_cache import CachedLM
from seqlm.state import State

ANGLES = torch.tensor([0.0, 0.5, 1.5, 3.0])


class Compass(NeuralLanguageModel):
    """Its features are a direction for each token; all tokens are equally probable."""

    def __init__(self) -> None:
        super().__init__(len(ANGLES))
        self.output_bias = torch.zeros(len(ANGLES))
        self.table = 3 * torch.stack([ANGLES.cos(), ANGLES.sin()], 1)

    @property
    def output_weight(self) -> Tensor:
        return torch.zeros(len(ANGLES), 2)

    def initial_state(self, batch_size: int) -> State:
        return None

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        return self.table[inputs], None


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def by_hand(text: list[int], options: CacheOptions) -> list[float]:
    """The probability of each token of ``text`` but the first, pair by pair."""
    found = []
    for now in range(len(text) - 1):
        pairs = [(text[i], text[i + 1]) for i in range(now)][-options.size :]
        likeness = [math.cos(float(ANGLES[text[now]] - ANGLES[key])) for key, _ in pairs]
        ages = range(len(pairs), 0, -1)
        shares = [
            math.exp(options.theta * value - age / options.horizon)
            for value, age in zip(likeness, ages, strict=True)
        ]
        hit = sum(
            share for share, pair in zip(shares, pairs, strict=True) if pair[1] == text[now + 1]
        )
        weight = options.weight if pairs else 0.0
        cached = hit / sum(shares) if pairs else 0.0
        found.append((1 - weight) / len(ANGLES) + weight * cached)
    return found


TEXT = [0, 2, 1, 3, 2, 1, 1, 0, 2, 1, 3, 3]


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("chunk", [1, 2, 5, 100])
def test_by_hand(size: int, chunk: int) -> None:
    """Else the figures would be of something else than Grave's cache, or depend on the chunk."""
    options = CacheOptions(size, 2.0, 0.4, horizon=4.0)
    model = CachedLM(Compass(), options)
    state, scores = model.initial_state(1), []
    for start in range(0, len(TEXT) - 1, chunk):
        part = torch.tensor([TEXT[start : start + chunk + 1]])
        log_probs, state = model.score(part[:, :-1], part[:, 1:], state)
        scores += log_probs[0].exp().tolist()
    assert scores == pytest.approx(by_hand(TEXT, options), rel=1e-5)


def test_a_mixture_caches_its_networks() -> None:
    """Else the cache would be left out where an n-gram model is mixed in."""
    network, options = Compass(), CacheOptions(9, 2.0, 0.4)
    mixture = MixtureLM([Compass(), network], [0.25, 0.75])
    cached = map_networks(lambda inner: CachedLM(inner, options), mixture)
    assert isinstance(cached, MixtureLM)
    assert all(isinstance(member, CachedLM) for member in cached.members)
    text = torch.tensor([TEXT])
    found, _ = cached.score(text[:, :-1], text[:, 1:], cached.initial_state(1))
    np.testing.assert_allclose(found[0].exp(), by_hand(TEXT, options), rtol=1e-5)
