"""Sampling and beam search on a model whose probabilities are written down."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from seqlm.decoding import Sampling, beam_search, draw, read_prompt, restrict, sample

#        end   a    b
TABLE = torch.tensor(
    [
        [0.10, 0.50, 0.40],  # after the end
        [0.60, 0.20, 0.20],  # after a: "a" alone has 0.5 * 0.6 = 0.30
        [0.95, 0.03, 0.02],  # after b: "b" alone has 0.4 * 0.95 = 0.38, the best line
    ]
)


class Bigram:
    """Knows the last token alone; its state is a count of what it has read."""

    vocab_size = 3

    def initial_state(self, batch_size: int) -> torch.Tensor:
        return torch.zeros(batch_size)

    def next_log_probs(self, tokens, state):
        return TABLE[tokens].log(), state + 1

    def score(self, inputs, targets, state):
        scores = TABLE[inputs].log().gather(2, targets[..., None])[..., 0]
        return scores, state + inputs.shape[1]


def start():
    return read_prompt(Bigram(), [0], torch.device("cpu"))


def test_a_beam_finds_what_greed_misses() -> None:
    """Else --beam would be sampling at temperature 0 under another name."""
    log_probs, state = start()
    narrow = beam_search(Bigram(), log_probs, state, beam_size=1, max_tokens=5, end=0)
    wide = beam_search(Bigram(), log_probs, state, beam_size=2, max_tokens=5, end=0)
    assert narrow[0].tokens == (1, 0)
    assert wide[0].tokens == (2, 0)
    assert wide[0].log_prob == pytest.approx(math.log(0.4 * 0.95))
    assert [h.tokens for h in wide] == [(2, 0), (1, 0)]


def test_a_beam_is_cut_at_its_length() -> None:
    """Else a model that never ends a line would never answer."""
    log_probs, state = start()
    best = beam_search(Bigram(), log_probs, state, beam_size=2, max_tokens=3, end=0, excluded=[0])
    assert all(len(h.tokens) == 3 and 0 not in h.tokens for h in best)


def test_samples_follow_the_probabilities() -> None:
    """Else generated text would be of another model; 4,000 draws are within 4 deviations."""
    generator = torch.Generator().manual_seed(1)
    counts = Counter(draw(TABLE[0].log(), Sampling(), generator) for _ in range(4000))
    for token, probability in enumerate(TABLE[0].tolist()):
        deviation = math.sqrt(4000 * probability * (1 - probability))
        assert abs(counts[token] - 4000 * probability) < 4 * deviation


@pytest.mark.parametrize(
    ("sampling", "left"),
    [
        (Sampling(top_k=1), {1}),
        (Sampling(top_k=2), {1, 2}),
        (Sampling(top_p=0.49), {1}),
        (Sampling(top_p=0.51), {1, 2}),
        (Sampling(min_p=0.3), {1, 2}),
        (Sampling(min_p=0.9), {1}),
        (Sampling(), {0, 1, 2}),
    ],
)
def test_restrictions(sampling: Sampling, left: set[int]) -> None:
    """Else a restriction would bar what it should keep."""
    scores = restrict(TABLE[0].log(), sampling)
    assert {i for i, value in enumerate(scores.tolist()) if value > -math.inf} == left


def test_temperature_zero_takes_the_best_and_half_squares() -> None:
    """Else --temperature would not be the exponent that it is called."""
    assert draw(TABLE[0].log(), Sampling(temperature=0), torch.Generator()) == 1
    squared = torch.softmax(restrict(TABLE[0].log(), Sampling(temperature=0.5)), 0)
    torch.testing.assert_close(squared, TABLE[0] ** 2 / (TABLE[0] ** 2).sum())


def test_samples_never_hold_what_is_excluded_and_tell_their_probability() -> None:
    """Else <unk> would be written, or the log_prob of a text would not be the model's."""
    log_probs, state = start()
    generator = torch.Generator().manual_seed(1)
    tokens = sample(Bigram(), log_probs, state, Sampling(), [0], generator)
    last = 0
    for _, (token, value) in zip(range(50), tokens, strict=False):
        assert token != 0
        assert value == pytest.approx(math.log(TABLE[last][token]))
        last = token
