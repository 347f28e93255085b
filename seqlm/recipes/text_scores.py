"""Whatever gives text probabilities: a language model, or several that share no tokenizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqlm.data.blocks import Block
from seqlm.evaluation import Context, Figures, ScoredBlock, Tally, lines_of
from seqlm.tokenizers import Tokenizer

_LINES_AT_ONCE = 1000


class TextScores(ABC):
    """The probabilities of texts.

    Attributes:
        tokenizer: divides a text into the events that are counted.
        path: the folder or file it was loaded from, None for one that was never saved.
        needs_torch: whether scoring asks torch for anything; numpy can do n-grams alone.
    """

    tokenizer: Tokenizer
    path: Path | None
    needs_torch: bool = True

    @abstractmethod
    def scored(
        self,
        blocks: Iterable[Block],
        *,
        context: Context = "stream",
        batch_size: int = 32,
        chunk_length: int = 256,
    ) -> Iterator[ScoredBlock]:
        """Score the blocks of one text, in order, as they come."""

    def perplexity(self, lines: Iterable[str], *, context: Context = "stream") -> Figures:
        """The figures of a text.

        Args:
            lines: without line ends.
            context: ``stream`` lets the state run on from line to line.
        """
        tally = Tally()
        for scored in self.scored(as_blocks(lines), context=context):
            tally.add(scored)
        return tally.figures()

    def score(self, lines: Iterable[str], *, context: Context = "stream") -> list[float]:
        """The natural-log probability of each line, its end included."""
        return [
            float(log_probs.sum())
            for scored in self.scored(as_blocks(lines), context=context)
            for _, _, log_probs in lines_of(scored)
        ]


def as_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Lines that a program holds, as the blocks that a file is read in."""
    waiting: list[str] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == _LINES_AT_ONCE:
            yield _block(waiting)
            waiting = []
    if waiting:
        yield _block(waiting)


def _block(lines: list[str]) -> Block:
    num_bytes = sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines)
    return Block(lines, continues=False, open_end=False, num_bytes=num_bytes)
