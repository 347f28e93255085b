"""Pieces are shown without white space, and read back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlm.errors import InputError
from seqlm.tokenizers.pieces import read_piece, show_piece


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" the", "▁the"),
        ("a▁b", r"a\u2581b"),
        ("a\tb\r", r"a\x09b\x0d"),
        ("\\", r"\\"),
        (r"\x09", r"\\x09"),
        ("\u3000\u2028", r"\u3000\u2028"),
        ("é한🙂\u200d", "é한🙂\u200d"),
    ],
)
def test_shown(text: str, shown: str) -> None:
    """Else a piece of white space would be invisible, or two pieces look like three."""
    assert show_piece(text) == shown
    assert read_piece(shown) == text


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    """Else `tokenize | tokenize --decode` would change a text."""
    shown = show_piece(text)
    assert read_piece(shown) == text
    assert not any(character.isspace() for character in shown)


@pytest.mark.parametrize("shown", ["\\", r"\n", r"\x1", r"\u12", r"a\x0Gb"])
def test_what_is_no_escape(shown: str) -> None:
    """Else a mistyped escape would be taken for text."""
    with pytest.raises(InputError, match="escape"):
        read_piece(shown)
