"""The fast normalizer beside the exact one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqlm import fast_normalizer
from seqlm.fast_normalizer import fast_log_probs_at, pays
from seqlm.losses import log_probs_at
from seqlm.state import State
from seqlm.training.fit import Plan, Run, update

VOCAB, SIZE, ROWS = 5000, 24, 2500


def layer(reach: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(4)
    features, weight = torch.randn(ROWS, SIZE), reach * torch.randn(VOCAB, SIZE)
    bias = torch.log_softmax(-torch.arange(1.0, VOCAB + 1).log(), 0)
    targets = torch.randint(0, VOCAB, (ROWS,))
    targets[::2] = (features[::2] @ weight.T + bias).argmax(1)  # some that are sure
    return features, weight, bias, targets


def exact(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    logits = features.double() @ weight.double().T + bias
    return torch.log_softmax(logits, 1).gather(1, targets[:, None])[:, 0]


@pytest.mark.parametrize("reach", [0.1, 0.3])
def test_errors_are_small_and_average_out(reach: float) -> None:
    """Else a perplexity would be another one on a machine with bfloat16."""
    parts = layer(reach)
    found, expected = fast_log_probs_at(*parts), exact(*parts)
    assert found is not None
    assert (found <= 1e-6).all()
    errors = found.double() - expected
    assert errors.abs().max() < 0.02
    assert abs(errors.mean()) < 2e-4  # of a few thousand tokens; 2e-5 of 80,000


def test_one_row_has_the_figure_that_it_has_among_many() -> None:
    """Else a batch size would change a score."""
    features, weight, bias, targets = layer(1.0)
    whole = fast_log_probs_at(features, weight, bias, targets)
    some = fast_log_probs_at(features[-3:], weight, bias, targets[-3:])
    assert whole is not None and some is not None
    torch.testing.assert_close(some, whole[-3:], atol=1e-5, rtol=0)


def test_weights_that_changed_are_prepared_anew() -> None:
    """Else every evaluation of a training would see the weights of the first one."""
    features, weight, bias, targets = layer(0.3)
    fast_log_probs_at(features, weight, bias, targets)
    with torch.no_grad():
        weight.mul_(0.5)
        bias.add_(0.1 * torch.randn_like(bias))
    found = fast_log_probs_at(features, weight, bias, targets)
    assert found is not None
    expected = exact(features, weight, bias, targets)
    assert (found.double() - expected).abs().max() < 0.02


class OutputLayerTask:
    """Trains an output layer on rows of features."""

    def __init__(self) -> None:
        self.features, weight, bias, self.targets = layer(0.3)
        self.model = nn.Linear(SIZE, VOCAB)
        with torch.no_grad():
            self.model.weight.copy_(weight)
            self.model.bias.copy_(bias)

    def initial_state(self) -> State:
        return None

    def loss(self, step: int, state: State) -> tuple[Tensor, State, int]:
        return F.cross_entropy(self.model(self.features[:9]), self.targets[:9]), None, 9

    def evaluate(self) -> float:
        found = fast_log_probs_at(self.features, *self.model.parameters(), self.targets)
        assert found is not None
        return -float(found.mean())


def test_the_weights_of_the_last_step_are_evaluated() -> None:
    """Else a fused optimizer, which counts no changes, would train what nobody looks at."""
    task = OutputLayerTask()
    optimizer = torch.optim.AdamW(task.model.parameters(), fused=True)
    plan = Plan(steps=2, learning_rate=0.1, warmup=0.0, clip=1.0, evaluate_every=1)
    with torch.no_grad():
        before = task.evaluate()
    update(task, optimizer, plan, Run())
    with torch.no_grad():
        after = task.evaluate()
        expected = -exact(task.features, *task.model.parameters(), task.targets).mean()
    assert after == pytest.approx(float(expected), abs=1e-3)
    assert before != pytest.approx(float(expected), abs=1e-2)


def test_what_leaves_the_range_is_computed_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a text would have an infinite perplexity for want of a larger exponent."""
    parts = layer(40.0)
    assert fast_log_probs_at(*parts) is None
    monkeypatch.setattr(fast_normalizer, "pays", lambda features, weight: True)
    torch.testing.assert_close(log_probs_at(*parts).double(), exact(*parts), atol=1e-3, rtol=1e-4)


def test_training_and_small_vocabularies_stay_exact() -> None:
    """Else gradients would be asked of a function that has none."""
    features, weight, _, _ = layer(1.0)
    assert not pays(features, weight)  # gradients are on
    with torch.no_grad():
        assert not pays(features, weight[:1000])
        assert not pays(features, weight.bfloat16())


def test_autocast_makes_no_difference() -> None:
    """Else a validation in bfloat16 training would sum its softmax in bfloat16."""
    parts = layer(1.0)
    with torch.autocast("cpu", torch.bfloat16):
        inside = fast_log_probs_at(*parts)
    outside = fast_log_probs_at(*parts)
    assert inside is not None and outside is not None
    assert torch.equal(inside, outside)


def test_the_setting_is_as_it_was() -> None:
    """Else every later product of the program would lose its precision."""
    before = torch.backends.mkldnn.matmul.fp32_precision
    fast_log_probs_at(*layer(1.0))
    assert torch.backends.mkldnn.matmul.fp32_precision == before
