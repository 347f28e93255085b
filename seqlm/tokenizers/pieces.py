"""How a piece of text is shown so that pieces can be told apart and nothing is lost."""

from __future__ import annotations

import re

from seqlm.errors import InputError

SPACE = "\u2581"  # sentencepiece's sign for a space

# White space, control characters, the backslash and the sign itself.
_HIDDEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\" + SPACE + "]")
_ESCAPE = re.compile(r"\\(?:(\\)|x([0-9a-f]{2})|u([0-9a-f]{4})|(.?))", re.DOTALL)


def show_piece(text: str) -> str:
    """``text`` without white space: a space is ``▁``, and what is hidden a backslash escape."""
    return _HIDDEN.sub(_shown, text)


def read_piece(shown: str) -> str:
    """The text of which ``shown`` is the display.

    Raises:
        InputError: a backslash that begins no escape.
    """
    return _ESCAPE.sub(_meant, shown.replace(SPACE, " "))


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if character == " ":
        return SPACE
    if character == "\\":
        return "\\\\"
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _meant(match: re.Match[str]) -> str:
    if match[1]:
        return "\\"
    if match[4] is not None:
        raise InputError(
            f"{match.string!r} is not a piece: {match[0]!r} is no escape", r"\\ for \ "
        )
    return chr(int(match[2] or match[3], 16))
