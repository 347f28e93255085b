"""Interpolated modified Kneser-Ney once more, by its definition and with dicts: slow, plain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

Ngram = tuple[int, ...]
BEGIN = -1
END = 0


def to_ids(lines: Sequence[Sequence[int]]) -> list[int]:
    """The stream of ids: each line and the end behind it."""
    return [token for line in lines for token in (*line, END)]


class ReferenceKneserNey:
    """p(token | context) by recursion over the orders.

    Args:
        lines: token ids from 1 up, without the ends.
        order: longest n-gram.
        vocab_size: of the uniform distribution.
    """

    def __init__(self, lines: Sequence[Sequence[int]], order: int, vocab_size: int) -> None:
        self.order = order
        self.vocab_size = vocab_size
        raw = [Counter[Ngram]() for _ in range(order + 1)]
        for line in lines:
            padded = (BEGIN, *line, END)
            for n in range(1, order + 1):
                for start in range(len(padded) - n + 1):
                    gram = padded[start : start + n]
                    if gram != (BEGIN,):
                        raw[n][gram] += 1
        self.adjusted = [self._adjusted(raw, n) for n in range(order + 1)]
        self.discounts = [_discounts(counts) for counts in self.adjusted]
        self.following: dict[Ngram, Counter[int]] = defaultdict(Counter)
        for counts in self.adjusted[1:]:
            for gram, count in counts.items():
                self.following[gram[:-1]][gram[-1]] = count

    def _adjusted(self, raw: list[Counter[Ngram]], n: int) -> Counter[Ngram]:
        if n in (0, self.order):
            return raw[n]
        left = Counter(gram[1:] for gram in raw[n + 1])
        return Counter({g: raw[n][g] if g[0] == BEGIN else left[g] for g in raw[n]})

    def prob(self, token: int, context: Ngram) -> float:
        """The probability of ``token`` after ``context``, which may hold ``BEGIN`` first."""
        context = context[max(0, len(context) - self.order + 1) :]
        lower = self.prob(token, context[1:]) if context else 1 / self.vocab_size
        following = self.following.get(context)
        if not following:
            return lower
        discounts = self.discounts[len(context) + 1]
        total = following.total()
        gamma = sum(discounts[min(count, 3)] for count in following.values()) / total
        count = following[token]
        return (count - discounts[min(count, 3)]) / total + gamma * lower


def _discounts(counts: Counter[Ngram]) -> tuple[float, float, float, float]:
    n = Counter(counts.values())
    fallback = (0.0, 0.5, 1.0, 1.5)
    if not (n[1] and n[2] and n[3]):
        return fallback
    y = n[1] / (n[1] + 2 * n[2])
    found = [j - (j + 1) * y * n[j + 1] / n[j] for j in (1, 2, 3)]
    if not all(0 < value <= j for j, value in enumerate(found, start=1)):
        return fallback
    return (0.0, found[0], found[1], found[2])
