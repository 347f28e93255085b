"""What the literature published, as options: ``train-lm --preset NAME``.

Sizes, dropout, batches, chunks and readings of the text are the papers'. The updates are ours in
every preset, AdamW under a cosine in place of each paper's hand-made schedule of SGD or averaged
SGD, at a rate that suits AdamW; so the published perplexities are what to expect, not what is
promised. On Penn Treebank they are 82.7, 78.4, 75.8 and 58.8 on the test text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seqlm.config import LanguageModelOptions, Preset


def with_preset(name: Preset | None, given: Mapping[str, Any]) -> LanguageModelOptions:
    """The options of a preset, behind what was given; a time that was given goes before its epochs.

    Args:
        name: None is no preset.
        given: fields of ``LanguageModelOptions`` that the user set.
    """
    base = PRESETS[name] if name else LanguageModelOptions()
    if given.get("budget") is not None:
        base = replace(base, epochs=None)
    return replace(base, **given)


_ZAREMBA_MEDIUM = LanguageModelOptions(
    arch="lstm",
    tokenizer="word",
    num_layers=2,
    hidden_size=650,
    tied=False,
    skip=False,
    dropout=0.5,
    weight_drop=0.0,
    activation_penalty=0.0,
    slowness_penalty=0.0,
    batch_size=20,
    chunk_length=35,
    learning_rate=2e-3,
    loss="full",
    epochs=39,
    patience=0,
)

PRESETS: dict[Preset, LanguageModelOptions] = {
    # Zaremba, Sutskever & Vinyals (2014), arXiv:1409.2329, section 4.1.
    "zaremba-medium": _ZAREMBA_MEDIUM,
    "zaremba-large": replace(
        _ZAREMBA_MEDIUM, hidden_size=1500, dropout=0.65, learning_rate=1e-3, epochs=55
    ),
    # Saito, Deep Learning from Scratch 2 (2018), chapter 6: Zaremba's medium network, tied.
    "better-rnnlm": replace(_ZAREMBA_MEDIUM, tied=True, clip=0.25, epochs=40),
    # Merity, Keskar & Socher (2018), arXiv:1708.02182, section 5 (averaged SGD left out).
    "awd-lstm": LanguageModelOptions(
        arch="lstm",
        tokenizer="word",
        num_layers=3,
        embedding_size=400,
        hidden_size=1150,
        narrow_last=True,
        skip=False,
        dropout=0.4,
        input_dropout=0.4,
        hidden_dropout=0.25,
        embedding_dropout=0.1,
        weight_drop=0.5,
        activation_penalty=2.0,
        slowness_penalty=1.0,
        batch_size=20,
        chunk_length=70,
        learning_rate=2e-3,
        weight_decay=0.01,
        clip=0.25,
        loss="full",
        epochs=500,
        patience=0,
    ),
}
