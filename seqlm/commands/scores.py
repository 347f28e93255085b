"""The rows that ``score`` shows, from scored blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from seqlm.evaluation import ScoredBlock, lines_of, token_pieces, word_pieces
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer

_PIECE = ("line", "position", "text", "log_prob", "surprisal", "unknown")
COLUMNS = {
    "line": ("line", "log_prob", "tokens", "words", "unknown"),
    "word": _PIECE,
    "token": _PIECE,
}
Row = dict[str, Any]


def rows(scored: Iterable[ScoredBlock], tokenizer: Tokenizer, per: str) -> Iterator[list[Row]]:
    """The rows of each block; lines and positions count from 1.

    A line longer than a block comes in parts: its words and tokens are given as they come, its own
    row when it has ended.
    """
    number, position = 1, 0
    total: Row = _empty(number)
    for block in scored:
        made: list[Row] = []
        for line, ids, log_probs in lines_of(block):
            if per == "line":
                total["log_prob"] += math.fsum(log_probs)
                total["tokens"] += int((ids != END_ID).sum())
                total["words"] += len(line.split())
                total["unknown"] += int((ids == UNKNOWN_ID).sum())
            else:
                pieces = (
                    word_pieces(tokenizer, line, ids, log_probs)
                    if per == "word"
                    else token_pieces(tokenizer, ids, log_probs)
                )
                for piece in pieces:
                    position += 1
                    made.append(_piece_row(number, position, piece))
            if len(ids) and ids[-1] == END_ID:
                if per == "line":
                    made.append(total)
                number, position = number + 1, 0
                total = _empty(number)
        yield made


def _empty(number: int) -> Row:
    return {"line": number, "log_prob": 0.0, "tokens": 0, "words": 0, "unknown": 0}


def _piece_row(number: int, position: int, piece: Any) -> Row:
    return {
        "line": number,
        "position": position,
        "text": piece.text,
        "log_prob": piece.log_prob,
        "surprisal": -piece.log_prob / math.log(2),
        "unknown": piece.unknown,
    }
