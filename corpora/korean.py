"""The Korean grammar: the same village, with particles, verb endings and honorifics.

A particle takes the form that the end of its word asks for (``어부는``, ``소년은``). A subject to
be honoured takes ``께서`` and a verb with ``시`` (``어부가 잤다``, ``할머니께서 주무셨다``), in
clauses within clauses too. A verb has fourteen endings.

What keeps it unambiguous: a clause has one order (time, topic, manner or place, object, verb), and
each verb closes one clause.
"""

from __future__ import annotations

from korean_forms import ENDINGS, particle
from korean_words import (
    ADJECTIVES,
    ANIMALS,
    FRAMES,
    HONOURED,
    NAMES,
    NATURE,
    PERSONS,
    PHRASES,
    PLACES,
    STATES,
    THINGS,
)
from rules import Alternative, Rules, finish, lexicon, read_rules

# {past}, {because} and so on are the endings of ``korean_forms``.
SENTENCES = """
Sentence: 20 Main | 22 Time Main | 2 Nature{past} | 3 Time Nature{past} | 4 There | 2 Copula
    | 3 Nature{because} Main | 3 Nature{when} Main | 2 Nature{but} Main | 4 Habit | 3 Future
Main: 7 MainPlain | 3 MainHonour
Habit: 2 HabitPlain | 1 HabitHonour
Future: 2 FuturePlain | 1 FutureHonour
There: 4 PlaceIn AnimalGa 있었다 | 3 PlaceIn Size AnimalGa 있었다 | 3 PlaceIn GoodsGa 있었다
    | 3 PlaceIn GoodsAdj GoodsGa 있었다
Copula: 2 NameEun PersonAdj PersonWas | 1 NameEun PersonWas
OtherPlain: 4 NameEun | 2 PersonsEun | 1 PersonAdj PersonsEun
OtherHonour: 1 NameUi HonouredEun
"""

# {h} is Plain or Honour, {person} and {adjective} the words for such a subject.
BY_SUBJECT = """
Main{h}: 26 Topic{h} Vp{h}{past} | 5 TopicLong{h} Vp{h}{past} | 9 Topic{h} Vp{h}{and} Vp{h}{past}
    | 3 Topic{h} Vp{h}{but} Vp{h}{past} | 3 Topic{h} State{h}{but} Vp{h}{past}
    | 3 Topic{h} State{h}{past} | 2 Topic{h} Degree State{h}{past}
    | 2 Topic{h} Vp{h}{not} | 2 Topic{h} Vp{h}{want} | 2 Topic{h} Vp{h}{decide}
    | 2 Topic{h} Vp{h}{begin} | 4 Topic{h} Vp{h}{doing}
    | 4 Topic{h} Quoted Say{h}{past} | 5 Circumstance Topic{h} Vp{h}{past}
Habit{h}: 3 Topic{h} Every Vp{h}{present} | 1 Every Topic{h} Vp{h}{present}
Future{h}: 2 Soon Topic{h} Vp{h}{future} | 1 Topic{h} Soon Vp{h}{future}
Topic{h}: 5 {person}Eun | 4 {adjective} {person}Eun | 4 Other{h}
TopicLong{h}: 1 Vp{h}{which} {person}Eun
Subject{h}: 5 {person}Ga | 2 {adjective} {person}Ga
"""

# One predicate for each subject and ending. Accusatives carry their own particle.
PREDICATES = """
Vp{e}: 14 Action{e} | 3 Manner Action{e} | 7 Where Action{e}
Action{e}: 9 Intransitive{e} | 10 Goal Motion{e} | 3 Companion Goal Motion{e} | 6 Food Eat{e}
    | 5 Text Read{e} | 9 Goods Get{e} | 5 Goods Mend{e} | 4 Closed Open{e} | 7 Someone Meet{e}
    | 4 Beast Feed{e} | 3 Music Play{e} | 6 ToSomeone Goods Give{e} | 3 Seen Watch{e}
"""

