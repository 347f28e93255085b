"""Language models that adapt to the text they are measured on: neural cache, dynamic evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seqlm.config import CacheOptions, DynamicOptions
from seqlm.data.corpus import Corpus
from seqlm.errors import InputError, ModelError
from seqlm.evaluation import Scorer
from seqlm.models.dynamic_lm import DynamicLM
from seqlm.models.language_model import LanguageModel, NeuralLanguageModel
from seqlm.models.mixture_lm import map_networks
from seqlm.models.mixture_weights import mixed_log_probs, mixture_weights
from seqlm.models.neural_cache import CachedLM
from seqlm.models.read_once import ReadOnce
from seqlm.recipes.mixture_tuning import ids_of
from seqlm.recipes.text_model import TextModel

TUNE_TOKENS = 30_000
"""Text beyond these is not looked at: a sharpness and a weight need no more."""
_THETAS = (2.0, 32.0)
_LOOKS = 6  # at the text, each with another theta
_GOLDEN = (math.sqrt(5) - 1) / 2


def with_cache(loaded: TextModel, options: CacheOptions) -> TextModel:
    """The same model with a neural cache on each of its networks.

    Raises:
        ModelError: it has no network.
    """
    return _adapted(loaded, lambda network: CachedLM(network, options), "a neural cache")


def with_dynamic_evaluation(loaded: TextModel, options: DynamicOptions) -> TextModel:
    """The same model whose networks go on learning from what they read, in one stream.

    Raises:
        ModelError: it has no network.
    """
    return _adapted(loaded, lambda network: DynamicLM(network, options), "dynamic evaluation")


def _adapted(
    loaded: TextModel, function: Callable[[NeuralLanguageModel], LanguageModel], what: str
) -> TextModel:
    model = map_networks(function, loaded.model)
    if model is None:
        raise ModelError(
            f"{loaded.path} has no network, and {what} needs one",
            "seqlm train-lm --arch lstm corpus.txt",
        )
    return TextModel(model, loaded.tokenizer, loaded.device, loaded.path)


def tune_cache(loaded: TextModel, options: CacheOptions, tune: Corpus) -> CacheOptions:
    """The theta and the weight under which a held-out text is most probable.

    The weight is found by EM for each theta, theta by a golden-section search on its logarithm. The
    networks read the text once; only the cache looks at it again.

    Args:
        loaded: a model with networks.
        options: the size of the cache.
        tune: the text; its beginning is enough.

    Raises:
        ModelError: the model has no network.
        InputError: there is nothing in the text.
    """
    ids = ids_of(tune, loaded.tokenizer, TUNE_TOKENS)
    if not len(ids):
        raise InputError(
            "there is no text to tune the cache on", "a --tune file with some lines of text"
        )
    loaded = _adapted(loaded, ReadOnce, "a neural cache")
    without = _score(loaded, ids)

    def look(log_theta: float) -> tuple[float, CacheOptions]:
        tried = replace(options, theta=math.exp(log_theta), weight=1.0)
        parts = np.stack([without, _score(with_cache(loaded, tried), ids)])
        weights = mixture_weights(parts)
        loss = -float(mixed_log_probs(parts, weights).mean())
        return loss, replace(tried, weight=float(weights[1]))

    return _least(look, math.log(_THETAS[0]), math.log(_THETAS[1]))


def _score(loaded: TextModel, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    return Scorer(loaded.model, loaded.tokenizer, device=loaded.device).score_ids(ids)


def _least(
    look: Callable[[float], tuple[float, CacheOptions]], low: float, high: float
) -> CacheOptions:
    """The options of the lowest value that a golden-section search comes upon."""
    inner = {x: look(x) for x in (high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))}
    while len(inner) < _LOOKS:
        best = min(inner, key=lambda x: inner[x][0])
        low = max([x for x in inner if x < best], default=low)
        high = min([x for x in inner if x > best], default=high)
        new = low + high - best
        inner[new] = look(new)
    return min(inner.values(), key=lambda found: found[0])[1]
