"""Clauses in English and Korean: every subject with every tense, told, denied and asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import english_korean_rules as text
from english_forms import base, ing, past, third_person
from english_korean_words import STATES, VERBS, WEATHER
from korean_forms import ENDINGS
from korean_polite import predicate, question
from synchronous import PairRules, pair_lexicon, read_pairs


@dataclass(frozen=True)
class Person:
    """What a subject asks of its verb, in both languages.

    Attributes:
        weight: how often it is the subject.
        be, was, do: the English auxiliaries.
        honour: the Korean verb takes 시.
        own: wishes are the speaker's own.
    """

    weight: float
    be: str = "is"
    was: str = "was"
    do: str = "does"
    honour: bool = False
    own: bool = False


SUBJECTS = {
    "Third": Person(10),
    "Honour": Person(4, honour=True),
    "Many": Person(4, "are", "were", "do"),
    "First": Person(4, "am", "was", "do", own=True),
    "We": Person(2, "are", "were", "do", own=True),
    "Who": Person(1.5),
}
TENSES = {
    "past": 30, "present": 12, "progressive": 9, "was": 5, "future": 14, "can": 8, "want": 6,
    "wanted": 3,
}  # fmt: skip
SUBORDINATE = ("because", "when", "after", "quote", "which")


def auxiliary(person: Person, tense: str) -> tuple[str, Callable[[str], str]]:
    """The English auxiliary, and the form of the verb (as ``english_forms`` reads it) behind it."""
    if tense in ("want", "wanted"):
        return person.do if tense == "want" else "did", lambda verb: f"want to {base(verb)}"
    return {
        "past": ("did", base),
        "present": (person.do, base),
        "progressive": (person.be, ing),
        "was": (person.was, ing),
        "future": ("will", base),
        "can": ("can", base),
    }[tense]


def finite(person: Person, tense: str) -> tuple[str, Callable[[str], str]]:
    """The same for a positive statement, which needs no do."""
    agree = third_person if person.do == "does" else base
    plain: dict[str, Callable[[str], str]] = {
        "past": past,
        "present": agree,
        "want": lambda verb: f"{agree('want')} to {base(verb)}",
        "wanted": lambda verb: f"wanted to {base(verb)}",
    }
    return ("", plain[tense]) if tense in plain else auxiliary(person, tense)


def _verbs(tag: str, english: Callable[[str], str], korean: Callable[[str], str]) -> PairRules:
    """Every verb list in one form, and the predicates made of them."""
    found = read_pairs(text.PREDICATES.replace("{t}", tag))
    for frame, verbs in VERBS.items():
        found[frame + tag] = pair_lexicon((english(one), korean(other)) for one, other in verbs)
    found[f"State{tag}"] = pair_lexicon((one, korean(other)) for one, other in STATES)
    return found


def _korean(person: Person, tense: str, negative: bool, asked: bool) -> Callable[[str], str]:
    def inflect(verb: str) -> str:
        said = predicate(verb, tense, negative=negative, honour=person.honour, own=person.own)
        return question(said) if asked else said

    return inflect


# (denied, asked): nobody asks what they do themselves, and who is always a question.
MOODS = {"Who": [(False, True)], "First": [(False, False), (True, False)]}
ALL_MOODS = [(False, False), (True, False), (False, True)]


def main_clauses() -> PairRules:
    """Statements and questions of every subject and tense, each with its weight in ``Plain``."""
    found: PairRules = {}
    plain = found["Plain"] = []
    for name, person in SUBJECTS.items():
        for tense, weight in TENSES.items():
            for negative, asked in MOODS.get(name, ALL_MOODS):
                rules, tag = _main_clause(name, person, tense, negative, asked)
                found |= rules
                share = person.weight * weight * (0.25 if negative else 1)
                if asked and name != "Who":
                    share *= 0.25
                    plain.append((0.6 * share, (f"Which{tag}",), (f"Which{tag}",)))
                plain.append((share, (f"Main{tag}",), (f"Main{tag}",)))
    return found


def _main_clause(
    name: str, person: Person, tense: str, negative: bool, asked: bool
) -> tuple[PairRules, str]:
    tag = f"{name}{tense.title()}{'Not' * negative}{'Ask' * asked}"
    inverted = asked and name != "Who"
    bare = negative or inverted
    word, form = (auxiliary if bare else finite)(person, tense)
    subject = f"Subject{name}Topic"
    if negative:
        word = "cannot" if word == "can" else f"{word} not"
    first = f"{word} {subject}" if inverted else f"{subject} {word}"
    end = " ?" if asked else ""
    when = f"Time{tense.title()}"
    # A plain present is a habit: it says how often.
    plain = f"4 {first} Often Vp{tag}{end} = {subject} Often Vp{tag}{end}"
    if tense != "present":
        plain = f"6 {first} Vp{tag}{end} = {subject} Vp{tag}{end}"
    elif negative:
        plain = ""
    alternatives = [
        plain,
        f"4 {first} Vp{tag} {when}{end} = {subject} {when} Vp{tag}{end}",
        "" if asked else f"2 {when} {first} Vp{tag} = {when} {subject} Vp{tag}",
    ]
    state = {"past": person.was, "present": person.be}.get(tense)
    if state and name != "Who":
        state_first = f"{state} {subject}" if asked else f"{subject} {state}{' not' * negative}"
        alternatives.append(f"2 {state_first} State{tag}{end} = {subject} State{tag}{end}")
    rules = read_pairs(f"Main{tag}: {' | '.join(filter(None, alternatives))}")
    korean = _korean(person, tense, negative, asked)
    rules |= _verbs(tag, form, korean)
    if inverted:
        asking = text.QUESTIONS.replace("{a}", word).replace("{s}", subject)
        rules |= read_pairs(asking.replace("{t}", tag))
    return rules, tag


def subordinate_clauses() -> PairRules:
    """Reasons, times, reported speech and relative clauses: always past, the subject with 이 or 가.

    ``Because``, ``When``, ``After`` and ``Quote`` are whole clauses; ``Which`` is the verb alone.
    """
    found: PairRules = {}
    for ending in ("because", "when", "after", "quote", "which"):
        name = ending.title()
        found[name] = []
        for subject in ("Third", "Honour", "Many", "First"):
            person, tag = SUBJECTS[subject], subject + name
            found |= _verbs(tag, past, _subordinate(ending, person.honour))
            clauses = read_pairs(
                f"x: 3 Subject{subject}Nom Vp{tag} | "
                f"1 Subject{subject}Nom {person.was} State{tag} = Subject{subject}Nom State{tag}"
            )["x"]
            if (ending, subject) != ("quote", "First"):  # whose I would it be?
                found[name] += [
                    (person.weight * weight, english, korean) for weight, english, korean in clauses
                ]
        if ending in ("because", "when"):
            found[f"Weather{name}"] = _weather(past, _subordinate(ending, False))
            found[name].append((6, ("it", f"Weather{name}"), (f"Weather{name}",)))
    return found


def _subordinate(ending: str, honour: bool) -> Callable[[str], str]:
    def inflect(verb: str) -> str:
        if ending == "after":
            return ENDINGS["which"](verb, honour) + " 후에"
        return ENDINGS[ending](verb, honour)

    return inflect


def _weather(
    english: Callable[[str], str], korean: Callable[[str], str]
) -> list[tuple[float, tuple[str, ...], tuple[str, ...]]]:
    return pair_lexicon((english(one), korean(other)) for one, other in WEATHER)


def weather() -> PairRules:
    """``it rained``, ``will it rain``: the verbs of ``english_korean_rules.SENTENCES``."""
    person = SUBJECTS["Third"]
    return {
        "WeatherPast": _weather(past, _korean(person, "past", False, False)),
        "WeatherPastNot": _weather(base, _korean(person, "past", True, False)),
        "WeatherFuture": _weather(base, _korean(person, "future", False, False)),
        "WeatherFutureAsk": _weather(base, _korean(person, "future", False, True)),
    }
