"""A vocabulary that is looked up without a Python object for every word.

A million words as a list and a dict take 0.2 s to build and 150 MB; as one run of bytes they are
there as soon as they are read, and a few words are found in it by comparing bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from seqlm.errors import InputError

_SEARCHES = 64
"""Look-ups that are made by searching; a program that asks for more gets a dict."""


class WordList(Sequence[str]):
    """Different words, none of them empty, none with a line end in it.

    Args:
        data: the words in UTF-8, each with ``\\n`` behind it.

    Raises:
        InputError: the bytes are not such words. Whether they differ is not looked at.
    """

    def __init__(self, data: bytes) -> None:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            number = data.count(b"\n", 0, error.start) + 1
            raise InputError(
                f"word {number} is not valid UTF-8", "iconv -f ENCODING -t UTF-8"
            ) from error
        self._data = b"\n" + data
        self._ends: NDArray[np.int64] = np.flatnonzero(np.frombuffer(self._data, np.uint8) == 10)
        if self._ends[-1] != len(data) or (np.diff(self._ends) == 1).any():
            raise InputError("an empty word, or no line end behind the last", "one word a line")
        self._searches = 0

    @classmethod
    def of(cls, words: Iterable[str]) -> WordList:
        """The list of ``words``.

        Raises:
            InputError: a word is empty, has a line end in it, or is there twice.
        """
        words = list(words)
        if len(set(words)) < len(words):
            twice = Counter(words).most_common(1)[0][0]
            raise InputError(f"the word {twice!r} is there twice", "each word once")
        made = cls("".join(word + "\n" for word in words).encode())
        if len(made) != len(words):
            raise InputError("there is a line end in a word", "words without line ends")
        return made

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]  # counts from the end, and raises IndexError
        return self._data[self._ends[number] + 1 : self._ends[number + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._data[1:].decode().split("\n")[:-1])

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) is not None

    def find(self, word: str) -> int | None:
        """The number of ``word``, or None."""
        if self._searches >= _SEARCHES:
            return self._numbers.get(word)
        self._searches += 1
        if not word or "\n" in word:
            return None
        return self._search(np.frombuffer(word.encode("utf-8", "surrogatepass"), np.uint8))

    def _search(self, word: NDArray[np.uint8]) -> int | None:
        """Compare with all words of its length, byte by byte: as quick for the worst of lists."""
        found = np.flatnonzero(self._ends[1:] - self._ends[:-1] == len(word) + 1)
        letters = np.frombuffer(self._data, np.uint8)
        for place in range(len(word) - 1, -1, -1):
            found = found[letters[self._ends[found] + 1 + place] == word[place]]
        return int(found[0]) if len(found) else None

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self)}

    def to_bytes(self) -> bytes:
        """What the constructor takes."""
        return self._data[1:]
