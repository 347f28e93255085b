"""Gradients of every network against central differences in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqlm.cells import CELLS
from seqlm.config import LanguageModelOptions, TranslationOptions
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.models.networks import ARCHITECTURES, make_network
from seqlm.models.translation_networks import make_translation_model, translation_config
from tests.faults.findings import Finding

VOCAB, TOLERANCE = 11, 1e-6
_STEP = 1e-5
_ATTENTIONS = ("none", "dot", "additive")

Case = tuple[nn.Module, Callable[[], Tensor]]


def gradients(count: int) -> Finding:
    """Compare ``count`` weights of each tensor of every network."""
    finding = Finding("gradients against finite differences, float64: relative error under 1e-6")
    worst = 0.0
    for name, (network, loss) in _cases():
        error = relative_error(network, loss, count)
        worst = max(worst, error)
        finding.check(error < TOLERANCE, f"{name}: {error:.1e}")
    finding.figure = f"largest {worst:.1e}"
    return finding


def relative_error(network: nn.Module, loss: Callable[[], Tensor], count: int) -> float:
    """|g - n| / |n| over some weights of each tensor: g by autograd, n by central differences."""
    network.zero_grad()
    loss().backward()  # type: ignore[no-untyped-call]
    ours, numeric = [], []
    chance = Random(1)
    for parameter in network.parameters():
        if parameter.grad is None:
            continue
        weights, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for at in chance.sample(range(len(weights)), min(count, len(weights))):
            ours.append(float(gradient[at]))
            numeric.append(_difference(weights, at, loss))
    difference = [g - n for g, n in zip(ours, numeric, strict=True)]
    return float(torch.tensor(difference).norm() / torch.tensor(numeric).norm())


def _difference(weights: Tensor, at: int, loss: Callable[[], Tensor]) -> float:
    before = float(weights[at])
    values = []
    with torch.no_grad():
        for step in (_STEP, -_STEP):
            weights[at] = before + step
            values.append(float(loss()))
        weights[at] = before
    return (values[0] - values[1]) / (2 * _STEP)


def _cases() -> Iterator[tuple[str, Case]]:
    for arch in CELLS:
        yield f"cell {arch}", _cell(arch)
    for arch, tied in itertools.product(ARCHITECTURES, (True, False)):
        options: dict[str, Any] = {"arch": arch, "tied": tied, "num_layers": 2, "hidden_size": 8}
        if arch in ("window", "transformer"):
            options["context"] = 3
        model = make_network(LanguageModelOptions(**options), VOCAB)
        yield f"train-lm {arch}, tied: {tied}", _language_model(model)
    yield "train-translate transformer", _translation(arch="transformer", num_heads=2)
    for arch, attention in itertools.product(CELLS, _ATTENTIONS):
        feeding = attention != "none"
        yield (
            f"train-translate {arch}, {attention}",
            _translation(arch=arch, attention=attention, input_feeding=feeding, peeky=not feeding),
        )


def _double(network: nn.Module) -> nn.Module:
    """In float64, with weights that hide nothing, and no dropout."""
    torch.manual_seed(1)
    network.double().eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.4)
    return network


def _tokens(rows: int, time: int) -> Tensor:
    return torch.randint(0, VOCAB, (rows, time), generator=torch.Generator().manual_seed(2))


def _cell(arch: str) -> Case:
    cell: Any = _double(CELLS[arch](3, 4))
    x = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))

    def loss() -> Tensor:
        state, total = cell.initial_state(2), torch.zeros((), dtype=torch.float64)
        for time in range(5):
            output, state = cell.step(x[:, time], state)
            total = total + output.pow(2).sum()
        fused, _ = cell(x, cell.initial_state(2))
        return total + fused.pow(3).sum()

    return cell, loss


def _cross_entropy(model: NeuralLanguageModel, features: Tensor, targets: Tensor) -> Tensor:
    logits = F.linear(features, model.output_weight, model.output_bias)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def _language_model(model: NeuralLanguageModel) -> Case:
    _double(model)
    tokens = _tokens(3, 7)

    def loss() -> Tensor:
        features, _ = model.features(tokens[:, :-1], model.initial_state(3))
        return _cross_entropy(model, features, tokens[:, 1:])

    return model, loss


def _translation(**options: Any) -> Case:
    settled = TranslationOptions(hidden_size=8, num_layers=2, **options)
    model = make_translation_model(translation_config(settled, VOCAB, VOCAB))
    _double(model)
    source, target = _tokens(3, 5), _tokens(3, 6)
    lengths = torch.tensor([5, 3, 4])
    source[1, 2:], source[2, 3:] = 0, 0

    def loss() -> Tensor:
        features, _ = model.features(target[:, :-1], model.encode(source, lengths))
        return _cross_entropy(model, features, target[:, 1:])

    return model, loss
