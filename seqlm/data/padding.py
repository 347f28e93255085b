"""Rows of ids of different lengths as one tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqlm.tokenizers.tokenizer import END_ID


def padded(rows: Sequence[NDArray[Any]], *, multiple: int = 1) -> tuple[Tensor, Tensor]:
    """Put each row, ``END_ID`` behind it, into a tensor whose rest is ``END_ID``.

    Args:
        rows: the ids of each line, without its end.
        multiple: the width is rounded up to one.

    Returns:
        (rows, width), int64, and how long each is with its end, (rows,).
    """
    lengths = np.array([len(row) + 1 for row in rows], dtype=np.int64)
    width = -(-int(lengths.max()) // multiple) * multiple
    table = np.full((len(rows), width), END_ID, dtype=np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return torch.from_numpy(table), torch.from_numpy(lengths)
