"""Small tokenizers of each kind, trained once."""

from __future__ import annotations

import pytest

from seqlm.data.blocks import Block
from seqlm.tokenizers import Tokenizer, train_tokenizer

LINES = [
    "the old man and the sea",
    "the old man said that the sea was old",
    "영화가 정말 재미있었어요",
    "이 영화는 정말 재미없었어요",
    "naïve café, e.g. 3.14 <unk> </s> \\x",
] * 30


def block(lines: list[str]) -> Block:
    return Block(lines, False, False, sum(len(line.encode()) + 1 for line in lines))


@pytest.fixture(scope="session")
def tokenizers() -> dict[str, Tokenizer]:
    """One of each kind; the subwords have 400 entries at most."""
    made = {}
    for kind in ("word", "char", "unigram", "bpe"):
        size = 400 if kind in ("unigram", "bpe") else None
        made[kind], _ = train_tokenizer(kind, [block(LINES)], vocab_size=size)
    return made
