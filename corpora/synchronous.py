"""Synchronous grammars: every rule rewrites one symbol in two languages at once.

    Action: 3 Get Goods = Goods Get | 1 Rest

A symbol on the left of ``=`` is drawn once and stands on both sides, each side in its own order
(Lewis and Stearns, 1968; Wu, 1997; Chiang, 2007); an alternative without ``=`` has the same order
on both. As in ``rules.py`` a symbol starts with a capital Latin letter and all else are words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from grammar import START, Grammar
from rules import Alternative, finish, lexicon, read_rules

Words = tuple[str, ...]
PairRules = dict[str, list[tuple[float, Words, Words]]]


@dataclass(frozen=True)
class SynchronousGrammar:
    """Two grammars whose alternatives correspond one to one.

    Attributes:
        source: the grammar of the one language.
        target: that of the other: the same symbols, and as many alternatives of each, with the
            same probabilities and the same symbols in them.
    """

    source: Grammar
    target: Grammar

    @cached_property
    def _cumulative(self) -> dict[str, list[float]]:
        return {
            symbol: list(accumulate(probability for probability, _ in alternatives))
            for symbol, alternatives in self.source.rules.items()
        }

    def draw(self, uniform: Callable[[], float]) -> tuple[Words, Words]:
        """One sentence in both languages; ``uniform`` as in ``Grammar.draw``."""
        return self._draw(START, uniform)

    def _draw(self, symbol: str, uniform: Callable[[], float]) -> tuple[Words, Words]:
        cumulative = self._cumulative[symbol]
        chosen = min(bisect_right(cumulative, uniform()), len(cumulative) - 1)
        _, source = self.source.rules[symbol][chosen]
        _, target = self.target.rules[symbol][chosen]
        parts = {part: self._draw(part, uniform) for part in source if part in self._cumulative}
        return (
            tuple(
                word for part in source for word in (parts[part][0] if part in parts else [part])
            ),
            tuple(
                word for part in target for word in (parts[part][1] if part in parts else [part])
            ),
        )


def read_pairs(text: str) -> PairRules:
    """Read lines ``Name: weight source = target | ...`` (see ``rules.read_rules``)."""
    return {
        name: [(weight, *_sides(symbols)) for weight, symbols in alternatives]
        for name, alternatives in read_rules(text).items()
    }


def _sides(symbols: Words) -> tuple[Words, Words]:
    if "=" not in symbols:
        return symbols, symbols
    middle = symbols.index("=")
    return symbols[:middle], symbols[middle + 1 :]


def pair_lexicon(pairs: Iterable[tuple[str, str]]) -> list[tuple[float, Words, Words]]:
    """One alternative a pair of words or phrases, with the weights of ``rules.lexicon``."""
    sources, targets = zip(*pairs, strict=True)
    return [
        (weight, source, target)
        for (weight, source), (_, target) in zip(lexicon(sources), lexicon(targets), strict=True)
    ]


def finish_pairs(rules: Mapping[str, list[tuple[float, Words, Words]]]) -> SynchronousGrammar:
    """Turn weights into probabilities, and check that the two sides correspond.

    Raises:
        ValueError: if a rule's sides have other symbols, or a symbol twice, or if two alternatives
            of a symbol are the same on one side (a sentence would have two translations).
    """
    source: dict[str, list[Alternative]] = {}
    target: dict[str, list[Alternative]] = {}
    for name, alternatives in rules.items():
        for _, one, other in alternatives:
            linked = Counter(symbol for symbol in one if symbol in rules)
            if linked != Counter(symbol for symbol in other if symbol in rules):
                raise ValueError(f"{name}: {one} and {other} have different symbols")
            if any(count > 1 for count in linked.values()):
                raise ValueError(f"{name}: {one} has a symbol twice")
        source[name] = [(weight, one) for weight, one, _ in alternatives]
        target[name] = [(weight, other) for weight, _, other in alternatives]
    return SynchronousGrammar(Grammar(finish(source)), Grammar(finish(target)))
