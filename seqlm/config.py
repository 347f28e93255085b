"""The only home of defaults: small frozen dataclasses that need no torch.

A command's option takes its default from here, a recipe takes one of these as its argument, and
a model's ``config.json`` and ``train.json`` are made from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Errors = Literal["strict", "replace", "skip"]
Normalization = Literal["NFC", "none"]
TokenizerKind = Literal["word", "char", "unigram", "bpe"]


@dataclass(frozen=True)
class TextOptions:
    """How bytes become text.

    Attributes:
        encoding: a Python codec name; the text is UTF-8 unless told otherwise, whatever the locale.
        errors: what happens at a byte that cannot be decoded: an error, U+FFFD, or the line is
            left out; the last two are counted.
        normalization: Unicode normalisation of what a model sees, recorded in the model.
    """

    encoding: str = "utf-8"
    errors: Errors = "strict"
    normalization: Normalization = "NFC"
