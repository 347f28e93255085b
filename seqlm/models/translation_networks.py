"""Every translation architecture, and the two ways to one: from options, and from a config.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from seqlm.cells import CELLS
from seqlm.config import TranslationOptions
from seqlm.models.network_config import read_config
from seqlm.models.recurrent_seq2seq import RecurrentSeq2Seq, RecurrentSeq2SeqConfig
from seqlm.models.transformer_seq2seq import TransformerSeq2Seq, TransformerSeq2SeqConfig
from seqlm.models.translation_model import TranslationModel

TranslationConfig = TransformerSeq2SeqConfig | RecurrentSeq2SeqConfig
_FEATURES_A_HEAD = 32


def translation_config(
    options: TranslationOptions, source_vocab_size: int, vocab_size: int
) -> TranslationConfig:
    """The shape of the network that ``options`` (settled) describe.

    Raises:
        ValueError: the sizes do not go together.
    """
    size, shared = options.hidden_size, not options.separate_vocabularies
    assert size is not None
    if options.arch == "transformer":
        return TransformerSeq2SeqConfig(
            arch=options.arch,
            vocab_size=vocab_size,
            source_vocab_size=source_vocab_size,
            shared=shared,
            hidden_size=size,
            inner_size=options.inner_size or 4 * size,
            num_heads=options.num_heads or max(1, size // _FEATURES_A_HEAD),
            num_layers=options.num_layers or 3,
        )
    attends = options.attention != "none"
    return RecurrentSeq2SeqConfig(
        arch=options.arch,
        vocab_size=vocab_size,
        source_vocab_size=source_vocab_size,
        shared=shared,
        hidden_size=size,
        num_layers=options.num_layers or 1,
        attention=options.attention,
        bidirectional=attends if options.bidirectional is None else options.bidirectional,
        input_feeding=options.input_feeding,
        peeky=options.peeky,
    )


def make_translation_model(config: TranslationConfig, dropout: float = 0.0) -> TranslationModel:
    """The network of that shape, ready to be trained."""
    if isinstance(config, TransformerSeq2SeqConfig):
        return TransformerSeq2Seq(config, dropout)
    return RecurrentSeq2Seq(config, dropout)


def empty_translation_model(stored: Mapping[str, Any]) -> TranslationModel:
    """The network that a ``config.json`` describes, on the meta device: without any weights.

    Raises:
        ValueError: it describes none.
    """
    arch = stored.get("arch")
    config: TranslationConfig
    if arch == "transformer":
        config = read_config(TransformerSeq2SeqConfig, stored)
    elif isinstance(arch, str) and arch in CELLS:
        config = read_config(RecurrentSeq2SeqConfig, stored)
    else:
        raise ValueError(f"arch cannot be {str(arch)[:40]}")
    with torch.device("meta"):
        return make_translation_model(config)
