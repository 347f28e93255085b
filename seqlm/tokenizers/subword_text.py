"""Text as sentencepiece sees it, without loss, and where its pieces end in the text.

sentencepiece writes a space as U+2581, so a U+2581 of the text has to be something else: U+E000
U+E002; and U+E000 becomes U+E000 U+E001. Each line gets one space in front, so that its first word
is the same piece as anywhere else; decoding takes one space away.
"""

from __future__ import annotations

import re

SPACE = "\u2581"
ESCAPE = "\ue000"

_SPECIAL = re.compile(f"[{SPACE}{ESCAPE}]")
_ESCAPED = re.compile(f"{ESCAPE}[\ue001\ue002]")


def to_model_text(line: str, continues: bool = False) -> str:
    """The text that sentencepiece encodes for ``line``; an empty line stays empty."""
    if not line:
        return ""
    if SPACE in line or ESCAPE in line:
        line = _SPECIAL.sub(lambda m: ESCAPE + ("\ue002" if m[0] == SPACE else "\ue001"), line)
    return line if continues else " " + line


def from_model_text(text: str) -> str:
    """The line of which ``text``, its spaces still U+2581, is the encoding."""
    text = text.replace(SPACE, " ").removeprefix(" ")
    if ESCAPE in text:
        text = _ESCAPED.sub(lambda m: SPACE if m[0][1] == "\ue002" else ESCAPE, text)
    return text


def line_offsets(line: str) -> list[int]:
    """For each place between characters of ``to_model_text(line)``, the place in ``line``.

    The place inside an escape is the one before the character that is escaped, and so is the
    place before the added space.
    """
    if not line:
        return [0]
    places = [0]
    for place, character in enumerate(line):
        places += [place, place] if character in (SPACE, ESCAPE) else [place]
    return [*places, len(line)]
