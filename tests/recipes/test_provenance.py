"""What a model was made with, and what is said when that is not the same any more."""

from __future__ import annotations

from seqlm.recipes.provenance import difference, made_now, surroundings


def test_the_same_is_not_worth_a_word() -> None:
    """Else every --resume would end in a warning that nobody reads."""
    assert difference(surroundings("cpu, 1 threads"), surroundings("cpu, 1 threads")) is None


def test_a_difference_is_named() -> None:
    """Else weights could come out different and nobody would know why."""
    before = surroundings("cpu, 1 threads", "numpy") | {"numpy": "1.0"}
    said = difference(before, surroundings("cpu, 2 threads", "numpy"))
    assert said is not None
    assert "numpy was 1.0" in said and "cpu, 1 threads and is cpu, 2 threads" in said
    assert "python" not in said


def test_a_checkpoint_that_recorded_nothing() -> None:
    """Else one of an earlier version could not be gone on with."""
    said = difference(None, {"python": "3.12"})
    assert said is not None and "not recorded" in said


def test_the_processor_is_recorded() -> None:
    """Else nobody would know why another machine gives other bits."""
    made = made_now("numpy")
    assert made["processor"] and set(made["versions"]) == {"seqlm", "numpy", "python"}
