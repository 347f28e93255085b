"""A corpus as it stands, or in lower case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus


def blocks_in_case(corpus: Corpus, lowercase: bool) -> Iterator[Block]:
    """The blocks of ``corpus``; ``lowercase`` folds them as ``str.lower`` does."""
    for block in corpus.blocks():
        if lowercase:
            block = replace(block, lines=[line.lower() for line in block.lines])
        yield block
