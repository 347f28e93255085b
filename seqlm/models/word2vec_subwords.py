"""The parts of a whole vocabulary, as rows of the table that is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import kernel
from seqlm.compiled.lanes import BYTES
from seqlm.models.subwords import PartRules, find_parts
from seqlm.models.word2vec_rows import compose
from seqlm.models.word2vec_tables import Subwords, find_places

_find_parts = kernel(find_parts)


def vocabulary_parts(words: Sequence[str], rules: PartRules) -> tuple[Subwords, NDArray[np.int32]]:
    """Each word's rows: first its own, then those of its parts.

    Returns:
        The rows (a word's own is its number, those of parts come behind all words), and the hash
        that each row behind the words stands for, rising.
    """
    spelled = [rules.spell(word) for word in words]
    ends = np.cumsum([len(word) for word in spelled])
    text = np.frombuffer(b"".join(spelled), np.uint8)
    most = max(map(len, spelled)) * (rules.max_part - rules.min_part + 1)
    starts, hashes = _all_parts(
        text, ends, rules.min_part, rules.max_part, rules.buckets, np.empty(most, np.int32)
    )
    known, rows = np.unique(hashes, return_inverse=True)
    rows = (rows + len(words)).astype(np.int32)
    own = starts[:-1] + np.arange(len(words))
    whole = np.empty(len(rows) + len(words), np.int32)
    is_own = np.zeros(len(whole), bool)
    is_own[own] = True
    whole[is_own] = np.arange(len(words), dtype=np.int32)
    whole[~is_own] = rows
    starts = starts + np.arange(len(words) + 1)
    return Subwords(starts.astype(np.int32), whole), known.astype(np.int32)


@kernel
def _all_parts(text: Any, ends: Any, min_part: Any, max_part: Any, buckets: Any, found: Any) -> Any:
    """Where each word's parts start, and the hashes of all of them."""
    starts = np.zeros(ends.shape[0] + 1, np.int64)
    begin = 0
    for word in range(ends.shape[0]):
        num = _find_parts(text, begin, ends[word], min_part, max_part, buckets, found)
        starts[word + 1] = starts[word] + num
        begin = ends[word]
    hashes = np.empty(starts[-1], np.int32)
    begin = 0
    for word in range(ends.shape[0]):
        num = _find_parts(text, begin, ends[word], min_part, max_part, buckets, found)
        hashes[starts[word] : starts[word + 1]] = found[:num]
        begin = ends[word]
    return starts, hashes


@kernel
def compose_words(
    tables: Any, subwords: Any, noise: Any, kept: Any, vectors: Any, row: Any
) -> None:
    """Write every word's vector, the mean of its rows, to ``vectors``."""
    places = find_places(tables, subwords, noise, kept, 0)
    address = vectors.ctypes.data
    for word in range(vectors.shape[0]):
        compose(places, subwords, word, address + word * BYTES * len(row), row)
