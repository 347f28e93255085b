"""Batches of a text laid out as a picture."""

from __future__ import annotations

import numpy as np
import pytest

from seqlm.data.batching import RingBatches, count_tokens


def letters(tensor) -> list[str]:
    return ["".join(chr(ord("a") + int(i)) for i in row) for row in tensor]


def ring(text: str, batch_size: int, chunk_length: int) -> RingBatches:
    batches = RingBatches(
        np.array([ord(c) - ord("a") for c in text], dtype=np.uint16), batch_size, chunk_length, 0
    )
    batches._starts = batches._starts - batches._starts[0]  # as if the start drawn were 0
    return batches


def test_the_alphabet_in_batches() -> None:
    """Else a reader would not go on where it stopped, and the state it carries would be wrong."""
    batches = ring("abcdefgh", 2, 2)
    assert batches.steps_per_epoch == 2
    expected = [
        (["ha", "de"], ["ab", "ef"]),
        (["bc", "fg"], ["cd", "gh"]),
        (["de", "ha"], ["ef", "ab"]),
    ]
    for step, (inputs, targets) in enumerate(expected):
        got = batches.batch(step)
        assert (letters(got[0]), letters(got[1])) == (inputs, targets)


def test_an_epoch_reads_every_token_once() -> None:
    """Else some of the text would be learnt twice and some never."""
    batches = RingBatches(np.arange(60, dtype=np.uint16), 4, 5, seed=9)
    seen = np.concatenate([batches.batch(step)[1].flatten() for step in range(3)])
    assert sorted(seen.tolist()) == list(range(60))


@pytest.mark.parametrize("length", [1, 2, 7, 33])
def test_short_texts_make_small_batches(length: int) -> None:
    """Else a text of a line could not be learnt at all."""
    batches = RingBatches(np.arange(length, dtype=np.uint16), 32, 35, seed=1)
    inputs, targets = batches.batch(10)
    assert inputs.shape == targets.shape
    assert 0 < targets.numel() <= length


def test_counts() -> None:
    """Else the unigram that training starts from would be of another text."""
    assert count_tokens(np.array([1, 1, 3], dtype=np.uint16), 5).tolist() == [0, 2, 0, 1, 0]
