"""Korean particles and verb endings, by the arithmetic of Hangul syllables.

A syllable's code is 0xAC00 + 588 initial + 28 vowel + final; final 0 is an open syllable.
A verb is written as its parts, those that are not regular behind slashes:

    stem / past stem / stem before 으 / honorific stem        돕/도왔/도우, 먹/먹었/먹으/드시
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

NO_FINAL, N_FINAL, L_FINAL, SS_FINAL = 0, 4, 8, 20


def final(word: str) -> int:
    """The number of the last syllable's final consonant, 0 if it has none."""
    return (ord(word[-1]) - 0xAC00) % 28


def add_final(word: str, consonant: int) -> str:
    """``가`` and ㄴ -> ``간``; the last syllable must be open."""
    if final(word) != NO_FINAL:
        raise ValueError(f"{word} already has a final consonant")
    return word[:-1] + chr(ord(word[-1]) + consonant)


def particle(noun: str, after_consonant: str, after_vowel: str) -> str:
    """``noun`` with the form of the particle that its end asks for; 로 also follows ㄹ."""
    closed = final(noun) not in ((NO_FINAL, L_FINAL) if after_vowel == "로" else (NO_FINAL,))
    return noun + (after_consonant if closed else after_vowel)


@dataclass(frozen=True)
class Verb:
    """The stems that the endings follow.

    Attributes:
        stem: before a consonant (``읽``고).
        past: with the past suffix (``읽었``다).
        open_stem: before endings that begin with 으 after a consonant (``읽으``, ``도우``).
        honorific: with the honorific suffix (``읽으시``, ``드시``).
    """

    stem: str
    past: str
    open_stem: str
    honorific: str


def verb(text: str) -> Verb:
    """``돕/도왔/도우`` -> its stems; 하다 verbs need the stem alone."""
    stem, *rest = text.split("/")
    past = rest[0] if rest else stem[:-1] + "했"
    regular = stem + "으" if final(stem) else stem
    open_stem = rest[1] if len(rest) > 1 else regular
    honorific = rest[2] if len(rest) > 2 else open_stem + "시"
    return Verb(stem, past, open_stem, honorific)


def _past(verb: Verb, honour: bool) -> str:
    return verb.honorific[:-1] + "셨" if honour else verb.past


def _stem(verb: Verb, honour: bool) -> str:
    return verb.honorific if honour else verb.stem


def _open(verb: Verb, honour: bool) -> str:
    return verb.honorific if honour else verb.open_stem


def _present(verb: Verb, honour: bool) -> str:
    """``읽는``다, ``간``다, ``만든``다, ``드신``다."""
    if not honour and final(verb.stem) not in (NO_FINAL, L_FINAL):
        return verb.stem + "는"
    stem = _stem(verb, honour)
    return add_final(stem[:-1] + chr(ord(stem[-1]) - final(stem)), N_FINAL)


def _after(stem: Callable[[Verb, bool], str], plain: str, honour: str = "") -> Callable[..., str]:
    """An ending behind ``stem``; ``honour`` is its form where that differs."""

    def inflect(text: str, honoured: bool) -> str:
        return stem(verb(text), honoured) + (honour if honoured and honour else plain)

    return inflect


def _closed_by(consonant: int, rest: str) -> Callable[[str, bool], str]:
    def inflect(text: str, honoured: bool) -> str:
        return add_final(_open(verb(text), honoured), consonant) + rest

    return inflect


# What each ending makes of a verb: inflect(verb, honoured) -> text.
ENDINGS: dict[str, Callable[[str, bool], str]] = {
    "past": _after(_past, "다"),
    "present": _after(_present, "다"),
    "future": _closed_by(L_FINAL, " 것이다"),
    "because": _after(_past, "기 때문에"),
    "when": _after(_past, "을 때"),
    "but": _after(_past, "지만"),
    "and": _after(_stem, "고"),
    "quote": _after(_past, "다고"),
    "which": _closed_by(N_FINAL, ""),
    "not": _after(_stem, "지 않았다"),
    "want": _after(_stem, "고 싶어 했다", "고 싶어 하셨다"),
    "decide": _after(_stem, "기로 했다", "기로 하셨다"),
    "begin": _after(_stem, "기 시작했다", "기 시작하셨다"),
    "doing": _after(lambda verb, honour: verb.stem, "고 있었다", "고 계셨다"),
}
