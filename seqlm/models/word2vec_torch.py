"""word2vec on any device of torch: whole batches of neighbouring words, gradients written out.

The same objectives as the compiled kernels (``word2vec_skipgram``, ``word2vec_cbow``). Words that
stand a fixed distance apart are one shifted product; the negatives are shared by blocks of words,
each standing for as many draws as keep the sum's expectation. A batch's changes are added to the
tables at once; those of a word that is met very often in it are scaled down.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from seqlm.config import Word2VecOptions
from seqlm.models.chunk_learner import HELD_OUT_CHUNK, Learn
from seqlm.models.subwords import PartVectors

START = 16.0  # as in ``word2vec``
BLOCK = 16  # words that share negatives
BATCH = 128 * BLOCK  # words that are learnt at once, at most
OCCURRENCES = 16  # of the most frequent word in a batch, about
STEP = 1.6
"""What the learning rates of a word's changes in one batch may sum to. They all start from the same
vectors, so that the sum of too many overshoots, and in the end everything diverges."""
SHARED = {"skipgram": 32, "cbow": 64}  # negatives of a block


class TorchWord2Vec:
    """The tables on a device.

    Args:
        num_words: of the vocabulary, by falling frequency.
        counts: occurrences of each word, (words,).
        options: sizes and rates; words are not made of parts here.
        device: where the tables are.
    """

    def __init__(
        self,
        num_words: int,
        counts: NDArray[np.int64],
        options: Word2VecOptions,
        device: torch.device,
    ) -> None:
        self.options = options
        self.rate = options.learning_rate or (0.05 if options.arch == "cbow" else 0.025)
        self._device = device
        random = torch.Generator().manual_seed(options.seed)
        start = torch.rand(num_words, options.dim, generator=random) - 0.5
        self._inputs = (start * (START / options.dim)).to(device)
        self._outputs = torch.zeros(num_words, options.dim, device=device)
        frequency = torch.from_numpy(counts).double() / counts.sum()
        keep = torch.ones_like(frequency)
        if options.subsample > 0:
            ratio = options.subsample / frequency.clamp_min(1e-30)
            keep = (ratio.sqrt() + ratio).clamp_max(1)
        self._met = torch.zeros(num_words, device=device)
        self._keep = keep.float().to(device)
        kept = frequency * keep
        batch = int(OCCURRENCES * float(kept.sum() / kept.max())) // BLOCK * BLOCK
        self._batch = min(max(batch, BLOCK), BATCH)
        weights = torch.from_numpy(counts).double() ** 0.75
        self._noise = (weights.cumsum(0) / weights.sum()).float().to(device)

    @property
    def tables(self) -> dict[str, NDArray[np.float32]]:
        """Everything that learning changes, by name."""
        return {"inputs": self._inputs.cpu().numpy(), "outputs": self._outputs.cpu().numpy()}

    def restore(self, tables: dict[str, NDArray[np.float32]]) -> None:
        """Take up what ``tables`` gave."""
        self._inputs.copy_(torch.from_numpy(np.array(tables["inputs"])))
        self._outputs.copy_(torch.from_numpy(np.array(tables["outputs"])))

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The words' vectors, (words, dim)."""
        return np.ascontiguousarray(self._inputs.cpu().numpy())

    @property
    def parts(self) -> PartVectors | None:
        """Nothing: words are not made of parts here."""
        return None

    def loss(self, ids: NDArray[np.int32]) -> float:
        """The mean loss on a text that is not learnt from, nats a prediction."""
        total, predictions = self.learner(len(ids))(ids, 0.0, HELD_OUT_CHUNK)
        return total / max(1, predictions)

    def learner(self, longest: int) -> Learn:
        """The way to learn chunks of up to ``longest`` ids (-1 between sentences)."""

        def learn(ids: NDArray[np.int32], rate: float, chunk: int) -> tuple[float, int]:
            random = torch.Generator(self._device)
            random.manual_seed(self.options.seed * 1_000_003 + chunk)
            words, sentences, reach = self._kept(torch.from_numpy(np.array(ids)), random)
            learnt = []
            for first in range(0, len(words), self._batch):
                part = slice(first, first + self._batch)
                learnt.append(self._learn(words[part], sentences[part], reach[part], rate, random))
            if not learnt:
                return 0.0, 0
            # Asked for once a chunk: each question makes the processor wait for the device.
            loss, predictions = map(torch.stack, zip(*learnt, strict=True))
            return float(loss.double().sum()), int(predictions.sum())

        return learn

    def _kept(self, ids: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """The words that subsampling left, their sentences, and how far each one's window goes."""
        ids = ids.to(self._device).long()
        sentences = (ids < 0).cumsum(0)
        chance = torch.rand(len(ids), generator=random, device=self._device)
        stays = (ids >= 0) & (chance <= self._keep[ids.clamp_min(0)])
        words, sentences = ids[stays], sentences[stays]
        reach = torch.randint(
            1, self.options.window + 1, words.shape, generator=random, device=self._device
        )
        return words, sentences, reach

    def _learn(
        self, words: Tensor, sentences: Tensor, reach: Tensor, rate: float, random: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """One batch; its summed loss and its number of predictions."""
        skipgram = self.options.arch == "skipgram"
        x, u = self._inputs[words], self._outputs[words]
        near = self._near(sentences, reach)
        if skipgram:
            x_change, u_change, loss = _learn_pairs(x, u, near)
            weights = torch.zeros_like(x[:, 0])
            for mask in near:
                weights += _both(mask, len(words))
            hidden = x
        else:
            hidden, weights = _means(x, near)
            score = (hidden * u).sum(1)
            gradient = torch.sigmoid(-score) * weights
            x_change, u_change = gradient[:, None] * u, gradient[:, None] * hidden
            loss = -(functional.logsigmoid(score) * weights).sum()
        h_change, noise_loss, drawn, n_change = self._learn_noise(hidden, weights, random)
        x_change = x_change + h_change
        if not skipgram:
            x_change = _spread(x_change, near)
        if rate:
            self._add(self._inputs, words, x_change, weights, rate)
            self._add(self._outputs, words, u_change, weights, rate)
            noise = weights.sum() * self.options.negative / len(drawn)
            self._add(self._outputs, drawn, n_change, noise.expand(len(drawn)), rate)
        return loss + noise_loss, weights.sum()

    def _add(
        self, table: Tensor, rows: Tensor, change: Tensor, weights: Tensor, rate: float
    ) -> None:
        """Add a batch's changes; those of a row that is met very often are scaled down.

        Args:
            table: (words, dim).
            rows: of the table, (changes,), some of them several times.
            change: (changes, dim).
            weights: predictions that each change stands for, (changes,).
            rate: learning rate.
        """
        met = self._met.index_fill_(0, rows, 0.0).index_add_(0, rows, weights)
        share = (STEP / rate / met[rows]).clamp_max(1)
        table.index_add_(0, rows, change * share[:, None], alpha=rate)

    def _near(self, sentences: Tensor, reach: Tensor) -> list[tuple[Tensor, Tensor]]:
        """For each distance d: whether word i + d is in the window of i, and i in that of i + d."""
        near = []
        for distance in range(1, min(self.options.window, len(sentences) - 1) + 1):
            same = sentences[distance:] == sentences[:-distance]
            near.append(
                (same & (reach[:-distance] >= distance), same & (reach[distance:] >= distance))
            )
        return near

    def _learn_noise(
        self, hidden: Tensor, weights: Tensor, random: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Every row of a block against the block's negatives.

        Returns:
            The change of ``hidden``, the loss, the words that were drawn and their changes.
        """
        shared = SHARED[self.options.arch]
        room = -len(hidden) % BLOCK
        blocks = functional.pad(hidden, (0, 0, 0, room)).view(-1, BLOCK, hidden.shape[1])
        weight = functional.pad(weights, (0, room)).view(-1, BLOCK, 1)
        weight = weight * (self.options.negative / shared)
        chance = torch.rand(len(blocks), shared, generator=random, device=self._device)
        drawn = torch.searchsorted(self._noise, chance).clamp_max(len(self._noise) - 1)
        n = self._outputs[drawn]
        score = blocks @ n.transpose(1, 2)
        gradient = -torch.sigmoid(score) * weight
        loss = -(functional.logsigmoid(-score) * weight).sum()
        h_change = (gradient @ n).view(-1, hidden.shape[1])[: len(hidden)]
        n_change = gradient.transpose(1, 2) @ blocks
        return h_change, loss, drawn.flatten(), n_change.flatten(0, 1)


def _both(mask: tuple[Tensor, Tensor], num: int) -> Tensor:
    """How many words at one distance each of ``num`` words has in its window."""
    after, before = mask
    distance = num - len(after)
    return functional.pad(after.long(), (0, distance)) + functional.pad(
        before.long(), (distance, 0)
    )


def _learn_pairs(
    x: Tensor, u: Tensor, near: list[tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor, Tensor]:
    """Skip-gram's pairs of word and context: the changes of both tables' rows, and the loss."""
    x_change, u_change = torch.zeros_like(x), torch.zeros_like(u)
    loss = x.new_zeros(())
    for distance, (after, before) in enumerate(near, 1):
        early, late = slice(None, -distance), slice(distance, None)
        for word, context, mask in ((early, late, after), (late, early, before)):
            score = (x[word] * u[context]).sum(1)
            gradient = (torch.sigmoid(-score) * mask)[:, None]
            x_change[word] += gradient * u[context]
            u_change[context] += gradient * x[word]
            loss = loss - (functional.logsigmoid(score) * mask).sum()
    return x_change, u_change, loss


def _means(x: Tensor, near: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """The mean of each word's context, and 1 where there is a context, else 0."""
    total, number = torch.zeros_like(x), x.new_zeros(len(x))
    for distance, (after, before) in enumerate(near, 1):
        total[:-distance] += x[distance:] * after[:, None]
        total[distance:] += x[:-distance] * before[:, None]
        number[:-distance] += after
        number[distance:] += before
    return total / number.clamp_min(1)[:, None], (number > 0).to(x.dtype)


def _spread(change: Tensor, near: list[tuple[Tensor, Tensor]]) -> Tensor:
    """What each word gets from those in whose context it stands."""
    spread = torch.zeros_like(change)
    for distance, (after, before) in enumerate(near, 1):
        spread[distance:] += change[:-distance] * after[:, None]
        spread[:-distance] += change[distance:] * before[:, None]
    return spread
