"""What a language model predicts: the tokens of each line, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqlm.data.blocks import Block
from seqlm.tokenizers.tokenizer import END_ID, Tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def events(tokenizer: Tokenizer, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The events of a block, flat, and how many each line has.

    Returns:
        ids (events,) with END_ID at the end of each finished line, and lengths (lines,).
    """
    import numpy as np

    flat, counts = tokenizer.encode_lines(block.lines, block.continues)
    lengths = counts.astype(np.int64) + 1
    if block.open_end and len(lengths):
        lengths[-1] -= 1
    ends = np.cumsum(counts)
    finished = ends[:-1] if block.open_end else ends
    return np.insert(flat.astype(np.int64), finished, END_ID), lengths
