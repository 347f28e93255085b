"""Sampling on a model whose probabilities are written down."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from seqlm.decoding import TorchSteps, draw, read_prompt, sample_streams
from seqlm.sampling import Sampling, restrict, sample, softmax

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


def test_samples_follow_the_probabilities() -> None:
    """Else generated text would be of another model; 4,000 draws are within 4 deviations."""
    chances = torch.rand(4000, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    counts = Counter(draw(TABLE[:1].log().expand(4000, 3), Sampling(), chances).tolist())
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
    scores = restrict(TABLE.log().numpy(), sampling)
    assert {i for i, value in enumerate(scores[0].tolist()) if value > -math.inf} == left
    for row, scored in zip(TABLE, scores, strict=True):
        assert (restrict(row.log().numpy(), sampling) == scored).all()


def test_temperature_zero_takes_the_best_and_half_squares() -> None:
    """Else --temperature would not be the exponent that it is called."""
    chances = torch.full((3,), 0.99, dtype=torch.float64)
    assert draw(TABLE.log(), Sampling(temperature=0), chances).tolist() == [1, 0, 0]
    squared = softmax(restrict(TABLE[0].log().numpy(), Sampling(temperature=0.5)))
    torch.testing.assert_close(torch.tensor(squared), TABLE[0] ** 2 / (TABLE[0] ** 2).sum())


def test_samples_never_hold_what_is_excluded_and_tell_their_probability() -> None:
    """Else <unk> would be written, or the log_prob of a text would not be the model's."""
    tokens = sample(TorchSteps(Bigram(), "cpu"), [0], Sampling(), [0], seed=1)
    last = 0
    for _, (token, value) in zip(range(50), tokens, strict=False):
        assert token != 0
        assert value == pytest.approx(math.log(TABLE[last][token]))
        last = token


def test_the_last_chance_is_a_token_that_can_be_drawn() -> None:
    """Else one draw in a few billions would be a token outside the vocabulary, or a barred one."""
    nearly_one = torch.tensor([1 - 2**-53, 0.0], dtype=torch.float64)
    barred = TABLE[:2].log().index_fill(1, torch.tensor([0, 2]), -math.inf)
    assert draw(barred, Sampling(), nearly_one).tolist() == [1, 1]


def test_a_stream_is_sampled_alone_as_among_others() -> None:
    """Else --sample with one --seed would give other texts in other batches."""
    seeds, longest = [5, 6, 7, 8, 9], [20, 1, 20, 3, 20]

    def streams(chosen: list[int]):
        log_probs, state = Bigram().next_log_probs(
            torch.zeros(len(chosen), dtype=torch.long), torch.zeros(len(chosen))
        )
        return sample_streams(
            Bigram(),
            log_probs,
            state,
            Sampling(),
            seeds=[seeds[i] for i in chosen],
            max_tokens=[longest[i] for i in chosen],
            end=0,
        )

    together = streams([0, 1, 2, 3, 4])
    assert together == [streams([i])[0] for i in range(5)]
    for hypothesis, most in zip(together, longest, strict=True):
        assert hypothesis.tokens[-1] == 0 or len(hypothesis.tokens) == most
        pairs = zip((0, *hypothesis.tokens), hypothesis.tokens, strict=False)
        expected = math.fsum(math.log(TABLE[last][token]) for last, token in pairs)
        assert hypothesis.log_prob == pytest.approx(expected, abs=1e-5)