OBJECTS = """
Quoted: 4 SubjectPlain VpPlain{quote} | 2 SubjectHonour VpHonour{quote}
    | 1 SubjectPlain StatePlain{quote} | 1 SubjectHonour StateHonour{quote} | 1 Nature{quote}
Circumstance: 3 SubjectPlain VpPlain{when} | 3 SubjectPlain VpPlain{because}
    | 1 SubjectPlain StatePlain{because} | 2 SubjectHonour VpHonour{when}
    | 2 SubjectHonour VpHonour{because} | 1 SubjectHonour StateHonour{because}
    | 1 SubjectPlain VpPlain{but}
Goods: 8 GoodsEul | 8 GoodsAdj GoodsEul | 3 Owner GoodsEul
    | 2 SubjectPlain MakePlain{which} GoodsEul | 1 SubjectHonour MakeHonour{which} GoodsEul
Owner: 3 PersonUi | 2 NameUi | 2 HonouredUi
Food: 5 FoodEul | 3 FoodAdj FoodEul | 3 Fruit Number 개를
Text: 4 TextEul | 3 TextAdj TextEul
Closed: 4 ClosedEul | 1 GoodsAdj ClosedEul
Someone: 4 PersonEul | 3 PersonAdj PersonEul | 3 NameEul | 2 HonouredEul | 1 PersonsEul
ToSomeone: 4 PersonEge | 2 PersonAdj PersonEge | 3 NameEge | 1 PersonsEge
Companion: 3 PersonWa | 2 NameWa | 1 AnimalWa | 1 HonouredWa
Beast: 5 AnimalEul | 3 Size AnimalEul
Music: 1 MusicEul
Seen: 4 SeenEul
"""

PARTICLES = {
    "Eun": ("은", "는"), "Ga": ("이", "가"), "Eul": ("을", "를"), "Wa": ("과", "와"),
    "Ui": ("의", "의"), "Ege": ("에게", "에게"), "Was": ("이었다", "였다"),
}  # fmt: skip
MARKS = {f"{{{name}}}": name.title() for name in ENDINGS}


def _fill(text: str, **values: str) -> dict[str, list[Alternative]]:
    for mark, symbol in MARKS.items():
        text = text.replace(mark, symbol)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return read_rules(text)


def _nouns() -> dict[str, list[Alternative]]:
    """Every noun list with every particle: ``PersonEun``, ``PersonGa`` and so on."""
    found: dict[str, list[Alternative]] = {}
    persons = {"Person": PERSONS, "Name": NAMES, "Persons": [f"{noun}들" for noun in PERSONS]}
    for name, nouns in (persons | THINGS | {"Animal": ANIMALS, "Honoured": HONOURED}).items():
        for mark, (after_consonant, after_vowel) in PARTICLES.items():
            forms = [particle(noun, after_consonant, after_vowel) for noun in nouns]
            found[name + mark] = lexicon(forms)
    found["Fruit"] = lexicon(THINGS["Fruit"])
    found["HonouredEun"] = lexicon(f"{noun}께서는" for noun in HONOURED)
    found["HonouredGa"] = lexicon(f"{noun}께서" for noun in HONOURED)
    found["Where"] = lexicon(f"{place}에서" for place in PLACES)
    found["PlaceIn"] = lexicon(f"{place}에" for place in PLACES)
    found["Goal"] = lexicon(particle(place, "으로", "로") for place in PLACES)
    return found


def _verbs() -> dict[str, list[Alternative]]:
    """Every verb list with every ending, and the predicates made of them."""
    found: dict[str, list[Alternative]] = {}
    for ending, inflect in ENDINGS.items():
        for manner in ("Plain", "Honour"):
            form = manner + ending.title()
            for frame, verbs in (FRAMES | {"State": STATES}).items():
                found[frame + form] = lexicon(inflect(verb, manner == "Honour") for verb in verbs)
            found |= _fill(PREDICATES, e=form)
        found[f"Nature{ending.title()}"] = lexicon(
            f"{subject} {inflect(verb, False)}" for subject, verb in NATURE
        )
    return found


def rules() -> Rules:
    """The grammar, its word lists filled in."""
    found = _fill(SENTENCES) | _fill(OBJECTS) | _nouns() | _verbs()
    found |= _fill(BY_SUBJECT, h="Plain", person="Person", adjective="PersonAdj")
    found |= _fill(BY_SUBJECT, h="Honour", person="Honoured", adjective="HonouredAdj")
    for name, words in (ADJECTIVES | PHRASES).items():
        found[name] = lexicon(words)
    return finish(found)
