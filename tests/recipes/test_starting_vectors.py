"""``train-lm --embeddings``: the first layer starts from word vectors, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from seqlm.config import LanguageModelOptions
from seqlm.data.blocks import Block
from seqlm.errors import InputError
from seqlm.models.networks import make_network
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.starting_vectors import SPREAD, StartingVectors
from seqlm.tokenizers import train_tokenizer

WORDS = ["the", "of", "river", "nowhere"]


def some_vectors(dim: int = 12) -> WordVectors:
    rows = np.random.default_rng(1).normal(3, 2, (len(WORDS), dim)).astype(np.float32)
    return WordVectors(WORDS, rows)


@pytest.mark.parametrize("kind", ["word", "unigram"])
def test_tokens_that_are_words_get_their_vectors(kind: str) -> None:
    """Else the first layer would hold other words' vectors, or a size that cannot be trained."""
    lines = ["The river of the river by the old mill", "the end of the road the river"] * 30
    block = Block(lines, False, False, 1000)
    tokenizer, _ = train_tokenizer(kind, [block], vocab_size=290 if kind == "unigram" else None)
    vectors = some_vectors()
    start = StartingVectors(vectors, tokenizer, "vectors")
    found = dict(zip(start.tokens.tolist(), start.rows, strict=True))
    shown = {token: tokenizer.pieces([token])[0].strip("▁").lower() for token in found}
    assert set(shown.values()) == {"the", "of", "river"}
    assert f"{len(found)} of {tokenizer.vocab_size} tokens" in start.remark
    assert float(start.rows.std(correction=0)) == pytest.approx(SPREAD, rel=1e-4)
    for token, word in shown.items():
        cosine = torch.nn.functional.cosine_similarity(
            found[token], torch.from_numpy(vectors[word].copy()), dim=0
        )
        assert float(cosine) == pytest.approx(1)

    options = start.shaped(LanguageModelOptions(arch="lstm", hidden_size=8, num_layers=1))
    torch.manual_seed(1)
    untouched = make_network(options, tokenizer.vocab_size)
    torch.manual_seed(1)
    model = make_network(options, tokenizer.vocab_size)
    start.fill(model)
    for name, tensor in model.state_dict().items():
        same = (tensor == untouched.state_dict()[name]).flatten(1) if tensor.ndim > 1 else tensor
        if name == "embedding":
            assert set(np.flatnonzero(~same.all(dim=1).numpy())) == set(found)
        else:
            assert torch.equal(tensor, untouched.state_dict()[name])


def test_sizes_that_do_not_fit() -> None:
    """Else a wrong size would be a traceback, or pass unnoticed."""
    tokenizer, _ = train_tokenizer("word", [Block(["the river of"] * 5, False, False, 60)])
    start = StartingVectors(some_vectors(), tokenizer, "vectors")
    assert start.shaped(LanguageModelOptions(arch="transformer")).hidden_size == 12
    for wrong in (
        LanguageModelOptions(arch="lstm", embedding_size=8),
        LanguageModelOptions(arch="transformer", hidden_size=8),
    ):
        with pytest.raises(InputError, match="12 numbers"):
            start.shaped(wrong)
    other = WordVectors(["강"], np.ones((1, 4), np.float32))
    with pytest.raises(InputError, match="not one"):
        StartingVectors(other, tokenizer, "vectors")
