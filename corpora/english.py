"""The English grammar: a village by the sea, in lower case and without punctuation.

It has agreement of number (``the girl sings``, ``the girls sing``) and of gender between a subject
and its later pronoun (``the widow rested because she was tired``), the article (``a``, ``an``),
past, present and future, relative clauses, reported speech, and clauses of time and reason.

What keeps it unambiguous: a relative clause at the end of an object closes its clause, embedded
clauses have no adverbial of time, and each kind of adverb has one place in the sentence.
"""

from __future__ import annotations

from english_forms import article, base, ing, past, plural, third_person
from english_words import (
    ADJECTIVES,
    NOUNS,
    PHRASES,
    VERBS,
)
from rules import Rules, finish, lexicon, read_rules

# Sentences, and what may stand around a clause.
SENTENCES = """
Sentence: 30 Clause | 16 Clause PastTime | 12 PastTime Clause | 9 Habit | 5 Future
        | 7 Core Conjunction Core | 4 PastTime Core Conjunction Core | 5 Core and Core
        | 9 Pronominal | 3 PastTime Pronominal | 3 Nature | 3 Nature and Core | 3 Core when Nature
        | 3 PastTime Nature | 2 There
Conjunction: 5 because | 5 while | 4 when | 3 before | 3 although | 2 until | 2 so
Clause: 12 Core | 3 SubjectLongS VerbPhrasePast | 1 SubjectLongP VerbPhrasePast | 3 Final | 3 Report
Core: 12 SubjectS VerbPhrasePast | 4 SubjectP VerbPhrasePast | 3 AnimalS AnimalPast
    | 1 AnimalP AnimalPast | 2 SubjectS was Feeling | 1 SubjectP were Feeling
    | 1 SubjectS was Doing | 1 SubjectP were Doing
Doing: 3 IntransitiveIng Where | 2 MotionIng Direction | 2 CarryIng Thing Direction
     | 1 MendIng Mended
Report: 5 SubjectS SaidPast that Core | 2 SubjectP SaidPast that Core | 1 SubjectS SaidPast nothing
      | 2 Name told Listener that Core
Listener: 4 the Person | 2 the PersonAdj Person | 3 the Persons
There: 4 there was Thing Where | 3 there was Creature Where | 2 there were Many Things Where
Creature: 1 AnArticleAnimal | 1 AnArticleAnimalAdj Animal
Nature: 5 the Light LightPast NatureWhere | 4 the Wind WindPast NatureWhere
      | 3 it Weather NatureWhen | 3 the Weathered WasWeather
Habit: 4 Every SubjectS HabitS | 3 SubjectS HabitS Every | 2 Every SubjectP HabitP
     | 2 SubjectP HabitP Every | 2 SubjectS Often HabitS | 1 SubjectP Often HabitP
Future: 3 FutureTime SubjectS will HabitP | 2 SubjectS will HabitP FutureTime
      | 1 SubjectP will HabitP FutureTime
"""

# Who: persons in the singular (S) and plural (P), with or without a gender.
SUBJECTS = """
SubjectS: 30 the Person | 30 the PersonAdj Person | 9 AnArticlePerson
        | 9 AnArticlePersonAdj Person | 14 Name | 3 the PersonAdj Quality Person
SubjectP: 8 the Persons | 8 the PersonAdj Persons | 4 Many Persons | 2 Woman and Man
Name: 1 Woman | 1 Man
Person: 7 CommonPerson | 2 MalePerson | 2 FemalePerson
SubjectLongS: 5 SubjectNear who Past | 4 the Person Of
SubjectLongP: 5 the Persons who Past
SubjectNear: 3 the Person | 2 the PersonAdj Person | 1 AnArticlePerson
Past: 4 lived NearPlace | 3 WorkPast NearPlace | 2 came Origin
Of: 1 of the Owned
"""

# A subject with a gender, and the pronoun that agrees with it. {G} is Male or Female.
PRONOMINAL = """
{G}Subject: 5 the {G}Any | 5 the PersonAdj {G}Any | 3 {G}Name
{G}Any: 3 CommonPerson | 2 {G}Person
{G}Name: 1 {G2}
{G}Own: 4 lost {P} Own LossPlace | 3 forgot {P} Own LossPlace | 2 loved {P} Family
       | 2 sold {P} Own to Listener | 2 wrote a letter to {P} Family | 2 waited for {P} Family
{G}Reason: 4 because {N} was Feeling | 3 because {N} had lost {P} Own | 2 when {N} was young
       | 2 before {N} TransitivePast | 2 after {N} had eaten | 1 until {N} was tired
"""

