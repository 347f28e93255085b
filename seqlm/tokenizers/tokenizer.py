"""What every tokenizer offers, and the ids that mean the same in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from seqlm.config import Normalization, TokenizerKind
from seqlm.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

END_ID = 0
UNKNOWN_ID = 1
FIRST_ID = 2
"""The first id that a vocabulary gives away."""
END = "</s>"
UNKNOWN = "<unk>"


class Tokenizer(Protocol):
    """Text to ids and back. Ids run from 0 to ``vocab_size - 1``.

    0 is the end of a line, and the first input of a stream; 1 is the unknown token; the rest is
    sorted by frequency in the training text. Texts are single lines; each method normalises what
    it is given, which costs nothing for text that a ``Corpus`` gave.
    """

    @property
    def kind(self) -> TokenizerKind: ...
    @property
    def vocab_size(self) -> int: ...
    @property
    def normalization(self) -> Normalization: ...

    def encode(self, text: str) -> list[int]:
        """The ids of one line, without the end."""
        ...

    def encode_lines(
        self, lines: Sequence[str], continues: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of many lines, fast.

        Args:
            lines: any number of lines.
            continues: the first one goes on from a line whose start was encoded before.

        Returns:
            All ids one after the other, without ends, (tokens,), and how many each line has,
            (lines,).
        """
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ``ids``; ``END_ID`` gives a newline. Any ids in range give some text."""
        ...

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Each token as it is shown: no white space in it, and nothing lost.

        A space is ``▁``; other white space, control characters, a ``▁`` of the text and the
        backslash are backslash escapes; a byte of a character that is no piece is ``<0xEA>``.
        """
        ...

    def piece_ids(self, pieces: Sequence[str]) -> list[int]:
        """The inverse of ``pieces``.

        Raises:
            InputError: a piece that this tokenizer does not have.
        """
        ...

    def end_offsets(self, text: str) -> list[int]:
        """For each token of ``encode(text)``, where it ends, in characters of ``text``.

        A token that ends inside a character ends where that character begins. ``text`` has to be
        normalised already, as the lines of a ``Corpus`` are.
        """
        ...

    def to_files(self) -> dict[str, bytes]:
        """The files that ``load_tokenizer`` reads: name to content."""
        ...


def check_ids(ids: Sequence[int], vocab_size: int) -> None:
    """Refuse ids that the vocabulary does not have.

    Raises:
        InputError: an id below 0, or not below ``vocab_size``.
    """
    if len(ids) and (min(ids) < 0 or max(ids) >= vocab_size):
        wrong = next(i for i in ids if not 0 <= i < vocab_size)
        raise InputError(f"there is no token {wrong}", f"ids from 0 to {vocab_size - 1}")


def split_lines(ids: Sequence[int]) -> list[list[int]]:
    """Divide a stream of ids at each ``END_ID``: one list more than there are ends."""
    lines: list[list[int]] = [[]]
    for i in ids:
        if i == END_ID:
            lines.append([])
        else:
            lines[-1].append(i)
    return lines
