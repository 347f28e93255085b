"""English sentences and their Korean, drawn together from one synchronous grammar.

    python corpora/english_korean.py            check that the files are what the grammar draws
    python corpora/english_korean.py --write    draw them again

Korean puts the verb last and the place before it, marks topic, subject and object by particles
whose form the word's end decides, counts things with words of their own (사과 세 개를), places
relative clauses before the noun and reasons before the main clause, and honours some subjects
(어머니께서는 드셨습니다). English has agreement, articles, do-support and inverted questions.

What makes the Korean follow from the English: ``a hat`` is 모자를 and ``the hat`` 그 모자를, the
plain present of a verb always has an adverbial of habit (else ``the girls read`` would have two
translations), and no English sentence has two derivations. So a perfect translator into Korean
gets every sentence right.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import english_korean_rules as text
from english_forms import article, plural
from english_korean_clauses import SUBJECTS, main_clauses, subordinate_clauses, weather
from english_korean_words import (
    ADJECTIVES,
    COUNTED,
    COUNTS,
    GOALS,
    HONOURED,
    HOURS,
    MANNERS,
    MEN,
    MONTHS,
    OFTEN,
    PERSONS,
    PLACES,
    PLURALS,
    THINGS,
    TIMES,
    WOMEN,
)
from files import compare
from korean_forms import particle
from synchronous import (
    PairRules,
    SynchronousGrammar,
    finish_pairs,
    pair_lexicon,
    read_pairs,
)

HERE = Path(__file__).resolve().parent / "english-korean"
SEED = 1
PARTS = {"train": 7000, "valid": 500, "test": 500}
CAPITAL = {name.lower(): name for name, _ in (*WOMEN, *MEN, *MONTHS)} | {
    "i": "I", "sunday": "Sunday", "sundays": "Sundays",
}  # fmt: skip


def rules() -> PairRules:
    """The grammar with its word lists filled in, as weights."""
    found = read_pairs(text.SENTENCES + text.PRONOUNS + text.OBJECTS)
    found |= main_clauses() | subordinate_clauses() | weather() | _nouns() | _times()
    found["PastMain"] = [
        (SUBJECTS[name].weight, (f"Main{name}Past{negation}",), (f"Main{name}Past{negation}",))
        for name in ("Third", "Honour", "Many", "First", "We")
        for negation in ("", "Not")
    ]
    for case in ("Topic", "Nom"):
        found |= read_pairs(text.SUBJECTS.replace("{c}", case))
    for name, (counter, _) in COUNTED.items():
        object_counter = particle(counter, "을", "를")
        found |= read_pairs(text.THING.replace("{n}", name).replace("{counter}", object_counter))
    for name, adjectives in ADJECTIVES.items():
        found[name] = pair_lexicon(adjectives)
        found[f"An{name}"] = pair_lexicon((article(one), other) for one, other in adjectives)
    return found


# Each form of a noun: what it puts behind a consonant and behind a vowel.
PARTICLES = {
    "Topic": ("은", "는"), "Nom": ("이", "가"), "Obj": ("을", "를"), "With": ("과", "와"),
    "To": ("에게", "에게"), "Is": ("입니다", "입니다"), "Was": ("이었습니다", "였습니다"),
    "Ask": ("입니까", "입니까"), "bare": ("", ""),
}  # fmt: skip


def _nouns() -> PairRules:
    """Every noun with every particle, in the singular and with an article: ``AnGoodsObj``."""
    found: PairRules = {}
    counted = {name: nouns for name, (_, nouns) in COUNTED.items()}
    singular = THINGS | counted | {"Person": PERSONS, "Woman": WOMEN, "Man": MEN}
    for name, nouns in singular.items():
        for form, endings in PARTICLES.items():
            marked = [(one.lower(), particle(other, *endings)) for one, other in nouns]
            found[name + form] = pair_lexicon(marked)
            found[f"An{name}{form}"] = pair_lexicon((article(one), other) for one, other in marked)
    for name, nouns in (counted | {"Person": PERSONS}).items():
        found[f"{name}plural"] = pair_lexicon((_plural(one), other) for one, other in nouns)
    for case in ("Topic", "Nom"):
        found[f"Persons{case}"] = pair_lexicon(
            (_plural(one), particle(f"{other}들", *PARTICLES[case])) for one, other in PERSONS
        )
    found["HonouredTopic"] = pair_lexicon((one, f"{other}께서는") for one, other in HONOURED)
    found["HonouredNom"] = pair_lexicon((one, f"{other}께서") for one, other in HONOURED)
    found["PlaceAt"] = pair_lexicon((one, f"{other}에서") for one, other in PLACES)
    found["PlaceIn"] = pair_lexicon((one, f"{other}에") for one, other in PLACES)
    found["Goal"] = pair_lexicon((one, f"{other}에") for one, other in GOALS)
    return found


def _plural(noun: str) -> str:
    return PLURALS.get(noun) or plural(noun)


def _times() -> PairRules:
    named = {
        ("Day" if name in ("Past", "Future") else "Time") + name: times
        for name, times in TIMES.items()
    }
    found = {name: pair_lexicon(_lower(times)) for name, times in named.items()}
    found |= {
        "Month": pair_lexicon(_lower(MONTHS)),
        "Day": pair_lexicon((str(day), f"{day}일에") for day in range(1, 29)),
        "Year": pair_lexicon((str(year), f"{year}년에") for year in range(2025, 1949, -1)),
        "Hour": pair_lexicon(HOURS),
        "Count": pair_lexicon(COUNTS),
        "Often": pair_lexicon(OFTEN),
        "Manner": pair_lexicon(MANNERS),
    }
    return found


def _lower(entries: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names in lower case: in a rule a capital would make a symbol of them."""
    return ((one.lower(), other) for one, other in entries)


@cache
def grammar() -> SynchronousGrammar:
    """The grammar of both languages."""
    return finish_pairs(rules())


def written(words: Iterable[str]) -> str:
    """Words as a sentence is written: capitals, and a full stop or a question mark."""
    sentence = " ".join(CAPITAL.get(word, word) for word in words)
    sentence = sentence.removesuffix(" ?") + ("?" if sentence.endswith(" ?") else ".")
    return sentence[0].upper() + sentence[1:]


def draw(count: int) -> list[tuple[str, str]]:
    """The first ``count`` different pairs that the grammar draws."""
    uniform = random.Random(SEED).random
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        english, korean = grammar().draw(uniform)
        found[written(english), written(korean)] = None
    return list(found)


@cache
def files() -> dict[Path, bytes]:
    """Every file of the corpus; no pair of one part is in another."""
    drawn = iter(draw(sum(PARTS.values())))
    made = {}
    # The held-out parts come first, so that more training text would not change them.
    for part in ("test", "valid", "train"):
        lines = [next(drawn) for _ in range(PARTS[part])]
        for side, language in enumerate(("en", "ko")):
            text = "".join(f"{line[side]}\n" for line in lines)
            made[HERE / f"{part}.{language}"] = text.encode()
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description="Check or draw the English-Korean corpus.")
    parser.add_argument("--write", action="store_true", help="write the files again")
    options = parser.parse_args()
    agree = [compare(path, content, options.write) for path, content in files().items()]
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
