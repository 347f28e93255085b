"""The n-gram model behind the protocol; what holds for every model is in the contract's tests."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ngram_reference import to_ids

from seqlm.models.kneser_ney import estimate
from seqlm.models.large_arrays import ArrayStore
from seqlm.models.ngram_counts import count_ngrams
from seqlm.models.ngram_lm import NgramLM
from seqlm.models.ngram_table import ABSENT, NgramTable
from seqlm.state import select_rows

VOCAB = 7


def make_table(order: int) -> NgramTable:
    rng = np.random.default_rng(1)
    lines = [rng.integers(1, VOCAB, rng.integers(0, 7)).tolist() for _ in range(80)]
    with ArrayStore(1 << 30) as store:
        return estimate(count_ngrams(np.array(to_ids(lines)), order, VOCAB, store), VOCAB, store)[0]


@pytest.fixture(params=[1, 2, 4])
def model(request: pytest.FixtureRequest) -> NgramLM:
    return NgramLM(make_table(request.param))


def tokens(rows: int, time: int) -> torch.Tensor:
    return torch.randint(0, VOCAB, (rows, time), generator=torch.Generator().manual_seed(2))


def test_targets_need_not_be_the_next_inputs(model: NgramLM) -> None:
    """A batch of lines that have ended is padded: its targets are not its inputs moved by one."""
    inputs, targets = tokens(3, 8), tokens(3, 8).flip(1)
    scores, end = model.score(inputs, targets, model.initial_state(3))
    state = model.initial_state(3)
    for time in range(8):
        log_probs, state = model.next_log_probs(inputs[:, time], state)
        expected = log_probs.gather(1, targets[:, time : time + 1])[:, 0]
        torch.testing.assert_close(scores[:, time], expected)
    torch.testing.assert_close(end, state)


def test_the_state_is_that_of_stepping(model: NgramLM) -> None:
    """Else a stream that is scored in chunks would lose its context at their edges."""
    text = tokens(2, 9)
    for time in (1, 2, 8):
        _, end = model.score(text[:, :time], text[:, 1 : time + 1], model.initial_state(2))
        state = model.initial_state(2)
        for step in range(time):
            _, state = model.next_log_probs(text[:, step], state)
        torch.testing.assert_close(end, state)


def test_the_end_of_a_line_hides_what_came_before(model: NgramLM) -> None:
    """The model is one of lines: a stream of them and each by itself have the same figures."""
    log_probs = []
    for before in ([0], [0, 3, 4, 0], [5, 5, 0]):
        state = model.initial_state(1)
        for token in before:
            next_log_probs, state = model.next_log_probs(torch.tensor([token]), state)
        log_probs.append(next_log_probs)
    torch.testing.assert_close(log_probs[0], log_probs[1])
    torch.testing.assert_close(log_probs[0], log_probs[2])


def test_flat_scores_are_those_of_the_protocol(model: NgramLM) -> None:
    """Mixtures score whole texts from the table alone, in blocks of any size."""
    ids = tokens(1, 50)[0]
    inputs = torch.cat([torch.zeros(1, dtype=torch.int64), ids[:-1]])
    expected, _ = model.score(inputs[None], ids[None], model.initial_state(1))
    for block in (1, 7, 1000):
        log_probs, orders = model.table.score(ids.numpy(), block)
        np.testing.assert_allclose(log_probs, expected[0].numpy(), rtol=1e-6)
        assert orders.min() >= 1
        assert orders.max() <= model.table.order


def test_the_matched_order_says_how_far_the_table_reached() -> None:
    """A mixture gives the n-gram more weight where it has seen the context."""
    with ArrayStore(1 << 30) as store:
        counted = count_ngrams(np.array([2, 3, 4, 0]), 3, 6, store)
        table, _ = estimate(counted, 6, store)
    _, orders = table.score(np.array([2, 3, 4, 0, 2, 4, 5, 3, 4]))
    # <s> 2 | <s> 2 3 | 2 3 4 | 3 4 </s> | <s> 2 | 4 | 5 | 3 | 3 4
    assert orders.tolist() == [2, 3, 3, 3, 2, 1, 1, 1, 2]


def test_rows_can_be_selected(model: NgramLM) -> None:
    """Beam search reorders its hypotheses by their states alone."""
    text = tokens(3, 5)
    _, state = model.score(text[:, :4], text[:, 1:], model.initial_state(3))
    rows = torch.tensor([2, 0, 2])
    expected, _ = model.next_log_probs(text[:, 4], state)
    found, _ = model.next_log_probs(text[rows, 4], select_rows(state, rows))
    torch.testing.assert_close(found, expected[rows])


def test_no_context_before_the_first_token() -> None:
    """A stream may begin anywhere; what the table cannot know is not made up."""
    table = make_table(3)
    assert (table.start(2) == ABSENT).all()
    reading = table.read(np.array([[3]]), table.start(1))
    assert reading.log_probs[0, 0] == table.log_probs[0][3]
