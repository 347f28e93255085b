"""The batches of pairs: similar lengths together, counted in tokens, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from seqlm.data.pair_batches import PairBatches
from seqlm.data.pair_store import PairStore, PairWriter
from seqlm.tokenizers.character import CharacterTokenizer
from seqlm.tokenizers.vocabulary import Vocabulary


def make(folder: Path, lengths: list[tuple[int, int]]) -> PairStore:
    """Pairs of those lengths, ends counted; each line of its own letter."""
    letters = [chr(ord("a") + n % 26) for n in range(len(lengths))]
    tokenizer = CharacterTokenizer(Vocabulary([chr(ord("a") + n) for n in range(26)]), "NFC")
    writer = PairWriter(folder, "train", (tokenizer, tokenizer), 1000)
    writer.add(
        [letter * (source - 1) for letter, (source, _) in zip(letters, lengths, strict=True)],
        [letter * (target - 1) for letter, (_, target) in zip(letters, lengths, strict=True)],
    )
    pairs = writer.close()
    assert pairs is not None
    return pairs


def picture(batches: PairBatches, epoch: int = 0) -> str:
    """A plan as text: for each batch the lengths of its targets."""
    lengths = batches.pairs.lengths[1]
    return " | ".join(
        " ".join(str(n) for n in sorted(lengths[b].tolist())) for b in batches.plan(epoch)
    )


def test_a_plan(tmp_path: Path) -> None:
    """Else short sentences would be padded to the length of long ones."""
    pairs = make(tmp_path, [(3, n) for n in (3, 14, 4, 8, 4, 12, 2, 5, 30)])
    batches = PairBatches(pairs, 16, 1, shuffled=False)
    assert picture(batches) == "2 3 4 4 | 5 8 | 12 | 14 | 30"
    assert batches.steps_per_epoch == 5


def test_batches_of_many_rows_have_few_shapes(tmp_path: Path) -> None:
    """Else a processor would compile its kernels anew for each batch."""
    draw = np.random.default_rng(0)
    lengths = [(int(n), int(n) + 1) for n in draw.integers(2, 20, 2000)]
    batches = PairBatches(make(tmp_path, lengths), 400, 1)
    plans = [batches.plan(epoch) for epoch in (0, 1)]
    shapes = [
        {(len(b), *(-(-batches.pairs.lengths[:, b] // 4)).max(1).tolist()) for b in plan}
        for plan in plans
    ]
    assert shapes[0] == shapes[1] and len(shapes[0]) < len(plans[0]) / 3
    assert all(np.array_equal(np.sort(np.concatenate(plan)), np.arange(2000)) for plan in plans)
    assert any(not np.array_equal(a, b) for a, b in zip(*plans, strict=True))
    again = PairBatches(batches.pairs, 400, 1).plan(1)
    assert all(np.array_equal(a, b) for a, b in zip(plans[1], again, strict=True))


@pytest.mark.parametrize("reverse", [False, True])
def test_a_batch(tmp_path: Path, reverse: bool) -> None:
    """Else the decoder would be shown what it is to say, or the source in the wrong order."""
    tokenizer = CharacterTokenizer(Vocabulary(list("abc")), "NFC")
    writer = PairWriter(tmp_path, "train", (tokenizer, tokenizer), 10)
    writer.add(["abc", "b"], ["ca", "a"])
    pairs = writer.close()
    assert pairs is not None
    batches = PairBatches(pairs, 100, 0, reverse_source=reverse, shuffled=False)
    batch = batches.batch(7).to(torch.device("cpu"))
    a, b, c = tokenizer.encode("abc")
    assert sorted(batch.source.tolist()) == sorted(
        [[c, b, a, 0] if reverse else [a, b, c, 0], [b, 0, 0, 0]]
    )
    row = batch.lengths.tolist().index(4)
    assert sorted(batch.lengths.tolist()) == [2, 4]
    assert batch.inputs[row].tolist() == [0, c, a, 0] and batch.targets[row].tolist() == [
        c,
        a,
        0,
        0,
    ]
    assert batch.num_tokens == 5 and len(batch.real) == 64
    spoken = batch.targets.flatten()[batch.real[:5]].tolist()
    assert spoken in ([c, a, 0, a, 0], [a, 0, c, a, 0])
