"""Mixtures of models that share no tokenizer: what they mix is the probability of a whole line."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqlm.data.blocks import Block
from seqlm.evaluation import Context, ScoredBlock, lines_of
from seqlm.models.mixture_weights import mixed_log_probs
from seqlm.recipes.mixture_folder import lines_only
from seqlm.recipes.text_scores import TextScores


class LineMixture(TextScores):
    """P(line) = sum over the members of weight * P_member(line).

    Its events are the first member's tokens: they are what is counted, and a line's log-probability
    is spread over them in that member's proportions, so only a line's sum means anything.

    Args:
        members: models that read the same Unicode form.
        weights: how much of the mixture each of them is, (members,); they sum to one.
        path: its folder, None for one that was never saved.
    """

    def __init__(
        self, members: Sequence[TextScores], weights: Sequence[float], path: Path | None = None
    ) -> None:
        self.members = tuple(members)
        self.weights = np.array(weights)
        self.tokenizer = members[0].tokenizer
        self.path = path
        self.needs_torch = any(member.needs_torch for member in members)

    def scored(
        self,
        blocks: Iterable[Block],
        *,
        context: Context = "stream",
        batch_size: int = 32,
        chunk_length: int = 256,
    ) -> Iterator[ScoredBlock]:
        """Score the blocks of one text, in order, as they come."""
        copies = itertools.tee(blocks, len(self.members))
        read = [
            member.scored(copy, context=context, batch_size=batch_size, chunk_length=chunk_length)
            for member, copy in zip(self.members, copies, strict=True)
        ]
        # Of the line that spans blocks: its sum so far under each member, and what was given.
        begun, given = np.zeros(len(self.members)), 0.0
        for parts in zip(*read, strict=True):
            sums = np.stack([_line_sums(scored) for scored in parts])
            first = sums[0].copy()
            sums[:, 0] += begun
            values = mixed_log_probs(sums, self.weights)
            values[0] -= given
            values[first == 0] = 0.0  # a part without a token; the rest of its line makes up for it
            alone = given if len(values) == 1 else 0.0
            open_end = parts[0].block.open_end
            begun = sums[:, -1] if open_end else np.zeros(len(self.members))
            given = alone + float(values[-1]) if open_end else 0.0
            yield _with_line_sums(parts[0], first, values)

    def generate(self, prompt: str = "", **options: object) -> None:
        """Refused: there is no next token to draw.

        Raises:
            ModelError: always.
        """
        raise lines_only(self.path)


def _line_sums(scored: ScoredBlock) -> NDArray[np.float64]:
    """The log-probability of each line of a block, (lines,)."""
    return np.array([log_probs.sum() for _, _, log_probs in lines_of(scored)])


def _with_line_sums(
    scored: ScoredBlock, before: NDArray[np.float64], wanted: NDArray[np.float64]
) -> ScoredBlock:
    """``scored`` with its lines' sums, which are ``before``, scaled to ``wanted``."""
    factors = wanted / np.where(before == 0, 1.0, before)
    return replace(scored, log_probs=scored.log_probs * np.repeat(factors, scored.lengths))
