"""The weights of a linear interpolation by EM (Jelinek & Mercer, 1980)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_ITERATIONS = 1000
_TOLERANCE = 1e-8  # the change of a weight at which EM has arrived


def mixture_weights(
    log_probs: ArrayLike,
    start: ArrayLike | None = None,
    *,
    prior_count: float = 0.0,
) -> NDArray[np.float64]:
    """The weights under which a mixture of models gives a text its highest probability.

    The likelihood is concave in the weights, so EM ends at its maximum wherever it starts (as long
    as no weight starts at zero: there it stays).

    Args:
        log_probs: of each event under each model, natural logs, (models, events).
        start: the weights to start from, (models,); equal ones where none are given.
        prior_count: events that are imagined beside the real ones and shared out as ``start`` says,
            so that a few real ones move the weights a little only.

    Returns:
        The weights, (models,), float64; they sum to one. Without any event they are ``start``.
    """
    logs = np.asarray(log_probs, np.float64)
    weights = np.full(len(logs), 1 / len(logs)) if start is None else np.asarray(start, np.float64)
    highest = logs.max(axis=0, initial=-np.inf)
    possible = np.isfinite(highest)  # an event that no model allows says nothing of the weights
    probs = np.exp(logs[:, possible] - highest[possible])
    imagined = prior_count * weights
    total = probs.shape[1] + prior_count
    for _ in range(MAX_ITERATIONS if probs.shape[1] else 0):
        # How often each model is held to have made the text: weight * prob / mixed, summed.
        updated = (weights * (probs @ (1 / (weights @ probs))) + imagined) / total
        change = np.abs(updated - weights).max()
        weights = updated
        if change < _TOLERANCE:
            break
    found: NDArray[np.float64] = weights / weights.sum()
    return found


def mixed_log_probs(log_probs: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """The natural-log probability of each event under the mixture, (events,).

    Args:
        log_probs: of each event under each model, (models, events).
        weights: of the models, (models,) or, for each event, (models, events).
    """
    logs = np.asarray(log_probs, np.float64)
    given = np.asarray(weights, np.float64)
    with np.errstate(divide="ignore"):
        weighted = logs + np.log(given.reshape(len(logs), -1))
    return np.asarray(np.logaddexp.reduce(weighted, axis=0))
