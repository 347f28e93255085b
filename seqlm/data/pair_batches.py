"""Pairs in batches of similar lengths, counted in tokens."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from seqlm.data.padding import padded
from seqlm.data.pair_store import PairStore
from seqlm.tokenizers.tokenizer import END_ID

WIDTH = 4
"""Widths are multiples of it. A matrix kernel is compiled for each new shape, so few may occur."""
_ROWS = 8
_TOKENS = 64


class PairBatch(NamedTuple):
    """Some pairs, padded.

    Attributes:
        source: (batch, source), int64, each row ended and padded by ``END_ID``.
        lengths: tokens of each source, its end counted, (batch,).
        inputs: what the decoder reads, (batch, target): ``END_ID`` and the target.
        targets: what it is to say, (batch, target): the target and ``END_ID``.
        real: which of the flattened targets are no padding, (tokens or a few more,).
        num_tokens: how many those are; the rest of ``real`` only fills it up.
    """

    source: Tensor
    lengths: Tensor
    inputs: Tensor
    targets: Tensor
    real: Tensor
    num_tokens: int

    def to(self, device: torch.device) -> PairBatch:
        """The same on a device."""
        source, lengths, inputs, targets, real = (tensor.to(device) for tensor in self[:5])
        return PairBatch(source, lengths, inputs, targets, real, self.num_tokens)


class PairBatches:
    """Batches without end, epoch after epoch.

    Pairs are put in order of their lengths, rounded up to a multiple of ``WIDTH``: first the
    target's, then the source's, and pairs of equal lengths as they happen to fall. The row is cut
    into batches of about ``batch_tokens``, and these are shuffled. An epoch's plan is a function of
    seed and epoch, and a step is a function of its number, so a resumed run reads what the stopped
    one would have read. Every epoch has the same shapes.

        target lengths 3 7 4 8 4, batch_tokens 16 -> (3 4 4) (7 8), then shuffled

    Args:
        pairs: the pairs.
        batch_tokens: rows times width of the wider side, at the most; one pair may have more.
        seed: of the order.
        reverse_source: sources are read from their last token to their first.
        shuffled: else batches stay in order of their length.
    """

    def __init__(
        self,
        pairs: PairStore,
        batch_tokens: int,
        seed: int,
        *,
        reverse_source: bool = False,
        shuffled: bool = True,
    ) -> None:
        self.pairs = pairs
        self._seed = seed
        self._reverse = reverse_source
        self._shuffled = shuffled
        self._widths = -(-pairs.lengths // WIDTH)  # in units of WIDTH, (2, pairs)
        in_order = self._widths[:, np.lexsort(self._widths)]
        self._cuts = _cut(WIDTH * in_order.max(0), batch_tokens)
        self._planned: tuple[int, list[NDArray[np.int64]]] = (-1, [])

    @property
    def steps_per_epoch(self) -> int:
        """How many batches read every pair once."""
        return len(self._cuts) + 1

    def plan(self, epoch: int) -> list[NDArray[np.int64]]:
        """The pairs of each batch of an epoch."""
        draw = np.random.default_rng([self._seed, epoch])
        order = np.lexsort((draw.random(len(self.pairs)), *self._widths))
        batches = np.split(order, self._cuts)
        if not self._shuffled:
            return batches
        return [batches[number] for number in draw.permutation(len(batches))]

    def batch(self, step: int) -> PairBatch:
        """The batch of one step, counted from the first step of the first epoch."""
        epoch, number = divmod(step, self.steps_per_epoch)
        if self._planned[0] != epoch:
            self._planned = epoch, self.plan(epoch)
        return self._gathered(self._planned[1][number])

    def _gathered(self, numbers: NDArray[np.int64]) -> PairBatch:
        sources = self.pairs.rows(0, numbers)
        if self._reverse:
            sources = [row[::-1] for row in sources]
        source, lengths = padded(sources, multiple=WIDTH)
        targets, target_lengths = padded(self.pairs.rows(1, numbers), multiple=WIDTH)
        inputs = torch.roll(targets, 1, 1)
        inputs[:, 0] = END_ID
        real = (torch.arange(targets.shape[1]) < target_lengths[:, None]).flatten().nonzero()[:, 0]
        filled = F.pad(real, (0, -len(real) % _TOKENS))
        return PairBatch(source, lengths, inputs, targets, filled, len(real))


def _cut(widths: NDArray[np.int64], batch_tokens: int) -> list[int]:
    """Where to divide pairs of these widths into batches; a multiple of 8 rows where that fits.

    Args:
        widths: of the wider side of each pair, about ascending.
        batch_tokens: rows times the widest, at the most.
    """
    cuts: list[int] = []
    start = 0
    while start < len(widths):
        rows = batch_tokens // int(widths[start])
        widest = int(widths[start : start + max(1, rows)].max())
        rows = max(1, batch_tokens // widest)
        start += rows - rows % _ROWS if rows > _ROWS else rows
        cuts.append(start)
    return cuts[:-1]
