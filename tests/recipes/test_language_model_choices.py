"""The size of a network that a budget gets, on texts and machines whose figures were measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from seqlm.config import LanguageModelOptions
from seqlm.recipes import language_model_choices as choices

# Seconds a step of 64 x 35 tokens on a core: Korean characters, Penn Treebank, English words.
KOREAN = {128: 0.044, 192: 0.059, 256: 0.068, 384: 0.106, 512: 0.16, 650: 0.24}
TREEBANK = {128: 0.035, 192: 0.043, 256: 0.055, 384: 0.089, 512: 0.125, 650: 0.187}
BUSY = {size: 1.45 * seconds for size, seconds in TREEBANK.items()}  # others on the machine
ENGLISH = {128: 0.042, 192: 0.056, 256: 0.072, 384: 0.105, 512: 0.15, 650: 0.2}


@pytest.mark.parametrize(
    ("steps", "num_tokens", "vocab_size", "seconds", "size"),
    [
        (KOREAN, 4_500_000, 2_750, 52.0, 256),
        (TREEBANK, 929_589, 10_000, 105.0, 256),
        (TREEBANK, 929_589, 10_000, 245.0, 384),
        (BUSY, 929_589, 10_000, 115.0, 256),
        (BUSY, 929_589, 10_000, 270.0, 384),
        (TREEBANK, 929_589, 10_000, 525.0, 650),
        (ENGLISH, 5_370_000, 70_000, 50.0, 128),
        (ENGLISH, 5_370_000, 70_000, 150.0, 192),
    ],
)
def test_the_size_that_was_best_is_chosen(
    steps: dict[int, float],
    num_tokens: int,
    vocab_size: int,
    seconds: float,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the default would be worse than another size (docs/recipe.md has the runs)."""
    monkeypatch.setattr(choices, "make_optimizer", lambda *_: None)
    monkeypatch.setattr(choices, "time_steps", lambda task, *_, **__: steps[task])
    found = choices._largest_that_fits(
        replace(LanguageModelOptions(arch="lstm"), num_layers=1),
        vocab_size,
        num_tokens,
        torch.device("cpu"),
        lambda options, samples, precision: options.hidden_size,
        seconds,
    )
    assert found.hidden_size == size


def test_the_largest_is_the_one_that_was_asked_for_or_may_be_chosen() -> None:
    """Else half an hour would be planned for another network than the one that is trained."""
    options = LanguageModelOptions(arch="lstm")
    assert choices.largest(options, 929_589).hidden_size == 650
    assert choices.largest(options, 100_000).hidden_size == 256
    assert choices.largest(replace(options, hidden_size=96), 929_589).hidden_size == 96
