"""What a language model's training looks at."""

from __future__ import annotations

from seqlm.recipes.language_model_task import looked_at


def test_a_look_at_the_held_out_text_takes_about_as_long_for_any_vocabulary() -> None:
    """Else a minute's training with many words would be spent on looking."""
    assert looked_at(1_000) == looked_at(20_000) == 100_000
    assert looked_at(70_000) * 70_000 <= 2e9
    assert looked_at(10**9) == 10_000  # fewer would say nothing
