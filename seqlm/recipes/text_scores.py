"""Whatever gives text probabilities: a language model, or several that share no tokenizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from seqlm.data.blocks import Block
from seqlm.evaluation import Context, Figures, ScoredBlock, Tally, lines_of
from seqlm.recipes.choose import Choice, Question, ranked_choices
from seqlm.recipes.nbest import Hypothesis
from seqlm.recipes.rescore import Rescored, Weights, ranked
from seqlm.tokenizers import Tokenizer

_LINES_AT_ONCE = 1000
_GROUPS_AT_ONCE = 64
Group = TypeVar("Group")


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

    def score(
        self, lines: Iterable[str], *, context: Context = "stream", batch_size: int = 32
    ) -> list[float]:
        """The natural-log probability of each line, its end included.

        Args:
            lines: without line ends.
            context: ``stream`` lets the state run on from line to line.
            batch_size: lines at once, where each starts afresh.
        """
        blocks = as_blocks(lines)
        return [
            float(log_probs.sum())
            for scored in self.scored(blocks, context=context, batch_size=batch_size)
            for _, _, log_probs in lines_of(scored)
        ]

    def score_groups(
        self, groups: Iterable[Group], lines: Callable[[Group], list[str]], batch_size: int = 32
    ) -> Iterator[tuple[Group, NDArray[np.float64]]]:
        """Score lines that belong together, many groups at a time; each line starts afresh.

        Args:
            groups: anything that stands for some lines.
            lines: of a group, without line ends.
            batch_size: lines at once.

        Returns:
            Each group with the natural-log probabilities of its lines, ends included, (lines,).
        """
        waiting = iter(groups)
        while some := list(islice(waiting, _GROUPS_AT_ONCE)):
            parts = [lines(group) for group in some]
            flat = [line for part in parts for line in part]
            log_probs = np.array(self.score(flat, context="line", batch_size=batch_size))
            ends = np.cumsum([len(part) for part in parts])[:-1]
            yield from zip(some, np.split(log_probs, ends), strict=True)

    def choose(self, text: str, candidates: Sequence[str]) -> list[Choice]:
        """Which of ``candidates`` belongs into the blank of ``text``, the most probable first.

        Args:
            text: a line with one ``___`` in it.
            candidates: what may stand there.
        """
        filled = Question(1, text, tuple(candidates)).filled
        return ranked_choices(candidates, self.score(filled, context="line"))

    def rescore(
        self,
        texts: Sequence[str],
        scores: Sequence[float] | None = None,
        *,
        lm_weight: float = 1.0,
        word_bonus: float = 0.0,
    ) -> list[Rescored]:
        """Re-rank the texts of one n-best list.

        Args:
            texts: without line ends.
            scores: of whatever made the list, higher is better; none is zero for all.
            lm_weight: of the natural-log probability of a text as a line of its own.
            word_bonus: added for each word.
        """
        own = [0.0] * len(texts) if scores is None else scores
        pairs = zip(texts, own, strict=True)
        hypotheses = [Hypothesis("", text, score) for text, score in pairs]
        log_probs = np.array(self.score(texts, context="line"))
        return ranked((hypotheses, log_probs), Weights(lm_weight, word_bonus))


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
