"""Steps in numpy against the networks that torch runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqlm.decoding import TorchSteps
from seqlm.models.kneser_ney import estimate
from seqlm.models.large_arrays import ArrayStore
from seqlm.models.mixed_steps import MixtureSteps, NgramSteps
from seqlm.models.mixture_lm import MixtureLM
from seqlm.models.network_config import RecurrentConfig, WindowConfig
from seqlm.models.ngram_counts import count_ngrams
from seqlm.models.ngram_lm import NgramLM
from seqlm.models.numpy_steps import RecurrentSteps, WindowSteps, recurrent_shapes, window_shapes
from seqlm.models.recurrent_lm import RecurrentLM
from seqlm.models.window_lm import WindowLM
from seqlm.sampling import Sampling, sample

VOCAB = 23
TOKENS = [0, 5, 3, 22, 0, 7]


def weights(network: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def recurrent(arch: str, **shape: object):
    torch.manual_seed(2)
    sizes = {"embedding_size": 6, "hidden_size": 6, "num_layers": 2} | shape
    config = RecurrentConfig(arch=arch, vocab_size=VOCAB, **sizes)
    network = RecurrentLM(config).eval()
    return network, RecurrentSteps(config, weights(network)), recurrent_shapes(config)


def window(**shape: object):
    torch.manual_seed(2)
    config = WindowConfig(VOCAB, **({"embedding_size": 6, "hidden_size": 6, "context": 3} | shape))
    network = WindowLM(config).eval()
    return network, WindowSteps(config, weights(network)), window_shapes(config)


def ngram():
    ids = np.random.default_rng(1).integers(0, VOCAB, 600)
    with ArrayStore(1 << 24) as store:
        table, _ = estimate(count_ngrams(ids, 3, VOCAB, store), VOCAB, store)
    return NgramLM(table), NgramSteps(table)


def mixture():
    (network, ours, _), (table, counted) = recurrent("lstm"), ngram()
    return MixtureLM([network, table], [0.7, 0.3]), MixtureSteps([ours, counted], [0.7, 0.3])


NETWORKS = {
    "rnn": lambda: recurrent("rnn"),
    "lstm": lambda: recurrent("lstm"),
    "gru": lambda: recurrent("gru", num_layers=1),
    "lstm, projected": lambda: recurrent("lstm", hidden_size=9),
    "lstm, narrow last": lambda: recurrent("lstm", hidden_size=9, narrow_last=True),
    "gru, untied, no skip": lambda: recurrent("gru", tied=False, skip=False, hidden_size=9),
    "window": window,
    "window, projected": lambda: window(hidden_size=8, context=1),
    "window, untied": lambda: window(hidden_size=8, tied=False, context=9),
}
PAIRS = {**NETWORKS, "ngram": ngram, "mixture": mixture}


@pytest.mark.parametrize("name", PAIRS)
def test_numpy_equals_torch(name: str) -> None:
    """Else generate would write with another model than the one that perplexity measures."""
    network, ours, *_ = PAIRS[name]()
    theirs = TorchSteps(network, "cpu")
    for length in (1, 3):
        expected, their_state = theirs.begin(TOKENS[:length])
        log_probs, state = ours.begin(TOKENS[:length])
        for token in TOKENS[length:]:
            np.testing.assert_allclose(log_probs, expected, atol=1e-5)
            expected, their_state = theirs.step(token, their_state)
            log_probs, state = ours.step(token, state)
        np.testing.assert_allclose(log_probs, expected, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_shapes_are_those_of_the_network(name: str) -> None:
    """Else a good model folder would be called damaged."""
    network, _, shapes = NETWORKS[name]()
    assert shapes == {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def test_the_same_seed_writes_the_same_text_either_way() -> None:
    """Else a text could not be made again where there is a GPU."""
    network, ours, _ = NETWORKS["lstm"]()
    sampling = Sampling(temperature=0.9, top_k=20, top_p=0.95, min_p=0.01)

    def tokens(steps: object) -> list[int]:
        drawn = sample(steps, [0, 4], sampling, [1], seed=7)
        return [token for _, (token, _) in zip(range(40), drawn, strict=False)]

    assert tokens(ours) == tokens(TorchSteps(network, "cpu"))


def test_large_numbers_do_no_harm() -> None:
    """Else a gate that is shut fast would print a warning into the text."""
    network, _, _ = NETWORKS["lstm"]()
    large = {name: 1e4 * array for name, array in weights(network).items()}
    with np.errstate(over="raise", invalid="raise"):
        log_probs, _ = RecurrentSteps(network.config, large).begin(TOKENS)
    assert np.isfinite(log_probs.max())
