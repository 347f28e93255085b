"""How English words are inflected."""

from __future__ import annotations

IRREGULAR_PLURALS = {
    "child": "children", "goose": "geese", "mouse": "mice", "ox": "oxen", "wolf": "wolves",
}  # fmt: skip
SPOKEN_VOWEL = {"honest", "hour"}
DOUBLED = {"run", "sit", "trot", "drag", "begin", "forget", "travel", "drop"}


def article(noun: str) -> str:
    """``a`` or ``an`` before ``noun``."""
    vowel = noun[0] in "aeiou" or noun in SPOKEN_VOWEL
    return f"{'an' if vowel else 'a'} {noun}"


def _ends_in_consonant_y(word: str) -> bool:
    return word.endswith("y") and word[-2] not in "aeiou"


def _with_s(word: str) -> str:
    if _ends_in_consonant_y(word):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "sh", "ch", "x", "go")) else "s")


def plural(noun: str) -> str:
    """The plural of a noun."""
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    return noun[:-3] + "men" if noun.endswith("man") else _with_s(noun)


def _forms(verb: str) -> tuple[str, str, str]:
    """``lie/lay down`` -> ``lie``, ``lay``, `` down``; no second form if it is regular."""
    head, space, rest = verb.partition(" ")
    base, _, irregular = head.partition("/")
    return base, irregular, space + rest


def base(verb: str) -> str:
    """``lie/lay down`` -> ``lie down``."""
    stem, _, rest = _forms(verb)
    return stem + rest


def third_person(verb: str) -> str:
    """``lie/lay down`` -> ``lies down``."""
    stem, _, rest = _forms(verb)
    return _with_s(stem) + rest


def past(verb: str) -> str:
    """``lie/lay down`` -> ``lay down``, ``carry`` -> ``carried``."""
    stem, irregular, rest = _forms(verb)
    if irregular:
        return irregular + rest
    if _ends_in_consonant_y(stem):
        return stem[:-1] + "ied" + rest
    if stem in DOUBLED:
        stem += stem[-1]
    return stem + ("d" if stem.endswith("e") else "ed") + rest


def ing(verb: str) -> str:
    """``lie/lay down`` -> ``lying down``, ``run/ran`` -> ``running``."""
    stem, _, rest = _forms(verb)
    if stem.endswith("ie"):
        stem = stem[:-2] + "y"
    elif stem.endswith("e") and not stem.endswith("ee"):
        stem = stem[:-1]
    elif stem in DOUBLED:
        stem += stem[-1]
    return f"{stem}ing{rest}"
