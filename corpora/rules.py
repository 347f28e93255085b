"""How the grammars are written: a few lines of rules, and word lists with Zipf's weights.

    Sentence: 6 Clause | 3 Clause because Clause | 1 Time Clause

A symbol that starts with a capital Latin letter stands for something else; all others are words.
The numbers are weights: the alternatives of a symbol are divided by their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Alternative = tuple[float, tuple[str, ...]]
Rules = Mapping[str, tuple[Alternative, ...]]

ZIPF_SHIFT = 3.0


def words(text: str) -> list[str]:
    """The words of a list, divided by ``|`` where it has phrases, else by spaces."""
    return [" ".join(item.split()) for item in text.split("|" if "|" in text else None)]


def word_lists(table: Mapping[str, str]) -> dict[str, list[str]]:
    """``words`` of every list in ``table``."""
    return {name: words(text) for name, text in table.items()}


def lexicon(entries: Iterable[str]) -> list[Alternative]:
    """One alternative a word (or phrase), the weight of the r-th being 1 / (r + ZIPF_SHIFT).

    Mandelbrot's form of Zipf's law: the shift keeps the first words from taking everything.
    """
    return [
        (1.0 / (rank + ZIPF_SHIFT), tuple(word.split()))
        for rank, word in enumerate(entries, start=1)
    ]


def read_rules(text: str) -> dict[str, list[Alternative]]:
    """Read lines ``Name: weight symbols | weight symbols``; an indented line goes on."""
    rules: dict[str, list[Alternative]] = {}
    name = ""
    for line in text.splitlines():
        body = line.strip().removeprefix("|")
        if not body:
            continue
        if not line[0].isspace():
            name, _, body = body.partition(":")
            if name in rules:
                raise ValueError(f"{name} has two rules")
            rules[name] = []
        for alternative in filter(str.strip, body.split("|")):
            weight, *symbols = alternative.split()
            rules[name].append((float(weight), tuple(symbols)))
    return rules


def finish(rules: Mapping[str, list[Alternative]], start: str = "Sentence") -> Rules:
    """Turn weights into probabilities, and keep what a sentence can use.

    Raises:
        ValueError: if a symbol has no rule, no alternative, or the same alternative twice.
    """
    finished: dict[str, tuple[Alternative, ...]] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in finished:
            continue
        alternatives = rules.get(name, [])
        bodies = [symbols for _, symbols in alternatives]
        repeated = sorted({" ".join(body) for body in bodies if bodies.count(body) > 1})
        if not bodies or repeated:
            raise ValueError(f"{name} has no alternatives, or has some twice: {repeated}")
        total = sum(weight for weight, _ in alternatives)
        finished[name] = tuple((weight / total, symbols) for weight, symbols in alternatives)
        waiting += [symbol for body in bodies for symbol in body if "A" <= symbol[0] <= "Z"]
    return finished
