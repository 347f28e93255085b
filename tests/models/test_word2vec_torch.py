"""word2vec in torch, as a GPU would run it: two camps of words come apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqlm.config import Word2VecOptions
from seqlm.models.word2vec_torch import TorchWord2Vec
from seqlm.models.word_vectors import WordVectors


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_words_of_a_camp_are_near(arch: str) -> None:
    """Else the vectors that a GPU makes would say nothing about their words."""
    random = np.random.default_rng(1)
    lines = [[*random.integers(0, 5, 8) + 5 * (number % 2), -1] for number in range(1500)]
    ids = np.array(lines, np.int32).ravel()
    counts = np.bincount(ids[ids >= 0])
    options = Word2VecOptions(arch=arch, dim=12, subsample=0, learning_rate=0.01)
    model = TorchWord2Vec(len(counts), counts, options, torch.device("cpu"))
    before, tables = model.loss(ids), {name: t.copy() for name, t in model.tables.items()}
    learn = model.learner(len(ids))
    for chunk in range(6):
        learn(ids, 0.01, chunk)
    assert model.loss(ids) < 0.9 * before
    vectors = WordVectors([str(word) for word in range(10)], model.vectors)
    assert {int(near.word) for near in vectors.neighbors("2", 4)} == {0, 1, 3, 4}
    assert {int(near.word) for near in vectors.neighbors("7", 4)} == {5, 6, 8, 9}
    learnt = model.vectors
    model.restore(tables)
    for chunk in range(6):
        learn(ids, 0.01, chunk)
    assert model.vectors.tobytes() == learnt.tobytes()


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_frequent_words_do_not_diverge(arch: str) -> None:
    """Else a word that a batch meets a thousand times is pushed away without end."""
    ids = np.random.default_rng(1).zipf(1.3, 60_000).clip(max=50).astype(np.int32) - 1
    ids[::9] = -1
    counts = np.bincount(ids[ids >= 0], minlength=50)
    options = Word2VecOptions(arch=arch, dim=20, subsample=0)
    model = TorchWord2Vec(len(counts), counts, options, torch.device("cpu"))
    before, learn = model.loss(ids[:6000]), model.learner(len(ids))
    for chunk in range(4):
        learn(ids, model.rate, chunk)
    assert model.loss(ids[:6000]) < before
    assert np.abs(model.vectors).max() < 10
