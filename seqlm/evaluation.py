"""Scoring text: every token once, whatever the batch size, chunk length or block it came in.

The events are the tokens of a line and one end-of-line symbol; the first event of a text follows an
end-of-line symbol, as if a line had just ended. With context ``stream`` the state runs on from line
to line; with ``line`` each line starts afresh.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from seqlm.data.blocks import Block
from seqlm.models.ngram_table import NgramTable
from seqlm.state import State, select_rows
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer
from seqlm.tokenizers.events import events

if TYPE_CHECKING:
    import torch

    from seqlm.models.language_model import LanguageModel

Context = Literal["stream", "line"]
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class ScoredBlock:
    """A block of text with the log-probability of each of its events.

    Attributes:
        block: the text.
        ids: the events, (events,): each line's tokens, and END_ID where a line ends.
        log_probs: their natural-log probabilities, (events,), float64.
        lengths: events of each line of the block, (lines,).
    """

    block: Block
    ids: NDArray[np.int64]
    log_probs: NDArray[np.float64]
    lengths: NDArray[np.int64]


class BlockScorer(Protocol):
    """Scores the blocks of one text in order."""

    def score(self, block: Block) -> ScoredBlock:
        """The next block of the text, scored."""


class TableScorer:
    """A ``BlockScorer`` for a table of n-grams: whole blocks at once, without torch.

    What an n-gram is predicted from never goes back beyond the line, so there is no choice of
    context, and every batch size and chunk length gives the same.

    Args:
        table: the n-grams.
        tokenizer: their tokenizer.
    """

    def __init__(self, table: NgramTable, tokenizer: Tokenizer) -> None:
        self.table = table
        self.tokenizer = tokenizer
        self._contexts = table.before_text()

    def score(self, block: Block) -> ScoredBlock:
        """The next block of the text, scored."""
        ids, lengths = events(self.tokenizer, block)
        log_probs, _, self._contexts = self.table.score_after(ids, self._contexts)
        return ScoredBlock(block, ids, log_probs.astype(np.float64), lengths)


class Scorer:
    """A ``BlockScorer`` for any language model.

    Args:
        model: any language model.
        tokenizer: its tokenizer.
        context: what a line is predicted from.
        chunk_length: tokens that the model reads at once.
        batch_size: lines at once, where lines start afresh; a stream is one line after the other.
        device: where the model is.
    """

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        *,
        context: Context = "stream",
        chunk_length: int = 256,
        batch_size: int = 32,
        device: torch.device | str = "cpu",
    ) -> None:
        import torch

        self.model = model
        self.tokenizer = tokenizer
        self.context = context
        self.chunk_length = chunk_length
        self.batch_size = batch_size
        self.device = torch.device(device)
        self._state: State = model.initial_state(1)
        self._last = END_ID

    def score(self, block: Block) -> ScoredBlock:
        """The next block of the text, scored."""
        import torch

        ids, lengths = events(self.tokenizer, block)
        with torch.inference_mode():
            if self.context == "stream":
                log_probs = self._run_on(ids)
            else:
                log_probs = self._line_by_line(ids, lengths, block)
        return ScoredBlock(block, ids, log_probs, lengths)

    def score_ids(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The next ids of the text, with ``END_ID`` at the end of each line, as a stream."""
        import torch

        with torch.inference_mode():
            return self._run_on(ids)

    def _run_on(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Score ``ids`` after all that was read before, and remember where it ends."""
        inputs = np.concatenate([[self._last], ids[:-1]])
        scores = np.empty(len(ids), dtype=np.float64)
        for part in _chunks(len(ids), self.chunk_length):
            chunk, self._state = self.model.score(
                self._tensor(inputs[None, part]), self._tensor(ids[None, part]), self._state
            )
            scores[part] = chunk[0].double().cpu().numpy()
        if len(ids):
            self._last = int(ids[-1])
        return scores

    def _start_afresh(self) -> None:
        self._state, self._last = self.model.initial_state(1), END_ID

    def _line_by_line(
        self, ids: NDArray[np.int64], lengths: NDArray[np.int64], block: Block
    ) -> NDArray[np.float64]:
        """Each line from the start; a line that spans blocks goes on where it was left."""
        scores = np.empty(len(ids), dtype=np.float64)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        whole = list(range(len(lengths)))
        if block.continues and whole:
            first = whole.pop(0)
            scores[: starts[1]] = self._run_on(ids[: starts[first + 1]])
        if block.open_end and whole:
            last = whole.pop()
            self._start_afresh()
            scores[starts[last] :] = self._run_on(ids[starts[last] :])
        whole.sort(key=lambda line: int(lengths[line]))
        for begin in range(0, len(whole), self.batch_size):
            self._batch_of_lines(whole[begin : begin + self.batch_size], ids, starts, scores)
        return scores

    def _batch_of_lines(
        self,
        lines: list[int],
        ids: NDArray[np.int64],
        starts: NDArray[np.int64],
        scores: NDArray[np.float64],
    ) -> None:
        """Score lines sorted by length, side by side; those that have ended leave the batch."""
        import torch

        ends = starts[np.array(lines) + 1]
        begins = starts[lines]
        longest = int((ends - begins).max())
        state = self.model.initial_state(len(lines))
        row = 0
        for start in range(0, longest, self.chunk_length):
            over = int(np.searchsorted(ends[row:] - begins[row:], start, side="right"))
            if over:
                kept = torch.arange(over, len(lines) - row, device=self.device)
                state = select_rows(state, kept)
                row += over
            width = min(self.chunk_length, longest - start)
            positions = begins[row:, None] + start + np.arange(width)
            inside = positions < ends[row:, None]
            targets = np.where(inside, ids[np.minimum(positions, len(ids) - 1)], END_ID)
            begun = inside & (positions > begins[row:, None])
            inputs = np.where(begun, ids[np.clip(positions - 1, 0, len(ids) - 1)], END_ID)
            chunk, state = self.model.score(self._tensor(inputs), self._tensor(targets), state)
            scores[positions[inside]] = chunk.double().cpu().numpy()[inside]

    def _tensor(self, ids: NDArray[np.int64]) -> torch.Tensor:
        import torch

        return torch.from_numpy(np.ascontiguousarray(ids)).to(self.device)


def _chunks(length: int, most: int) -> Iterator[slice]:
    """A long text in chunks of ``most`` tokens, what is over in powers of two.

    Kernels are compiled for each length of a chunk, and kept: with as many lengths as texts can
    leave over they took a hundred megabytes.
    """
    start = 0
    while start < length:
        rest = length - start
        size = min(rest, most) if length <= most or rest >= most else 1 << (rest.bit_length() - 1)
        yield slice(start, start + size)
        start += size


class Figures(NamedTuple):
    """What a model makes of a text; ``log_prob`` is natural and summed over all events.

    ``ppl_token`` divides by tokens + lines, ``ppl_word`` by words + lines, the bits by the text's
    characters and raw UTF-8 bytes, one line end a line. The figures ``*_known`` leave out the
    events at which the tokenizer knew the token only as unknown.
    """

    lines: int
    words: int
    tokens: int
    bytes: int
    chars: int
    unknown: int
    log_prob: float
    ppl_token: float
    ppl_word: float
    bits_per_char: float
    bits_per_byte: float
    log_prob_known: float
    ppl_token_known: float


class Tally:
    """Adds up scored blocks to the figures of one text; sums are exact to float64's rounding."""

    def __init__(self) -> None:
        self.lines = self.words = self.tokens = self.bytes = self.chars = self.unknown = 0
        self._log_prob: list[float] = []
        self._log_prob_unknown: list[float] = []

    def add(self, scored: ScoredBlock) -> None:
        """Count one more block."""
        block = scored.block
        finished = len(block.lines) - (1 if block.open_end else 0)
        unknown = scored.ids == UNKNOWN_ID
        self.lines += finished
        self.words += count_words(block)
        self.tokens += len(scored.ids) - finished
        self.bytes += block.num_bytes
        self.chars += sum(map(len, block.lines)) + finished
        self.unknown += int(unknown.sum())
        self._log_prob.append(math.fsum(scored.log_probs))
        self._log_prob_unknown.append(math.fsum(scored.log_probs[unknown]))

    def figures(self) -> Figures:
        """The figures of all that was added; a text without any event has perplexity 1."""
        log_prob = math.fsum(self._log_prob)
        known = log_prob - math.fsum(self._log_prob_unknown)
        num_events = self.tokens + self.lines
        return Figures(
            lines=self.lines,
            words=self.words,
            tokens=self.tokens,
            bytes=self.bytes,
            chars=self.chars,
            unknown=self.unknown,
            log_prob=log_prob,
            ppl_token=perplexity(log_prob, num_events),
            ppl_word=perplexity(log_prob, self.words + self.lines),
            bits_per_char=-log_prob / math.log(2) / max(1, self.chars),
            bits_per_byte=-log_prob / math.log(2) / max(1, self.bytes),
            log_prob_known=known,
            ppl_token_known=perplexity(known, num_events - self.unknown),
        )


def perplexity(log_prob: float, num_events: int) -> float:
    """exp(-log_prob / num_events); infinite where that overflows."""
    mean = -log_prob / max(1, num_events)
    return math.exp(mean) if mean < 709 else math.inf


def count_words(block: Block) -> int:
    """Whitespace-separated words that begin in this block."""
    words = sum(len(line.split()) for line in block.lines)
    # A segment is cut before a whitespace wherever there is one; elsewhere its word began before.
    going_on = block.continues and block.lines and block.lines[0][:1].strip()
    return words - 1 if going_on else words


class Piece(NamedTuple):
    """One word or token of a scored line; the last is the line's end, with the text ``</s>``."""

    text: str
    log_prob: float
    unknown: bool


def token_pieces(
    tokenizer: Tokenizer, ids: NDArray[np.int64], log_probs: NDArray[np.float64]
) -> list[Piece]:
    """Each event of a line with its log-probability."""
    texts = tokenizer.pieces(ids.tolist())
    return [
        Piece("</s>" if token == END_ID else text, float(value), bool(token == UNKNOWN_ID))
        for text, token, value in zip(texts, ids, log_probs, strict=True)
    ]


def word_pieces(
    tokenizer: Tokenizer, line: str, ids: NDArray[np.int64], log_probs: NDArray[np.float64]
) -> list[Piece]:
    """The whitespace-separated words of a line, each with the sum of its tokens.

    A space belongs to the word behind it, spaces at the end of a line to the line's end, so the
    values sum to the line's.
    """
    spans = [match.span() for match in _WORD.finditer(line)]
    word_ends = [end for _, end in spans]
    sums = [0.0] * (len(spans) + 1)
    unknown = [False] * (len(spans) + 1)
    ends = [*tokenizer.end_offsets(line), len(line) + 1]
    for token, value, end in zip(ids, log_probs, ends, strict=False):
        word = bisect_left(word_ends, end)
        sums[word] += float(value)
        unknown[word] |= bool(token == UNKNOWN_ID)
    texts = [line[start:end] for start, end in spans] + ["</s>"]
    return [Piece(*row) for row in zip(texts, sums, unknown, strict=True)]


def lines_of(scored: ScoredBlock) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.float64]]]:
    """Each line of a scored block (or its part) with its events and their values."""
    start = 0
    for line, length in zip(scored.block.lines, scored.lengths.tolist(), strict=True):
        part = slice(start, start + length)
        yield line, scored.ids[part], scored.log_probs[part]
        start += length
