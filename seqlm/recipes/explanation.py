"""What a network is made of, and why it was chosen so: ``train-lm --explain``."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from seqlm.config import LanguageModelOptions
from seqlm.models.networks import make_network
from seqlm.recipes.language_model_choices import FULL_SOFTMAX_UP_TO, Choices


class Layer(NamedTuple):
    """A part of a network with weights of its own; ``shape`` is that of each of its tensors."""

    layer: str
    kind: str
    shape: str
    parameters: int


def layers(options: LanguageModelOptions, vocab_size: int) -> list[Layer]:
    """Every part of the network that ``options`` (settled) describe; none is made."""
    with torch.device("meta"):
        network = make_network(options, vocab_size)
    found = []
    for name, module in network.named_modules():
        own = dict(module.named_parameters(recurse=False))
        if not name:
            found += [_layer(key, "Parameter", [value]) for key, value in own.items()]
        elif own:
            found.append(_layer(name, type(module).__name__, list(own.values())))
    return found


def _layer(name: str, kind: str, weights: list[nn.Parameter]) -> Layer:
    shapes = [" x ".join(map(str, weight.shape)) for weight in weights]
    return Layer(name, kind, ", ".join(shapes), sum(weight.numel() for weight in weights))


def reasons(
    asked: LanguageModelOptions, choices: Choices, vocab_size: int, num_tokens: int
) -> list[str]:
    """Why each choice was made, a line each.

    Args:
        asked: the options as they were given, None where they were left open.
        choices: what they became.
        vocab_size: tokens of vocabulary.
        num_tokens: events of the training text.
    """
    settled = choices.options
    return [
        f"size: {settled.hidden_size} features, {_why_size(asked, num_tokens)}",
        f"epochs: {choices.epochs:.3g} readings of the text, {_why_epochs(asked, num_tokens)}",
        f"dropout: {settled.dropout:g}, {_why_dropout(asked)}",
        f"penalties: {_penalties(settled)}, {_why_penalties(asked)}",
        f"learning rate: {choices.plan.learning_rate:g}, {_why_rate(asked)}",
        f"loss: {_why_loss(asked, choices.samples, vocab_size)}",
        f"precision: {_why_precision(asked, choices.precision)}",
    ]


def _why_size(asked: LanguageModelOptions, num_tokens: int) -> str:
    if asked.hidden_size is not None:
        return "as you asked"
    if asked.budget is not None:
        return (
            "the largest of those timed here that reads the text often enough in the time there is"
        )
    return f"which suits a text of {num_tokens:,} tokens"


def _why_epochs(asked: LanguageModelOptions, num_tokens: int) -> str:
    if asked.steps is not None:
        return f"which is what {asked.steps:,} steps come to"
    if asked.epochs is not None:
        return "as you asked"
    if asked.budget is not None:
        return "what the time allows, and no more than such a text bears"
    return f"which suits a text of {num_tokens:,} tokens; --budget sets a time instead"


def _why_dropout(asked: LanguageModelOptions) -> str:
    if asked.dropout is not None:
        return "as you asked"
    return "more for more readings and wider layers, lest a network learns the text by heart"


def _penalties(settled: LanguageModelOptions) -> str:
    activation, slowness = settled.activation_penalty, settled.slowness_penalty
    return f"{activation:g} x the features' mean square, {slowness:g} x their changes'"


def _why_penalties(asked: LanguageModelOptions) -> str:
    if asked.activation_penalty is not None and asked.slowness_penalty is not None:
        return "as you asked"
    return "for recurrent networks that read a text again; they serve them better than more dropout"


def _why_rate(asked: LanguageModelOptions) -> str:
    if asked.learning_rate is not None:
        return "as you asked"
    return f"what {asked.arch} of this width bore in our runs; it warms up, then falls to zero"


def _why_loss(asked: LanguageModelOptions, samples: int, vocab_size: int) -> str:
    if asked.loss != "auto":
        return f"{asked.loss}, as you asked"
    limit = f"{FULL_SOFTMAX_UP_TO:,}"
    if samples:
        return (
            f"over a sample of {samples:,}, for {vocab_size:,} tokens are more than {limit} and "
            "the output layer would take most of the time; held-out figures are over all of them"
        )
    return f"over all {vocab_size:,} tokens, for they are no more than {limit}"


def _why_precision(asked: LanguageModelOptions, precision: str) -> str:
    if asked.precision != "auto":
        return f"{precision}, as you asked"
    if precision == "bfloat16":
        return "bfloat16 in matrix products, which this processor computes faster; float32 weights"
    return "float32, for bfloat16 is no faster on this processor at this size"
