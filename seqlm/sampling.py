"""How the next token is drawn from log-probabilities: in numpy, whatever the model is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Steps(Protocol):
    """A language model as a writer sees it: it reads tokens and tells what may come next."""

    vocab_size: int

    def begin(self, tokens: Sequence[int]) -> tuple[Array, Any]:
        """Read a text's first tokens; log-probabilities of the next, (vocab,), and the state."""

    def step(self, token: int, state: Any) -> tuple[Array, Any]:
        """Read one more token."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    Attributes:
        temperature: logits are divided by it; 0 takes the most probable token.
        top_k: only the k most probable tokens; 0 is all.
        top_p: only the most probable tokens that hold this probability (Holtzman et al., 2020).
        min_p: only tokens at least this share as probable as the most probable one.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


def restrict(log_probs: Array, sampling: Sampling) -> Array:
    """The distributions that are drawn from: log-probabilities up to a constant, -inf where barred.

    Temperature first, then top-k, top-p and min-p, each on what the ones before it left.

    Args:
        log_probs: of the next token, (..., vocab).
        sampling: the restrictions.
    """
    scores = log_probs
    if sampling.temperature != 1:
        scores = log_probs / max(sampling.temperature, 1e-6)
    if 0 < sampling.top_k < scores.shape[-1]:
        threshold = np.partition(scores, -sampling.top_k)[..., -sampling.top_k, None]
        scores = np.where(scores < threshold, -np.inf, scores)
    if sampling.top_p < 1:
        probabilities = softmax(scores)
        order = np.argsort(-probabilities, kind="stable")
        ordered = np.take_along_axis(probabilities, order, -1)
        barred = np.empty(scores.shape, dtype=bool)
        np.put_along_axis(barred, order, _before(ordered) >= sampling.top_p, -1)
        scores = np.where(barred, -np.inf, scores)
    if sampling.min_p > 0:
        probabilities = softmax(scores)
        least = sampling.min_p * probabilities.max(-1, keepdims=True)
        scores = np.where(probabilities < least, -np.inf, scores)
    return scores


def _before(probabilities: Array) -> NDArray[np.float64]:
    """The probability of all that stand before each one, summed in float64."""
    before: NDArray[np.float64] = probabilities.cumsum(-1, dtype=np.float64) - probabilities
    return before


def softmax(scores: Array) -> Array:
    """exp(scores), scaled so that each last axis sums to one."""
    powers: Array = np.exp(scores - scores.max(-1, keepdims=True))
    powers /= powers.sum(-1, keepdims=True)
    return powers


def draw(log_probs: Array, sampling: Sampling, chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """One token for each row from its restricted distribution.

    Args:
        log_probs: of the next token, (rows, vocab).
        sampling: how to draw.
        chance: numbers from [0, 1), (rows,): how much probability lies before the token.

    Returns:
        Ids, (rows,).
    """
    if sampling.temperature == 0:
        return np.asarray(np.argmax(log_probs, axis=-1))
    scores = restrict(log_probs, sampling)
    up_to = np.exp(scores - scores.max(-1, keepdims=True)).cumsum(-1, dtype=np.float64)
    # The first token that goes beyond; where rounding takes a chance to the sum, the last that has
    # any probability.
    beyond = np.minimum(chance * up_to[:, -1], np.nextafter(up_to[:, -1], 0.0))
    rows = zip(up_to, beyond, strict=True)
    drawn = [np.searchsorted(row, value, side="right") for row, value in rows]
    # Only what is not a number goes beyond the last.
    return np.asarray(np.minimum(drawn, scores.shape[-1] - 1))


def sample(
    steps: Steps, prompt: Sequence[int], sampling: Sampling, excluded: Sequence[int], seed: int
) -> Iterator[tuple[int, float]]:
    """Draw tokens for ever, each with its log-probability under the unrestricted model.

    Args:
        steps: the language model.
        prompt: the ids that are gone on from, at least one.
        sampling: how to draw.
        excluded: ids that are never drawn.
        seed: the same gives the same tokens.
    """
    chances = np.random.default_rng(seed)
    log_probs, state = steps.begin(prompt)
    while True:
        allowed = log_probs.copy()
        allowed[list(excluded)] = -np.inf
        token = int(draw(allowed[None], sampling, chances.random(1))[0])
        yield token, float(log_probs[token])
        log_probs, state = steps.step(token, state)
