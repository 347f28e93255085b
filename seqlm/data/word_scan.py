"""From UTF-8 text to word ids in one pass, without a Python object for each word.

Words are what ``str.split`` finds. They are looked up in an open hash table that is compiled
together with the loop over the bytes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import kernel, part
from seqlm.compiled.memory import (
    load_byte,
    load_long,
    store_byte,
    store_int,
    store_long,
)
from seqlm.data.windows import END_OF_SENTENCE
from seqlm.errors import InputError

MAX_WORDS = 1 << 26
"""Different words; more would need several gigabytes and hold nothing that is worth a vector."""

_LETTER, _SPACE, _NEWLINE, _C2, _E1, _E2, _E3 = range(7)
NUM_WORDS, NUM_LETTERS, POSITION, NUM_IDS = range(4)
_EMPTY, _LONG = -1, 1 << 32
_ONES, _HIGH, _BLACK = (np.uint64(0x0101010101010101 * n) for n in (0x01, 0x80, 0x21))
_MIX = np.uint64(0x9E3779B97F4A7C15)
_U1, _U7, _U32, _U56 = map(np.uint64, (1, 7, 32, 56))
_ZERO, _ALL = np.uint64(0), np.uint64(2**64 - 1)


class Places(NamedTuple):
    """Where everything lies that a scan uses.

    Attributes:
        text: the bytes, eight newlines behind them.
        kinds: what each byte can be, see ``_kinds``.
        slots: pairs of a key and a word (more than ``last``), or ``_EMPTY`` for the word.
        last: number of slots, less one.
        ends: of each word's letters.
        letters: of all words.
        counts: of each word.
    """

    text: int
    kinds: int
    slots: int
    last: int
    ends: int
    letters: int
    counts: int


def _kinds() -> NDArray[np.uint8]:
    """What a byte is: part of a word, white space, or perhaps the first byte of white space."""
    kinds = np.zeros(256, np.uint8)
    kinds[[9, 11, 12, 13, 28, 29, 30, 31, 32]] = _SPACE
    kinds[10] = _NEWLINE
    kinds[[0xC2, 0xE1, 0xE2, 0xE3]] = [_C2, _E1, _E2, _E3]
    return kinds


class WordTable:
    """The different words of a text and how often each occurs, numbered as they are met.

    Attributes:
        counts: occurrences of each word.
    """

    def __init__(self) -> None:
        self._slots = np.full((1 << 16, 2), _EMPTY, np.int64)
        self._ends = np.zeros(1 << 15, np.int64)
        self._counts = np.zeros(1 << 15, np.int64)
        self._letters = np.empty(1 << 19, np.uint8)
        self._state = np.zeros(4, np.int64)
        self._kinds = _kinds()

    def __len__(self) -> int:
        return int(self._state[NUM_WORDS])

    @property
    def counts(self) -> NDArray[np.int64]:
        return self._counts[: len(self)]

    def word(self, number: int) -> bytes:
        """The UTF-8 bytes of a word."""
        first = self._ends[number - 1] if number else 0
        return self._letters[first : self._ends[number]].tobytes()

    def scan(self, text: bytes) -> NDArray[np.int32]:
        """The numbers of the words of ``text``, ``END_OF_SENTENCE`` for each newline.

        Raises:
            InputError: there are too many different words.
        """
        padded = text + 8 * b"\n"  # eight bytes are read at a time
        data = np.frombuffer(padded, np.uint8)
        ids = np.empty(len(text) // 2 + 2, np.int32)
        self._state[POSITION] = self._state[NUM_IDS] = 0
        while not _scan(
            data,
            self._kinds,
            self._slots,
            self._ends,
            self._letters,
            self._counts,
            self._state,
            ids,
        ):
            self._grow(len(data))
        return ids[: self._state[NUM_IDS]]

    def _grow(self, num_bytes: int) -> None:
        """Make room in whatever is full."""
        if len(self) >= MAX_WORDS:
            raise InputError(
                f"the text has more than {MAX_WORDS:,} different words",
                "divide it into words, or train on a part of it: head -n 10000000 FILE | seqlm ...",
            )
        if len(self) == len(self._counts):
            self._ends = np.concatenate([self._ends, np.zeros_like(self._ends)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            before, self._slots = self._slots, np.full((4 * len(self), 2), _EMPTY, np.int64)
            _move_slots(before, self._slots)
        else:
            room = np.empty(max(num_bytes, len(self._letters)), np.uint8)
            self._letters = np.concatenate([self._letters, room])


@part
def _white(at: Any, kinds: Any) -> Any:
    """How many bytes of white space begin at the address ``at``."""
    kind = load_byte(kinds + load_byte(at))
    if kind == _LETTER:
        return 0
    if kind in (_SPACE, _NEWLINE):
        return 1
    second, third = load_byte(at + 1), load_byte(at + 2)
    if kind == _C2:
        return 2 if second == 0x85 or second == 0xA0 else 0
    if kind == _E1:
        return 3 if second == 0x9A and third == 0x80 else 0
    if kind == _E3:
        return 3 if second == 0x80 and third == 0x80 else 0
    if second == 0x80:
        marks = third == 0xA8 or third == 0xA9 or third == 0xAF
        return 3 if marks or 0x80 <= third <= 0x8A else 0
    return 3 if second == 0x81 and third == 0x9F else 0


@part
def _word_end(at: Any, kinds: Any) -> Any:
    """Where the word that begins at the address ``at`` ends."""
    while True:
        x = np.uint64(load_long(at))
        # The lowest marked byte is the first below 0x21; those above it may be marked wrongly.
        marks = (x - _BLACK) & ~x & _HIGH
        before = (marks & (_ZERO - marks)) - _U1 if marks != _ZERO else _ALL
        if (x & before & _HIGH) != _ZERO:  # not plain ASCII up to there
            if _white(at, kinds) > 0:
                return at
            at += 1
        elif marks == _ZERO:
            at += 8
        else:
            at += np.int64((((before >> _U7) & _ONES) * _ONES) >> _U56)
            if _white(at, kinds) > 0:
                return at
            at += 1


@part
def _key(first: Any, end: Any) -> Any:
    """The bytes of a word of at most eight; of a longer one a number that others may share."""
    code = _ZERO
    for at in range(first, end, 8):
        x = np.uint64(load_long(at))
        if end - at < 8:
            x &= (_U1 << np.uint64(8 * (end - at))) - _U1
        code = (code ^ (code >> _U32)) * _MIX ^ x
    return code


@part
def _slot(key: Any, last: Any) -> Any:
    """Where to begin to look for a key."""
    mixed = key * _MIX
    return np.int64(mixed ^ (mixed >> _U32)) & last


@kernel
def _scan(
    data: Any,
    kinds: Any,
    slots: Any,
    ends: Any,
    letters: Any,
    counts: Any,
    state: Any,
    ids: Any,
) -> bool:
    """Go on from ``state`` to the end of the text; False where a table is full."""
    places = Places(
        data.ctypes.data,
        kinds.ctypes.data,
        slots.ctypes.data,
        slots.shape[0] - 1,
        ends.ctypes.data,
        letters.ctypes.data,
        counts.ctypes.data,
    )
    end_of_text = places.text + data.shape[0] - 8
    at = places.text + state[POSITION]
    first_id = to = ids.ctypes.data
    to += 4 * state[NUM_IDS]
    num, used = state[NUM_WORDS], state[NUM_LETTERS]
    full = False
    while at < end_of_text:
        white = _white(at, places.kinds)
        if white > 0:
            if load_byte(at) == 10:
                store_int(to, END_OF_SENTENCE)
                to += 4
            at += white
            continue
        end = _word_end(at, places.kinds)
        word = _find(at, end, num, places)
        if word == num:
            full = num == ends.shape[0] or used + end - at > letters.shape[0]
            if full:
                break
            for index in range(end - at):
                store_byte(places.letters + used + index, load_byte(at + index))
            used += end - at
            store_long(places.ends + 8 * num, used)
            num += 1
            _enter(at, end, word, places)
        store_long(places.counts + 8 * word, load_long(places.counts + 8 * word) + 1)
        store_int(to, word)
        to += 4
        at = end
    state[POSITION], state[NUM_IDS] = at - places.text, (to - first_id) >> 2
    state[NUM_WORDS], state[NUM_LETTERS] = num, used
    return not full


@part
def _find(first: Any, end: Any, num: Any, places: Any) -> Any:
    """The number of the word between two addresses; ``num`` if it is new."""
    kind = _LONG if end - first > 8 else 0
    key = _key(first, end)
    slot = _slot(key, places.last)
    while True:
        address = places.slots + 16 * slot
        found = load_long(address + 8)
        if found == _EMPTY:
            return num
        if load_long(address) == np.int64(key) and (found & _LONG) == kind:
            word = found & (_LONG - 1)
            if kind == 0 or _same(first, end, word, places):
                return word
        slot = (slot + 1) & places.last


@part
def _same(first: Any, end: Any, word: Any, places: Any) -> Any:
    """Whether a word is this one, letter by letter."""
    begin = load_long(places.ends + 8 * word - 8) if word > 0 else 0
    if load_long(places.ends + 8 * word) - begin != end - first:
        return False
    index = 0
    begin += places.letters
    while first + index < end and load_byte(begin + index) == load_byte(first + index):
        index += 1
    return first + index == end


@part
def _enter(first: Any, end: Any, word: Any, places: Any) -> None:
    """Put a new word into the first empty slot for it."""
    key = _key(first, end)
    slot = _slot(key, places.last)
    while load_long(places.slots + 16 * slot + 8) != _EMPTY:
        slot = (slot + 1) & places.last
    store_long(places.slots + 16 * slot, np.int64(key))
    store_long(places.slots + 16 * slot + 8, word | (_LONG if end - first > 8 else 0))


@kernel
def _move_slots(before: Any, slots: Any) -> None:
    """Enter all words into a larger, empty table."""
    last = slots.shape[0] - 1
    for index in range(before.shape[0]):
        if before[index, 1] != _EMPTY:
            slot = _slot(np.uint64(before[index, 0]), last)
            while slots[slot, 1] != _EMPTY:
                slot = (slot + 1) & last
            slots[slot, 0], slots[slot, 1] = before[index, 0], before[index, 1]