PREDICATES = """
VerbPhrasePast: 20 FramePast | 4 Manner FramePast | 4 AttemptPast to FrameBase
FramePast: 9 IntransitivePast | 6 IntransitivePast Where | 12 MotionPast Direction
    | 4 MotionPast Direction with Companion | 10 TransitivePast | 4 SitPast Where
FrameBase: 4 IntransitiveBase | 3 Motion Direction | 6 TransitiveBase
TransitivePast: 8 GetPast Thing | 6 CarryPast Thing Direction | 7 MendPast Mended
    | 2 MendPast Mended with AnArticleTool | 7 EatPast Food | 5 ReadPast Text | 6 OpenPast Opened
    | 8 MeetPast Someone | 4 MeetPast Someone Where | 5 FeedPast Beast | 7 GivePast Listener Thing
    | 3 PlayPast the Instrument | 5 WatchPast Watched
TransitiveBase: 6 Carry Thing Direction | 4 Get Thing | 5 Mend Mended | 4 Eat Food | 4 Read Text
    | 3 Open Opened | 4 Meet Someone | 3 Feed Beast | 4 Give Listener Thing | 2 Play the Instrument
Final: 5 SubjectS MeetPast FinalPerson | 4 SubjectS FinalThing | 3 SubjectS WatchPast FinalBeast
FinalPerson: 4 AnArticlePerson who FramePast | 3 the PersonAdj Person who FramePast
FinalThing: 4 EatPast the Dish that Maker CookPast | 3 ReadPast the Document that Maker WritePast
    | 4 GetPast the Goods that Maker MadePast
FinalBeast: 3 the Animal that FeedChase | 2 the AnimalAdj Animal that FeedChase
FeedChase: 3 ChasePast the Animal | 2 ChasePast the AnimalAdj Animal | 3 SleepPast Where
Maker: 5 the Person | 3 the PersonAdj Person | 3 Name
AnimalPast: 5 AnimalActPast | 4 AnimalActPast Where | 5 ChasePast Beast | 4 RunPast Direction
    | 2 FollowPast Listener | 2 FollowPast Listener Direction
AnimalS: 5 the Animal | 5 the AnimalAdj Animal | 2 AnArticleAnimal | 2 AnArticleAnimalAdj Animal
AnimalP: 4 the Animals | 3 the AnimalAdj Animals | 2 Many Animals
Beast: 5 the Animal | 3 the AnimalAdj Animal | 3 the Animals | 1 AnArticleAnimal
Someone: 4 the Person | 4 the PersonAdj Person | 3 AnArticlePerson | 2 AnArticlePersonAdj Person
       | 3 the Persons | 3 Name
Companion: 3 the Person | 3 the Animal | 2 Name | 2 the Persons
Thing: 5 the Goods | 4 AnArticleGoods | 4 the GoodsAdj Goods | 4 AnArticleGoodsAdj Goods
     | 4 AnArticleVessel of Filling | 2 the Vessel of Filling | 2 AnArticleCan of Drink
Things: 3 GoodsPlural | 2 GoodsAdj GoodsPlural
Food: 4 the Dish | 3 AnArticleVessel of Filling | 2 the DishAdj Dish
Text: 3 the Document | 3 AnArticleDocument | 2 the TextAdj Document
Mended: 4 the Repair | 3 the GoodsAdj Repair
Opened: 4 the Closed | 2 the GoodsAdj Closed
Watched: 3 the Seen | 2 the Seen Where | 2 the Animals | 1 the Persons
Often: 3 often | 2 always | 2 never | 2 sometimes | 1 seldom
Feeling: 5 FeelingAdj | 3 Degree FeelingAdj | 1 afraid of the Animal
"""

# The present tense, {N} being S or P; the plural has the form of the future too.
HABITS = """
Habit{N}: 5 Intransitive{N} | 5 Intransitive{N} Where | 5 Motion{N} Direction
    | 6 Carry{N} Thing Direction | 4 Mend{N} Mended | 4 Eat{N} Food | 4 Read{N} Text
    | 3 Open{N} Opened | 4 Feed{N} Beast | 4 Meet{N} Someone | 3 Give{N} Listener Thing
    | 3 Play{N} the Instrument
"""


def rules() -> Rules:
    """The grammar, its word lists filled in."""
    found = read_rules(SENTENCES + SUBJECTS + PREDICATES)
    genders = (("Male", "Man", "he", "his"), ("Female", "Woman", "she", "her"))
    for gender, name, pronoun, possessive in genders:
        text = PRONOMINAL.replace("{G2}", name).replace("{G}", gender)
        found |= read_rules(text.replace("{N}", pronoun).replace("{P}", possessive))
    found["Pronominal"] = [
        (weight, (f"{gender}Subject", *tail))
        for gender, *_ in genders
        for weight, tail in (
            (5.0, ("VerbPhrasePast", f"{gender}Reason")),
            (3.0, (f"{gender}Own",)),
            (2.0, (f"{gender}Own", f"{gender}Reason")),
        )
    ]
    for number in "SP":
        found |= read_rules(HABITS.replace("{N}", number))
    for name, words in (NOUNS | ADJECTIVES | PHRASES).items():
        found[name] = lexicon(words)
        found[f"AnArticle{name}"] = lexicon(map(article, words))
    persons = [*NOUNS["CommonPerson"], *NOUNS["MalePerson"], *NOUNS["FemalePerson"]]
    plurals = {"Persons": persons, "Animals": NOUNS["Animal"], "GoodsPlural": NOUNS["Goods"]}
    for name, words in plurals.items():
        found[name] = lexicon(map(plural, words))
    found["AnArticlePerson"] = [
        (weight, (f"AnArticle{kind}",)) for weight, (kind,) in found["Person"]
    ]
    for name, verbs in VERBS.items():
        found[f"{name}Past"] = lexicon(map(past, verbs))
        found[f"{name}S"] = lexicon(map(third_person, verbs))
        found[f"{name}P"] = found[f"{name}Base"] = found[name] = lexicon(map(base, verbs))
        found[f"{name}Ing"] = lexicon(map(ing, verbs))
    return finish(found)
