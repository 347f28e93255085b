"""From text to ids and back: words, characters, and sentencepiece's subwords."""

from __future__ import annotations

from seqlm.tokenizers.loading import load_tokenizer
from seqlm.tokenizers.tokenizer import END_ID, UNKNOWN_ID, Tokenizer
from seqlm.tokenizers.training import train_tokenizer

__all__ = ["END_ID", "UNKNOWN_ID", "Tokenizer", "load_tokenizer", "train_tokenizer"]
