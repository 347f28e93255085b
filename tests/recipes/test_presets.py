"""The networks that the literature published, by their published sizes."""

from __future__ import annotations

import pytest

from seqlm.config import LanguageModelOptions, Preset
from seqlm.models.networks import num_parameters
from seqlm.recipes.explanation import layers
from seqlm.recipes.presets import PRESETS, with_preset
from seqlm.recipes.shape_choices import settle_shape

PENN_TREEBANK = 10_000
MILLIONS: dict[Preset, int] = {
    "zaremba-medium": 20,
    "zaremba-large": 66,
    "better-rnnlm": 13,
    "awd-lstm": 24,
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_as_many_weights_as_its_paper_says(name: Preset) -> None:
    """Else --preset would train some other network under a famous name."""
    settled = settle_shape(PRESETS[name])
    count = num_parameters(settled, PENN_TREEBANK)
    assert round(count / 1e6) == MILLIONS[name]
    assert sum(layer.parameters for layer in layers(settled, PENN_TREEBANK)) == count


def test_what_was_given_goes_before_the_preset() -> None:
    """Else a flag would be ignored without a word."""
    options = with_preset("awd-lstm", {"dropout": 0.1, "hidden_size": 64})
    assert (options.dropout, options.hidden_size, options.weight_drop) == (0.1, 64, 0.5)
    assert options.epochs == 500
    assert with_preset("awd-lstm", {"budget": 600.0}).epochs is None
    assert with_preset(None, {"seed": 3}) == LanguageModelOptions(seed=3)


def test_every_part_of_a_network_is_shown() -> None:
    """Else --explain would not add up."""
    options = settle_shape(LanguageModelOptions(arch="transformer", hidden_size=8, num_layers=2))
    shown = layers(options, 50)
    assert shown[0] == ("embedding", "Parameter", "50 x 8", 400)
    assert ("layers.1.wide", "Linear", "32 x 8, 32", 288) in shown
    assert sum(layer.parameters for layer in shown) == num_parameters(options, 50)
