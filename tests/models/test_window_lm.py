"""The window model, worked out by hand."""

from __future__ import annotations

import math

import torch

from seqlm.models.window_lm import WindowConfig, WindowLM
from seqlm.state import State


def by_hand() -> WindowLM:
    """Two tokens of one feature: C(0) = -1, C(1) = 1; h = tanh(2 C(w_{t-1}) + C(w_t) + 0.5)."""
    model = WindowLM(WindowConfig(vocab_size=2, embedding_size=1, hidden_size=1, context=2))
    with torch.no_grad():
        model.embedding.copy_(torch.tensor([[-1.0], [1.0]]))
        model.hidden.weight.copy_(torch.tensor([[2.0, 1.0]]))
        model.hidden.bias.fill_(0.5)
        model.output_bias.copy_(torch.tensor([0.0, 0.25]))
    return model.eval()


def step(model: WindowLM, token: int, state: State) -> tuple[list[float], State]:
    with torch.no_grad():
        log_probs, state = model.next_log_probs(torch.tensor([token]), state)
    return log_probs[0].tolist(), state


def probability_of_one(h: float) -> float:
    """softmax over the logits -h and h + 0.25."""
    return math.exp(h + 0.25) / (math.exp(-h) + math.exp(h + 0.25))


def test_bengio_by_hand() -> None:
    """Else --arch window would be some other model than Bengio's."""
    model = by_hand()
    log_probs, state = step(model, 1, model.initial_state(1))
    # Before the text stands an end of line, token 0: 2 * -1 + 1 + 0.5 = -0.5.
    expected = probability_of_one(math.tanh(-0.5))
    assert math.isclose(math.exp(log_probs[1]), expected, rel_tol=1e-6)
    log_probs, state = step(model, 0, state)
    # Now 1 and then 0: 2 * 1 - 1 + 0.5 = 1.5.
    expected = probability_of_one(math.tanh(1.5))
    assert math.isclose(math.exp(log_probs[1]), expected, rel_tol=1e-6)
    assert state.tolist() == [[0]]


def test_what_is_outside_the_window_is_forgotten() -> None:
    """Else --context would not be what it says."""
    model = by_hand()
    targets = torch.tensor([[0, 0, 0]])
    one, _ = model.score(torch.tensor([[1, 0, 1]]), targets, model.initial_state(1))
    other, _ = model.score(torch.tensor([[0, 0, 1]]), targets, model.initial_state(1))
    assert not torch.allclose(one[0, 1], other[0, 1])
    torch.testing.assert_close(one[0, 2], other[0, 2])
