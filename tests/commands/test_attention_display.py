"""The attention map in text."""

from __future__ import annotations

from seqlm.commands.attention_display import LEGEND, cut, text_map
from seqlm.commands.output import display_width

SOURCE = ["the", "고양이", "e\u0301t\x1b[2J", "</s>"]
TARGET = ["a", "고양이가"]
WEIGHTS = [[0.8, 0.1, 0.1, 0.0], [0.05, 0.5, 0.3, 0.15]]


def test_every_shade_stands_under_its_token() -> None:
    """Else Hangul, twice as wide as a letter, would push the shades out of their columns."""
    *above, one, other, legend = text_map(SOURCE, TARGET, WEIGHTS)
    assert legend == LEGEND
    assert one == "       a ██░░░░"
    assert other == "고양이가   ▓▓▒▒░░"
    assert above[-1] == " " * 9 + "e 이… >"
    assert above[-2] == " " * 9 + "h 양[ s"
    assert "\x1b" not in "".join(above)
    assert all(display_width(line) <= 9 + 8 for line in above)


def test_a_wide_map_goes_on_below() -> None:
    """Else a long sentence would wrap and nothing stand under its token."""
    words, weights = ["x"] * 50, [[1.0] + [0.0] * 48 + [0.6]]
    lines = list(text_map(words, ["y"], weights, width=40))
    assert all(display_width(line) <= 40 for line in lines)
    assert [line for line in lines if line.startswith("y ")] == ["y ██", "y" + " " * 23 + "▓▓"]


def test_labels_are_cut_by_their_width() -> None:
    """Else Korean labels would be twice as long as they may be."""
    assert cut("고양이가앉았습니다", 9) == "고양이가…"
    assert cut("cat", 3) == "cat"
    assert list(text_map([], [], []))[-1] == LEGEND
