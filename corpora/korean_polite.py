"""Formal Korean predicates (합니다체), for statements and questions.

A verb is written as ``korean_forms`` reads it: ``먹/먹었/먹으/드시``. ``honour`` puts 시 where it
belongs (가셨습니다, 가지 않으셨습니다, 가고 계십니다); verbs with an honorific word of their own
use it throughout (드시고 계십니다).
"""

from __future__ import annotations

from korean_forms import ENDINGS, L_FINAL, NO_FINAL, add_final, final, verb

B_FINAL = 17
NOT, BE, CAN, CANNOT, SEEM, WISH = (
    "않/않았", "있/있었/있으/계시", "있/있었/있으", "없/없었/없으", "하", "싶/싶었",
)  # fmt: skip


def past(text: str, honour: bool) -> str:
    """``샀습니다``, ``사셨습니다``."""
    return ENDINGS["past"](text, honour).removesuffix("다") + "습니다"


def present(text: str, honour: bool) -> str:
    """``삽니다``, ``만듭니다``, ``먹습니다``, ``드십니다``."""
    stem = verb(text).honorific if honour else verb(text).stem
    if final(stem) not in (NO_FINAL, L_FINAL):
        return stem + "습니다"
    return add_final(stem[:-1] + chr(ord(stem[-1]) - final(stem)), B_FINAL) + "니다"


def future(text: str, honour: bool) -> str:
    """``살 것입니다``, ``사실 것입니다``."""
    return ENDINGS["future"](text, honour).removesuffix("이다") + "입니다"


SIMPLE = {"past": past, "present": present, "future": future}
# The tense of the auxiliary that carries each of these.
CARRIER = {
    "progressive": "present", "was": "past", "can": "present", "want": "present",
    "wanted": "past",
}  # fmt: skip


def stem_of(text: str, honour: bool) -> str:
    """The stem before 고 and 지: honorific only where the word itself is another (``드시``)."""
    parts = verb(text)
    return parts.honorific if honour and parts.honorific != parts.open_stem + "시" else parts.stem


def predicate(text: str, tense: str, *, negative: bool, honour: bool, own: bool) -> str:
    """The end of a statement.

    Args:
        text: the verb.
        tense: past, present, future, progressive, was, can, want or wanted.
        negative: with ``지 않다``, or ``수 없다``.
        honour: the subject is to be honoured.
        own: the subject is the speaker, whose wish is ``-고 싶습니다``, not ``-고 싶어 합니다``.
    """
    if tense in SIMPLE:
        return _simple(text, tense, negative, honour)
    when = CARRIER[tense]
    stem = stem_of(text, honour)
    if tense == "can":
        possible = ENDINGS["future"](text, honour).removesuffix(" 것이다")
        return f"{possible} 수 {SIMPLE[when](CANNOT if negative else CAN, False)}"
    if tense in ("want", "wanted"):
        wish = WISH if own else SEEM
        return f"{stem}고 {'' if own else '싶어 '}{_simple(wish, when, negative, honour)}"
    if negative:
        return f"{stem}고 {'계시' if honour else '있'}지 {SIMPLE[when](NOT, False)}"
    return f"{stem}고 {SIMPLE[when](BE, honour)}"


def _simple(text: str, tense: str, negative: bool, honour: bool) -> str:
    if not negative:
        return SIMPLE[tense](text, honour)
    return f"{stem_of(text, honour)}지 {SIMPLE[tense](NOT, honour)}"


def question(statement: str) -> str:
    """``갑니다`` -> ``갑니까``."""
    return statement.removesuffix("다") + "까"
