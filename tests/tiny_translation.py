"""A translation model's folder made in a second: a tiny model that has learnt three sentences."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from seqlm.config import TranslationArch, TranslationOptions
from seqlm.data.padding import padded
from seqlm.model_folder import publish
from seqlm.models.translation_model import TranslationModel
from seqlm.models.translation_networks import make_translation_model, translation_config
from seqlm.recipes.text_scores import as_blocks
from seqlm.recipes.tokenizer_pair import tokenizer_files
from seqlm.tensor_file import tensor_bytes
from seqlm.tokenizers import END_ID, Tokenizer, train_tokenizer

SOURCES = [
    "ein Hund läuft über die Wiese.",
    "zwei Männer sitzen am Fluss.",
    "eine Frau liest ein Buch.",
]
TARGETS = ["a dog runs.", "two men sit at the river.", "a woman reads a book."]


def tiny_translation(
    folder: Path,
    arch: TranslationArch = "transformer",
    *,
    shared: bool = True,
    reverse_source: bool = False,
    longest_source: int = 40,
) -> Path:
    """Write the folder; what the model says to other sentences is nonsense."""

    def tokenizer(lines):
        kind = "unigram" if shared else "char"
        trained, _ = train_tokenizer(
            kind,
            as_blocks(lines * 4),
            vocab_size=330 if shared else None,
            min_count=1,
            normalization="NFC",
        )
        return trained

    source = tokenizer(SOURCES + TARGETS if shared else SOURCES)
    target = source if shared else tokenizer(TARGETS)
    options = TranslationOptions(
        arch=arch, hidden_size=32, num_heads=2, num_layers=2, separate_vocabularies=not shared
    )
    config = translation_config(options, source.vocab_size, target.vocab_size)
    torch.manual_seed(3)
    model = make_translation_model(config)
    _learn(model, *padded([np.array(ids) for ids in _ids(source, SOURCES, reverse_source)]), target)
    publish(
        folder,
        {"model.safetensors": tensor_bytes(model.state_dict()), **tokenizer_files(source, target)},
        {
            "kind": "translation",
            **asdict(config),
            "reverse_source": reverse_source,
            "longest_source": longest_source,
        },
    )
    return folder


def _ids(tokenizer: Tokenizer, lines: list[str], backwards: bool = False) -> list[list[int]]:
    return [tokenizer.encode(line)[:: -1 if backwards else 1] for line in lines]


def _learn(model: TranslationModel, source: Tensor, lengths: Tensor, tokenizer: Tokenizer) -> None:
    """Teacher forcing on all pairs at once."""
    wanted, target_lengths = padded([np.array(ids) for ids in _ids(tokenizer, TARGETS)])
    inputs = torch.cat([torch.full((len(wanted), 1), END_ID), wanted[:, :-1]], 1)
    real = torch.arange(wanted.shape[1]) < target_lengths[:, None]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(40):
        features = model(source, lengths, inputs)[real]
        logits = F.linear(features, model.output_weight, model.output_bias)
        loss = F.cross_entropy(logits, wanted[real])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
