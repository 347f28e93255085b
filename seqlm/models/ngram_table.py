"""Probabilities of n-grams with back-off, in sorted arrays, read many tokens at a time.

An n-gram is a node (see ``ngram_counts``): the order-n node of (context, token) is where

    key = context * vocab_size + token

stands in the sorted keys of order n; the nodes of order 1 are the tokens. The probability of a
token is that of the longest n-gram that the table has, times the back-off weights of the contexts
that were too long (Katz, 1987), which for interpolated estimates gives just the interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqlm.tokenizers.tokenizer import END_ID

ABSENT = -1
"""The context that a table does not have, or that would reach back beyond the start."""

_WORTH_SORTING = 256
SCORED_AT_ONCE = 1 << 16
"""Tokens of a text that are looked up together: enough for numpy, and few enough for a cache."""

Nodes = NDArray[np.int64]


class Reading(NamedTuple):
    """What a table says of tokens that it has read.

    Attributes:
        log_probs: natural-log probability of each token after those before it, (batch, time).
        orders: the length of the n-gram that gave it, (batch, time).
        contexts: for each length 1 to order - 1, the node of the context that ends with each token,
            or ``ABSENT``; arrays of (batch, time).
    """

    log_probs: NDArray[np.float32]
    orders: NDArray[np.int8]
    contexts: list[Nodes]


@dataclass(frozen=True, eq=False)
class NgramTable:
    """A back-off table of n-grams.

    Attributes:
        vocab_size: tokens are below it.
        keys: of orders 2 and up, sorted, (n-grams,) each.
        log_probs: natural logs, of orders 1 and up, (n-grams,) each; order 1 has every token.
        backoffs: natural logs of the weights of orders 1 up to the one below the highest.
    """

    vocab_size: int
    keys: tuple[Nodes, ...]
    log_probs: tuple[NDArray[np.float32], ...]
    backoffs: tuple[NDArray[np.float32], ...]

    @property
    def order(self) -> int:
        return len(self.log_probs)

    @property
    def sizes(self) -> list[int]:
        """The number of n-grams of each order."""
        return [len(values) for values in self.log_probs]

    def start(self, batch_size: int) -> Nodes:
        """The contexts before the first token: none, (batch, order - 1)."""
        return np.full((batch_size, self.order - 1), ABSENT, np.int64)

    def read(self, tokens: Nodes, contexts: Nodes) -> Reading:
        """Read ``tokens`` (batch, time) after ``contexts`` (batch, order - 1)."""
        log_probs = self.log_probs[0][tokens]
        orders = np.ones(tokens.shape, np.int8)
        nodes = tokens
        ends = []
        for n in range(2, self.order + 1):
            ends.append(nodes)
            before = np.concatenate([contexts[:, n - 2 : n - 1], nodes[:, :-1]], axis=1)
            nodes = np.full(tokens.shape, ABSENT, np.int64)
            reached = np.flatnonzero(before != ABSENT)
            context = before.ravel()[reached]
            found, node = self._find(n, context, tokens.ravel()[reached])
            missed = ~found
            log_probs.ravel()[reached[missed]] += self.backoffs[n - 2][context[missed]]
            there = reached[found]
            nodes.ravel()[there] = node[found]
            log_probs.ravel()[there] = self.log_probs[n - 1][node[found]]
            orders.ravel()[there] = n
        return Reading(log_probs, orders, ends)

    def _find(self, n: int, contexts: Nodes, tokens: Nodes) -> tuple[NDArray[np.bool_], Nodes]:
        """Which of the n-grams (context, token) there are, and their nodes."""
        wanted = contexts * self.vocab_size + tokens
        keys = self.keys[n - 2]
        if not len(keys):
            return np.zeros(len(wanted), np.bool_), wanted
        nodes = _search(keys, wanted)
        np.minimum(nodes, len(keys) - 1, out=nodes)
        return keys[nodes] == wanted, nodes

    def before_text(self) -> Nodes:
        """The contexts at the start of a text, which stands behind the end of a line."""
        return self.after(np.array([[END_ID]]), self.start(1))

    def score(
        self, ids: NDArray[np.integer], block: int = SCORED_AT_ONCE
    ) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Score a whole text (see ``score_after``)."""
        log_probs, orders, _ = self.score_after(ids, self.before_text(), block)
        return log_probs, orders

    def score_after(
        self, ids: NDArray[np.integer], contexts: Nodes, block: int = SCORED_AT_ONCE
    ) -> tuple[NDArray[np.float32], NDArray[np.int8], Nodes]:
        """Score the next part of a text.

        Args:
            ids: (tokens,), with ``END_ID`` at the end of each line.
            contexts: what came before, (1, order - 1): ``before_text``, or the last part's.
            block: tokens read at once.

        Returns:
            The natural-log probability of each token, the length of the n-gram that gave it, and
            the contexts for the part that follows.
        """
        log_probs = np.empty(len(ids), np.float32)
        orders = np.empty(len(ids), np.int8)
        for start in range(0, len(ids), block):
            part = slice(start, start + block)
            reading = self.read(ids[None, part].astype(np.int64), contexts)
            log_probs[part], orders[part] = reading.log_probs[0], reading.orders[0]
            contexts = last_contexts(reading, 1)
        return log_probs, orders, contexts

    def after(self, tokens: Nodes, contexts: Nodes) -> Nodes:
        """The contexts (batch, order - 1) once ``tokens`` (batch, time) are read."""
        return last_contexts(self.read(tokens, contexts), len(tokens))

    def distributions(self, contexts: Nodes) -> NDArray[np.float32]:
        """Natural-log probabilities of every next token, (batch, vocab)."""
        log_probs = np.tile(self.log_probs[0], (len(contexts), 1))
        for row, nodes in zip(log_probs, contexts.tolist(), strict=True):
            for n, context in enumerate(nodes, start=2):
                if context == ABSENT:
                    continue
                row += self.backoffs[n - 2][context]
                keys = self.keys[n - 2]
                bounds = (context * self.vocab_size, (context + 1) * self.vocab_size)
                start, stop = np.searchsorted(keys, bounds)
                row[keys[start:stop] - bounds[0]] = self.log_probs[n - 1][start:stop]
        return log_probs


def _search(keys: Nodes, wanted: Nodes) -> Nodes:
    """``np.searchsorted``, five times as fast where much is wanted: its keys are met in order."""
    if len(wanted) < _WORTH_SORTING:
        return np.searchsorted(keys, wanted)
    by_key = np.argsort(wanted)
    nodes = np.empty(len(wanted), np.int64)
    nodes[by_key] = np.searchsorted(keys, wanted[by_key])
    return nodes


def last_contexts(reading: Reading, batch_size: int) -> Nodes:
    """The contexts (batch, order - 1) after the last token of a reading."""
    if not reading.contexts:
        return np.empty((batch_size, 0), np.int64)
    return np.stack([nodes[:, -1] for nodes in reading.contexts], axis=1)
