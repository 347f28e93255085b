"""Unicode normalisation, done only where it changes something."""

from __future__ import annotations

import unicodedata

from seqlm.config import Normalization


def is_normal(text: str, normalization: Normalization) -> bool:
    """Whether ``normalize`` changes nothing; this is much faster than to do it."""
    return normalization == "none" or text.isascii() or unicodedata.is_normalized("NFC", text)


def normalize(text: str, normalization: Normalization) -> str:
    """Return ``text`` in NFC, or as it is for ``"none"``."""
    return text if is_normal(text, normalization) else unicodedata.normalize("NFC", text)


def joins(left: str, right: str) -> bool:
    """Whether the start of ``right`` would change, or be changed by, the end of ``left`` in NFC."""
    if not left or not right:
        return False
    if unicodedata.category(right[0]).startswith("M"):
        return True
    apart = unicodedata.normalize("NFC", left) + unicodedata.normalize("NFC", right)
    return unicodedata.normalize("NFC", left + right) != apart
