"""sentencepiece's model file, a protocol buffer: just enough of it to sort the pieces.

The file is a sequence of fields, each a key (field number and wire type), a length and that many
bytes; field 1 is one piece, and a piece's id is its place among them.
"""

from __future__ import annotations

from collections.abc import Sequence

PIECE_KEY = b"\x0a"  # field 1, length-delimited


def sort_pieces(model: bytes, order: Sequence[int]) -> bytes:
    """Return ``model`` with its pieces in the order of their present ids in ``order``."""
    pieces: list[bytes] = []
    others: list[bytes] = []
    position = 0
    while position < len(model):
        start = position
        wire_type = model[start] & 7
        if wire_type != 2:
            raise ValueError(f"field of wire type {wire_type} at byte {start}")
        _, position = _varint(model, position)
        length, position = _varint(model, position)
        position += length
        (pieces if model[start : start + 1] == PIECE_KEY else others).append(model[start:position])
    if sorted(order) != list(range(len(pieces))):
        raise ValueError("the order does not name each piece once")
    return b"".join([pieces[i] for i in order] + others)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """The number of 7 bits a byte at ``position``, and the position behind it."""
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position
