"""EM for the weights of a mixture, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from seqlm.models.mixture_weights import mixed_log_probs, mixture_weights

# Two models, three events. The log-likelihood of the weight w of the first is
#     log(0.2 + 0.6 w) + log(0.4 - 0.2 w) + log 0.4,
# and highest where 0.6 (0.4 - 0.2 w) = 0.2 (0.2 + 0.6 w).
TABLE = np.log([[0.8, 0.2, 0.4], [0.2, 0.4, 0.4]])
BEST = 5 / 6


@pytest.mark.parametrize("start", [None, [0.5, 0.5], [0.01, 0.99]])
def test_the_maximum_by_hand(start: list[float] | None) -> None:
    """Else a mixture would be worse than its text allows."""
    np.testing.assert_allclose(mixture_weights(TABLE, start), [BEST, 1 - BEST], atol=1e-5)


def test_one_model_is_better_everywhere() -> None:
    """Else a useless model would keep a share of the mixture."""
    weights = mixture_weights(np.log([[0.5, 0.4], [0.1, 0.1]]))
    np.testing.assert_allclose(weights, [1, 0], atol=1e-5)


def test_imagined_events_hold_the_weights_back() -> None:
    """Else two events of a rare context would decide about all others."""
    held = mixture_weights(TABLE, [0.5, 0.5], prior_count=1e9)
    np.testing.assert_allclose(held, [0.5, 0.5], atol=1e-6)


def test_events_that_nobody_allows() -> None:
    """Else one impossible event would make every weight a NaN."""
    logs = np.concatenate([TABLE, [[-np.inf], [-np.inf]]], axis=1)
    np.testing.assert_allclose(mixture_weights(logs), mixture_weights(TABLE))
    np.testing.assert_allclose(mixture_weights(np.empty((2, 0))), [0.5, 0.5])


def test_the_mixture_by_hand() -> None:
    """Else the perplexity that is shown would not be that of the mixture."""
    expected = np.log([0.25 * 0.8 + 0.75 * 0.2, 0.25 * 0.2 + 0.75 * 0.4, 0.4])
    np.testing.assert_allclose(mixed_log_probs(TABLE, [0.25, 0.75]), expected)
    np.testing.assert_allclose(mixed_log_probs(TABLE, [1, 0]), TABLE[0])
