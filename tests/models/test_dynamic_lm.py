"""Dynamic evaluation: what is learned, when, and what is left as it was."""

from __future__ import annotations

import pytest
import torch

from seqlm.config import DynamicOptions
from seqlm.models.dynamic_lm import DynamicLM
from seqlm.models.recurrent_lm import RecurrentConfig, RecurrentLM

VOCAB = 7
OPTIONS = DynamicOptions(rate=0.05, decay=0.1, segment=4)
TEXT = torch.randint(0, VOCAB, (1, 15), generator=torch.Generator().manual_seed(2))


@pytest.fixture
def network() -> RecurrentLM:
    torch.manual_seed(1)
    config = RecurrentConfig("lstm", VOCAB, embedding_size=5, hidden_size=5, num_layers=1)
    return RecurrentLM(config).eval()


def scored(model: DynamicLM, chunk: int = 100) -> torch.Tensor:
    state, parts = model.initial_state(1), []
    with torch.inference_mode():
        for start in range(0, TEXT.shape[1] - 1, chunk):
            part = TEXT[:, start : start + chunk + 1]
            scores, state = model.score(part[:, :-1], part[:, 1:], state)
            parts.append(scores)
    return torch.cat(parts, 1)


def test_the_first_step_by_hand(network: RecurrentLM) -> None:
    """Else it would be another rule than the paper's."""
    inputs, targets = TEXT[:, :4], TEXT[:, 1:5]
    loss = -network.score(inputs, targets, network.initial_state(1))[0].sum()
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    model = DynamicLM(network, OPTIONS)
    model.score(inputs, targets, model.initial_state(1))
    moved = zip(model.model.parameters(), network.parameters(), gradients, strict=True)
    for found, trained, gradient in moved:
        # From w - rate * gradient a tenth of the way back to w.
        expected = trained - 0.05 * 0.9 * gradient
        torch.testing.assert_close(found, expected)


def test_a_segment_is_scored_before_it_is_learned(network: RecurrentLM) -> None:
    """Else a token would be predicted by a network that has seen it."""
    with torch.no_grad():
        plain, _ = network.score(TEXT[:, :-1], TEXT[:, 1:], network.initial_state(1))
    dynamic = scored(DynamicLM(network, OPTIONS))
    torch.testing.assert_close(dynamic[:, :4], plain[:, :4])
    assert not torch.allclose(dynamic[:, 4:], plain[:, 4:], atol=1e-4)
    resting = DynamicLM(network, DynamicOptions(rate=0.0, segment=4))
    torch.testing.assert_close(scored(resting), plain)


@pytest.mark.parametrize("chunk", [1, 3, 4, 7])
def test_chunks_change_nothing(network: RecurrentLM, chunk: int) -> None:
    """Else a perplexity would depend on --chunk-length."""
    whole = scored(DynamicLM(network, OPTIONS))
    torch.testing.assert_close(scored(DynamicLM(network, OPTIONS), chunk), whole)


def test_a_new_text_starts_from_the_trained_weights(network: RecurrentLM) -> None:
    """Else the order of two files would change their figures, or the model itself would change."""
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    model = DynamicLM(network, OPTIONS)
    first = scored(model)
    torch.testing.assert_close(scored(model), first)
    torch.testing.assert_close(network.state_dict(), before)


def test_one_stream_only(network: RecurrentLM) -> None:
    """Else lines side by side would learn from each other's future."""
    with pytest.raises(ValueError):
        DynamicLM(network, OPTIONS).initial_state(2)
