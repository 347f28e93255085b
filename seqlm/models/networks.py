"""Every neural architecture, and the two ways to one: from options, and from a model's config.

A newcomer adds a file with a frozen config and a network, and one line in ``ARCHITECTURES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from seqlm.cells import CELLS
from seqlm.config import LanguageModelOptions
from seqlm.models.embedding_lm import EmbeddingLM
from seqlm.models.network_config import NetworkConfig, RecurrentConfig, WindowConfig, read_config
from seqlm.models.recurrent_lm import RecurrentLM
from seqlm.models.transformer_lm import TransformerConfig, TransformerLM
from seqlm.models.window_lm import WindowLM


class Architecture(NamedTuple):
    """What makes a network of one kind.

    Attributes:
        config: the class of its shape.
        shape: that shape, from settled options and the size of the vocabulary.
        network: the network, from its shape and the options that only training needs.
    """

    config: type[Any]
    shape: Callable[[LanguageModelOptions, int], Any]
    network: Callable[[Any, LanguageModelOptions], EmbeddingLM]


def _recurrent_shape(options: LanguageModelOptions, vocab_size: int) -> RecurrentConfig:
    assert options.hidden_size is not None and options.num_layers is not None
    return RecurrentConfig(
        arch=options.arch,
        vocab_size=vocab_size,
        embedding_size=options.embedding_size or options.hidden_size,
        hidden_size=options.hidden_size,
        num_layers=options.num_layers,
        tied=options.tied,
        skip=options.skip,
        narrow_last=options.narrow_last,
    )


def _recurrent(config: RecurrentConfig, options: LanguageModelOptions) -> RecurrentLM:
    return RecurrentLM(
        config,
        options.dropout or 0.0,
        input_dropout=options.input_dropout,
        hidden_dropout=options.hidden_dropout,
        embedding_dropout=options.embedding_dropout,
        weight_drop=options.weight_drop or 0.0,
    )


def _window_shape(options: LanguageModelOptions, vocab_size: int) -> WindowConfig:
    assert options.hidden_size is not None and options.context is not None
    return WindowConfig(
        vocab_size=vocab_size,
        embedding_size=options.embedding_size or options.hidden_size,
        hidden_size=options.hidden_size,
        context=options.context,
        tied=options.tied,
    )


def _transformer_shape(options: LanguageModelOptions, vocab_size: int) -> TransformerConfig:
    assert options.hidden_size is not None and options.num_layers is not None
    assert options.context is not None
    return TransformerConfig(
        vocab_size=vocab_size,
        hidden_size=options.hidden_size,
        feedforward_size=4 * options.hidden_size,
        num_layers=options.num_layers,
        num_heads=options.num_heads or usual_heads(options.hidden_size),
        context=options.context,
        tied=options.tied,
    )


def usual_heads(size: int) -> int:
    """The most heads of 48 features or more that ``size`` can be shared out among."""
    return max(heads for heads in range(1, max(1, size // 48) + 1) if size % heads == 0)


ARCHITECTURES: dict[str, Architecture] = {
    **dict.fromkeys(CELLS, Architecture(RecurrentConfig, _recurrent_shape, _recurrent)),
    "window": Architecture(
        WindowConfig,
        _window_shape,
        lambda config, options: WindowLM(config, options.dropout or 0.0),
    ),
    "transformer": Architecture(
        TransformerConfig,
        _transformer_shape,
        lambda config, options: TransformerLM(config, options.dropout or 0.0),
    ),
}


def network_config(options: LanguageModelOptions, vocab_size: int) -> NetworkConfig:
    """The shape of the network that ``options`` (settled) describe.

    Raises:
        ValueError: the sizes do not go together.
    """
    shape: NetworkConfig = ARCHITECTURES[options.arch].shape(options, vocab_size)
    return shape


def make_network(options: LanguageModelOptions, vocab_size: int) -> EmbeddingLM:
    """The network that ``options`` (settled) describe, ready to be trained."""
    config = network_config(options, vocab_size)
    return ARCHITECTURES[options.arch].network(config, options)


def empty_network(stored: Mapping[str, Any]) -> EmbeddingLM:
    """The network that a ``config.json`` describes, on the meta device: without any weights.

    Raises:
        ValueError: it describes none.
    """
    arch = stored.get("arch")
    if not isinstance(arch, str) or arch not in ARCHITECTURES:
        raise ValueError(f"arch cannot be {str(arch)[:40]}")
    architecture = ARCHITECTURES[arch]
    config = read_config(architecture.config, stored)
    with torch.device("meta"):
        return architecture.network(config, LanguageModelOptions())


def num_parameters(options: LanguageModelOptions, vocab_size: int) -> int:
    """Weights of the network that ``options`` (settled) describe, counted without making them."""
    with torch.device("meta"):
        model = make_network(options, vocab_size)
    return sum(parameter.numel() for parameter in model.parameters())
