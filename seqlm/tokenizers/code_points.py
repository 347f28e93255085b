"""Text as an array of code points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import InputError

CODE_POINTS = 0x110000


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of ``text``, (characters,).

    Raises:
        InputError: half of a surrogate pair, which is no character; no text file can hold one, but
            an argument that is not UTF-8 does.
    """
    try:
        return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise InputError(
            f"the text holds U+{code:04X}, which is no character", "a text in UTF-8"
        ) from error
