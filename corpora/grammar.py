"""Small corpora with a known entropy: a probabilistic grammar draws every sentence.

    python corpora/grammar.py              check that the files are what the grammars draw
    python corpora/grammar.py --write      draw them again
    python corpora/grammar.py --score FILE --language english
                                           the true log-probability of a text: its floor

A sentence is drawn from the start symbol by replacing each symbol with one of its alternatives,
independently (a probabilistic context-free grammar; Booth and Thompson, 1973). No sentence has two
derivations, so its probability is the product of the choices made, and the entropy of a sentence
is the sum over symbols of the expected number of uses times the entropy of one choice
(Grenander, 1967). No model of these corpora can have, on average, a lower cross-entropy.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

import english
import korean
from files import compare
from rules import Rules

START = "Sentence"
HERE = Path(__file__).resolve().parent
# Name of the file, seed, bytes at which the drawing stops (at the end of a line).
FILES = {
    "english": (("english.txt", 1, 420_000), ("english.test.txt", 2, 40_000)),
    "korean": (("korean.txt", 1, 420_000), ("korean.test.txt", 2, 40_000)),
}


@dataclass(frozen=True)
class Floor:
    """What a perfect model would reach, in expectation over sentences.

    Attributes:
        entropy: nats a sentence, its end included.
        words: expected words a sentence, without the end.
        bytes: expected UTF-8 bytes a sentence, the newline included.
    """

    entropy: float
    words: float
    bytes: float

    @property
    def ppl_word(self) -> float:
        """Perplexity a word, the end of the line counted as one."""
        return math.exp(self.entropy / (self.words + 1))

    @property
    def bits_per_byte(self) -> float:
        return self.entropy / math.log(2) / self.bytes


@dataclass(frozen=True)
class Grammar:
    """Rules with probabilities; symbols without a rule are words.

    Attributes:
        rules: for each symbol its alternatives, as pairs of a probability and the symbols that
            take its place. The probabilities of a symbol sum to one.
    """

    rules: Rules

    @cached_property
    def _cumulative(self) -> dict[str, list[float]]:
        return {
            symbol: list(accumulate(probability for probability, _ in alternatives))
            for symbol, alternatives in self.rules.items()
        }

    def draw(self, uniform: Callable[[], float]) -> tuple[str, float]:
        """One sentence and its natural-log probability.

        Args:
            uniform: gives a number in [0, 1). ``random.Random(seed).random`` gives the same
                numbers in every version of Python.
        """
        words: list[str] = []
        log_prob = 0.0
        waiting = [START]
        while waiting:
            symbol = waiting.pop()
            alternatives = self.rules.get(symbol)
            if alternatives is None:
                words.append(symbol)
                continue
            chosen = bisect_right(self._cumulative[symbol], uniform())
            probability, symbols = alternatives[min(chosen, len(alternatives) - 1)]
            log_prob += math.log(probability)
            waiting.extend(reversed(symbols))
        return " ".join(words), log_prob

    def expected_uses(self) -> dict[str, float]:
        """How often each symbol, words included, is used in one sentence, in expectation."""
        uses: dict[str, float] = {}
        current = {START: 1.0}
        while current:
            following: dict[str, float] = {}
            for symbol, amount in current.items():
                uses[symbol] = uses.get(symbol, 0.0) + amount
                for probability, symbols in self.rules.get(symbol, ()):
                    for part in symbols:
                        following[part] = following.get(part, 0.0) + amount * probability
            # Ends at once for rules without recursion, and geometrically for the others.
            current = {symbol: amount for symbol, amount in following.items() if amount > 1e-15}
        return uses

    def floor(self) -> Floor:
        """The entropy and the expected lengths of a sentence, in closed form."""
        uses = self.expected_uses()
        entropy = sum(
            uses[symbol] * -math.fsum(p * math.log(p) for p, _ in alternatives)
            for symbol, alternatives in self.rules.items()
        )
        words = {symbol: amount for symbol, amount in uses.items() if symbol not in self.rules}
        # Each word is followed by a space or, the last, by the newline: one byte either way.
        num_bytes = sum((len(word.encode()) + 1) * amount for word, amount in words.items())
        return Floor(entropy, sum(words.values()), num_bytes)

    def derivations(self, sentence: str) -> tuple[int, float]:
        """How many derivations ``sentence`` has, and the sum of their probabilities.

        A chart over (symbol, first word); the rules must not be left-recursive.
        """
        words = sentence.split()
        rules = self.rules

        @cache
        def spans(symbol: str, start: int) -> dict[int, tuple[int, float]]:
            found: dict[int, tuple[int, float]] = {}
            for probability, symbols in rules[symbol]:
                for end, (count, inside) in sequence(symbols, start).items():
                    before = found.get(end, (0, 0.0))
                    found[end] = (before[0] + count, before[1] + probability * inside)
            return found

        def sequence(symbols: tuple[str, ...], start: int) -> dict[int, tuple[int, float]]:
            reached = {start: (1, 1.0)}
            for symbol in symbols:
                following: dict[int, tuple[int, float]] = {}
                for position, (count, inside) in reached.items():
                    if symbol in rules:
                        steps = spans(symbol, position)
                    elif position < len(words) and words[position] == symbol:
                        steps = {position + 1: (1, 1.0)}
                    else:
                        continue
                    for end, (more, factor) in steps.items():
                        before = following.get(end, (0, 0.0))
                        following[end] = (before[0] + count * more, before[1] + inside * factor)
                reached = following
                if not reached:
                    break
            return reached

        return spans(START, 0).get(len(words), (0, 0.0))

    def log_prob(self, sentence: str) -> float:
        """The natural-log probability of ``sentence``, its end included.

        Raises:
            ValueError: if the grammar cannot make it.
        """
        count, probability = self.derivations(sentence)
        if count == 0:
            raise ValueError(f"not a sentence of this grammar: {sentence!r}")
        return math.log(probability)


@cache
def grammar(language: str) -> Grammar:
    """The grammar of ``english`` or ``korean``."""
    return Grammar({"english": english.rules, "korean": korean.rules}[language]())


def corpus(language: str, seed: int, num_bytes: int) -> Iterator[str]:
    """Sentences, drawn until they fill ``num_bytes`` (newlines counted)."""
    uniform = random.Random(seed).random
    written = 0
    while written < num_bytes:
        sentence, _ = grammar(language).draw(uniform)
        written += len(sentence.encode()) + 1
        yield sentence


def file_bytes(language: str, seed: int, num_bytes: int) -> bytes:
    """A corpus as it lies on disk."""
    return "".join(f"{sentence}\n" for sentence in corpus(language, seed, num_bytes)).encode()


def check(write: bool) -> bool:
    """Compare every file with what its grammar draws (or write it); True if all agree."""
    agree = True
    for language, files in FILES.items():
        floor = grammar(language).floor()
        print(
            f"{language}: {floor.entropy:.4f} nats a sentence, {floor.words:.3f} words, "
            f"ppl_word {floor.ppl_word:.3f}, bits_per_byte {floor.bits_per_byte:.4f}"
        )
        for name, seed, num_bytes in files:
            content = file_bytes(language, seed, num_bytes)
            agree = compare(HERE / name, content, write) and agree
    return agree


def score(language: str, path: Path) -> None:
    """Print the true figures of a text under its grammar: no model can be told to beat them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    total = math.fsum(grammar(language).log_prob(line) for line in lines)
    events = sum(len(line.split()) + 1 for line in lines)
    num_bytes = sum(len(line.encode()) + 1 for line in lines)
    print(
        f"{path.name}: log_prob {total:.4f}, ppl_word {math.exp(-total / events):.4f}, "
        f"bits_per_byte {-total / math.log(2) / num_bytes:.5f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Check, draw or score the corpora.")
    parser.add_argument("--write", action="store_true", help="write the files again")
    parser.add_argument("--score", type=Path, metavar="FILE", help="true figures of a text")
    parser.add_argument("--language", choices=sorted(FILES), default="english")
    options = parser.parse_args()
    if options.score is not None:
        score(options.language, options.score)
        return 0
    return 0 if check(options.write) else 1


if __name__ == "__main__":
    sys.exit(main())
