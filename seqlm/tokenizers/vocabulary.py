"""The vocabulary of word and character tokenizers: counted, cut, sorted by frequency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from seqlm.errors import InputError
from seqlm.tokenizers.pieces import read_piece, show_piece
from seqlm.tokenizers.tokenizer import END, END_ID, FIRST_ID, UNKNOWN, UNKNOWN_ID, check_ids


class _Ids(dict[str, int]):
    """Entry to id; what is not there is the unknown token."""

    def __missing__(self, key: str) -> int:
        return UNKNOWN_ID


class Vocabulary:
    """Entries with the ids from 2 on, in their order.

    Attributes:
        entries: the words or characters.
        ids: entry to id; any other string gives 1.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = tuple(entries)
        self.ids = _Ids(zip(self.entries, range(FIRST_ID, len(self) + FIRST_ID), strict=False))
        self._texts = (END, UNKNOWN, *self.entries)

    def __len__(self) -> int:
        """How many ids there are, the end and the unknown token included."""
        return len(self.entries) + FIRST_ID

    def texts(self, ids: Sequence[int]) -> list[str]:
        """Each id's text, ``</s>`` and ``<unk>`` included."""
        check_ids(ids, len(self))
        return list(map(self._texts.__getitem__, ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Each id as it is shown."""
        check_ids(ids, len(self))
        return list(map(self._shown.__getitem__, ids))

    @cached_property
    def _shown(self) -> list[str]:
        return [show_piece(text) for text in self._texts]

    def piece_ids(self, pieces: Sequence[str]) -> list[int]:
        """The ids of shown pieces; an unknown one is ``<unk>`` and nothing else."""
        return [self._piece_id(piece) for piece in pieces]

    def _piece_id(self, piece: str) -> int:
        found = self.ids[read_piece(piece)]
        if found == UNKNOWN_ID and piece != UNKNOWN:
            if piece == END:
                return END_ID
            raise InputError(f"the tokenizer has no piece {piece!r}", "tokenize, to see its pieces")
        return found


def cut_vocabulary(
    counts: Mapping[str, int], vocab_size: int | None, min_count: int
) -> tuple[Vocabulary, list[str]]:
    """Keep what occurs at least ``min_count`` times, the most frequent first, at most so many.

    Entries of equal count stay in the order of ``counts``.

    Returns:
        The vocabulary, and a note on what was left out.

    Raises:
        InputError: ``vocab_size`` leaves no room for an entry, or nothing is frequent enough.
    """
    if vocab_size is not None and vocab_size <= FIRST_ID:
        raise InputError(
            f"a vocabulary of {vocab_size} has no room beside {END} and {UNKNOWN}",
            "--vocab-size 1000",
        )
    often = [entry for entry, count in counts.items() if count >= min_count]
    if not often:
        raise InputError(f"nothing occurs {min_count} times in this text", "--min-count 1")
    kept = sorted(often, key=counts.__getitem__, reverse=True)
    if vocab_size is not None:
        kept = kept[: vocab_size - FIRST_ID]
    notes = []
    if vocab_size is not None and len(kept) < vocab_size - FIRST_ID:
        notes.append(
            f"the vocabulary has {len(kept) + FIRST_ID:,} entries, not {vocab_size:,}: "
            "the text has no more"
        )
    if len(kept) < len(counts):
        covered = sum(counts[entry] for entry in kept) / sum(counts.values())
        notes.append(
            f"{len(kept):,} of {len(counts):,} are in the vocabulary; "
            f"{1 - covered:.2%} of the text is unknown"
        )
    return Vocabulary(kept), notes
