"""Beam search on models whose probabilities are written down, or drawn once."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seqlm.beam_search import beam_search
from seqlm.decoding import Hypothesis
from seqlm.state import Conditioned, select_rows
from tests.test_decoding import Bigram, start


class Decoder:
    """A decoder with a random answer to every source, last token and length.

    Its state is as a translation model's: the source in one row a sentence, the past in one row a
    hypothesis; every step checks that they belong together.
    """

    def __init__(self, vocab_size: int, seed: int = 0) -> None:
        self.vocab_size = vocab_size
        generator = torch.Generator().manual_seed(seed)
        self.table = torch.randn(4, 8, vocab_size, vocab_size, generator=generator) * 2

    def first(self, sources: list[int]) -> tuple[Tensor, Conditioned]:
        source = torch.tensor(sources)
        past = torch.stack([source, torch.zeros_like(source)], 1)
        tokens = torch.zeros_like(source)
        return self.next_log_probs(tokens, Conditioned((source,), (past,)))

    def next_log_probs(self, tokens: Tensor, state: Conditioned) -> tuple[Tensor, Conditioned]:
        ((source,), (past,)) = state
        shared = source.repeat_interleave(len(tokens) // len(source))
        assert torch.equal(shared, past[:, 0])
        logits = self.table[shared % 4, past[:, 1] % 8, tokens]
        past = torch.stack([past[:, 0], past[:, 1] + 1], 1)
        return logits.log_softmax(1), Conditioned(state.source, (past,))

    def log_prob(self, source: int, tokens: tuple[int, ...]) -> float:
        """What forced scoring gives."""
        sums, last = 0.0, 0
        for length, token in enumerate(tokens):
            sums += float(self.table[source % 4, length % 8, last].log_softmax(0)[token])
            last = token
        return sums


def search(model: Decoder, sources: list[int], beam: int, **options) -> list[list[Hypothesis]]:
    log_probs, state = model.first(sources)
    limits = options.pop("max_tokens", [12] * len(sources))
    return beam_search(model, log_probs, state, beam_size=beam, max_tokens=limits, end=0, **options)


def greedy(model: Decoder, source: int, longest: int, barred: int = -1) -> tuple[int, ...]:
    """The most probable token after each token, written without any of the code under test."""
    log_probs, state = model.first([source])
    tokens: list[int] = []
    while len(tokens) < longest and (not tokens or tokens[-1] != 0):
        row = log_probs[0].tolist()
        tokens.append(max((i for i in range(len(row)) if i != barred), key=row.__getitem__))
        log_probs, state = model.next_log_probs(torch.tensor(tokens[-1:]), state)
    return tuple(tokens)


def search_bigram(beam: int, longest: int, **options) -> list[Hypothesis]:
    log_probs, state = start()
    return beam_search(
        Bigram(), log_probs, state, beam_size=beam, max_tokens=[longest], end=0, **options
    )[0]


def test_a_beam_finds_what_greed_misses() -> None:
    """Else --beam would be greedy search under another name.

    After the end a has 0.5 and b 0.4; a ends with 0.6, b with 0.95. Greedy takes a: 0.5 * 0.6 =
    0.30. With two hypotheses the second step compares a's end 0.30, b's end 0.4 * 0.95 = 0.38, and
    a a, a b with 0.5 * 0.2 = 0.10 each: both ends are among the best two, and b is the better.
    """
    assert search_bigram(1, 5)[0].tokens == (1, 0)
    wide = search_bigram(2, 5)
    assert [h.tokens for h in wide] == [(2, 0), (1, 0)]
    assert wide[0].log_prob == pytest.approx(math.log(0.4 * 0.95))
    assert wide[1].log_prob == pytest.approx(math.log(0.5 * 0.6))


def test_a_length_penalty_prefers_the_longer_of_two() -> None:
    """Else --length-penalty would do nothing, and translations would come out too short.

    One token: the end at once, 0.3: log -1.204. Two tokens: a, then the end, 0.7 * 0.4 = 0.28: log
    -1.273, that is -0.636 a token. By probability the first is the better, per token the second.
    """
    table = torch.tensor([[0.3, 0.7], [0.4, 0.6]]).log()

    class Two(Bigram):
        def next_log_probs(self, tokens, state):
            return table[tokens], state

    for penalty, best in ((0.0, (0,)), (1.0, (1, 0))):
        (found,) = beam_search(
            Two(),
            table[:1],
            torch.zeros(1, 1),
            beam_size=2,
            max_tokens=[6],
            end=0,
            length_penalty=penalty,
        )
        assert found[0].tokens == best
        assert found[0].rank(penalty) == max(h.rank(penalty) for h in found)


def test_a_poor_end_does_not_count() -> None:
    """Else a hypothesis would win by being short: an end among the third and fourth of a beam of
    two is passed over.

    After the end: a 0.50, b 0.45, the end 0.05, the third of the best four. Nothing ends there.
    """
    table = torch.tensor([[0.05, 0.5, 0.45], [0.9, 0.05, 0.05], [0.9, 0.05, 0.05]]).log()

    class Three(Bigram):
        def next_log_probs(self, tokens, state):
            return table[tokens], state

    (found,) = beam_search(
        Three(), table[:1], torch.zeros(1, 1), beam_size=2, max_tokens=[6], end=0
    )
    assert [h.tokens for h in found] == [(1, 0), (2, 0)]


def test_a_beam_is_cut_at_its_length() -> None:
    """Else a model that never ends a line would never answer."""
    best = search_bigram(2, 3, excluded=[0])
    assert len(best) == 2
    assert all(len(h.tokens) == 3 and 0 not in h.tokens for h in best)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(1, 9))
def test_a_beam_of_one_is_greedy(seed: int, vocab_size: int, longest: int) -> None:
    """Else the fast way and the good way would be two programs."""
    model = Decoder(vocab_size, seed)
    found = search(model, [0, 1, 2, 3], 1, max_tokens=[longest] * 4, excluded=[1])
    for source, (best,) in enumerate(found):
        assert best.tokens == greedy(model, source, longest, barred=1)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 10**6),
    st.integers(2, 12),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.6, 1.0]),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=6),
)
def test_alone_is_as_among_others_and_the_sums_are_right(
    seed: int, vocab_size: int, beam: int, penalty: float, streams: list[tuple[int, int]]
) -> None:
    """Else a translation would depend on its neighbours, or n-best scores would be wrong."""
    model = Decoder(vocab_size, seed)
    sources, longest = [list(column) for column in zip(*streams, strict=True)]
    together = search(model, sources, beam, max_tokens=longest, length_penalty=penalty)
    for source, most, found in zip(sources, longest, together, strict=True):
        (alone,) = search(model, [source], beam, max_tokens=[most], length_penalty=penalty)
        assert [h.tokens for h in found] == [h.tokens for h in alone]
        assert len({h.tokens for h in found}) == len(found) >= 1
        ranks = [h.rank(penalty) for h in found]
        assert ranks == sorted(ranks, reverse=True)
        for hypothesis in found:
            assert hypothesis.log_prob == pytest.approx(
                model.log_prob(source, hypothesis.tokens), abs=1e-5
            )
            assert len(hypothesis.tokens) <= most
            assert hypothesis.tokens.count(0) == (hypothesis.tokens[-1] == 0)


def test_a_beam_that_holds_everything_finds_the_best() -> None:
    """Else pruning would lose what it was not asked to prune: against all 3^4 continuations."""
    model = Decoder(3, seed=5)
    texts = [
        text
        for length in range(1, 5)
        for text in torch.cartesian_prod(*[torch.arange(3)] * length).reshape(-1, length).tolist()
        if text[-1] == 0 and 0 not in text[:-1]
    ]
    scored = sorted((model.log_prob(2, tuple(text)), tuple(text)) for text in texts)
    (found,) = search(model, [2], 81, max_tokens=[4])
    ended = [h for h in found if h.tokens[-1] == 0]
    assert ended[0].tokens == scored[-1][1]
    assert ended[0].log_prob == pytest.approx(scored[-1][0], abs=1e-5)


@pytest.mark.parametrize("vocab_size", [255, 256, 300, 321])
def test_a_large_vocabulary_is_searched_whole(vocab_size: int) -> None:
    """Else the shortcut over blocks of the vocabulary would miss a token: the first step of a beam
    of 20 has to hold the 20 most probable tokens, in whichever block they are."""
    model = Decoder(vocab_size, seed=3)
    log_probs, _ = model.first([1, 2])
    found = search(model, [1, 2], 20, max_tokens=[1, 1], excluded=[0])
    for row, hypotheses in zip(log_probs, found, strict=True):
        best = row[1:].topk(20).indices + 1
        assert [h.tokens[0] for h in hypotheses] == best.tolist()


def test_fewer_wanted_are_the_first_of_more() -> None:
    """Else asking for less would give something else."""
    model = Decoder(9, seed=7)
    many = search(model, [0, 1, 2, 3], 4, max_tokens=[30] * 4)
    few = search(model, [0, 1, 2, 3], 4, max_tokens=[30] * 4, wanted=1)
    assert [[h.tokens for h in found[:1]] for found in many] == [
        [h.tokens for h in found] for found in few
    ]


def test_rows_of_a_shared_source() -> None:
    """Else a hypothesis would go on with the source of another sentence."""
    state = Conditioned(torch.tensor([[7.0], [8.0]]), torch.arange(4.0)[:, None])
    same = select_rows(state, torch.tensor([1, 1, 2, 3]), 2)
    assert isinstance(same, Conditioned) and same.source is state.source
    assert same.past.flatten().tolist() == [1, 1, 2, 3]
    last = select_rows(state, torch.tensor([3, 2]), 2)
    assert last.source.flatten().tolist() == [8] and last.past.flatten().tolist() == [3, 2]
    wide = select_rows(last, torch.tensor([0, 0, 0, 1, 1, 1]), 3)
    assert wide.source.flatten().tolist() == [8, 8]
