"""The rules of the English-Korean grammar, as ``synchronous.read_pairs`` reads them."""

from __future__ import annotations

SENTENCES = """
Sentence: 76 Plain | 5 There | 4 Copula | 3 Weather | 4 PastMain because Because = Because PastMain
    | 3 PastMain when When = When PastMain | 2 PastMain after After = After PastMain
    | 3 SubjectThirdTopic said that Quote = SubjectThirdTopic Quote 말했습니다
    | 1 SubjectHonourTopic said that Quote = SubjectHonourTopic Quote 말씀하셨습니다
There: 4 there is AnAnimalNom Here = Here AnAnimalNom 있습니다
    | 2 there was AnAnimalNom Here = Here AnAnimalNom 있었습니다
    | 2 there is AnGoodsNom Here = Here AnGoodsNom 있습니다
    | 2 there are Count Animalplural Here = Here Animalplural Count 마리가 있습니다
    | 1 there were Count Animalplural Here = Here Animalplural Count 마리가 있었습니다
    | 1 there is no AnimalNom Here = Here AnimalNom 없습니다
    | 1 is there AnAnimalNom Here ? = Here AnAnimalNom 있습니까 ?
Copula: 3 NameTopic is AnPersonIs = NameTopic AnPersonIs
    | 2 NameTopic was AnPersonWas = NameTopic AnPersonWas
    | 1 NameTopic is not AnPersonNom = NameTopic AnPersonNom 아닙니다
    | 2 is NameTopic AnPersonAsk ? = NameTopic AnPersonAsk ?
Weather: 3 it WeatherPast TimePast = TimePast WeatherPast
    | 2 it will WeatherFuture TimeFuture = TimeFuture WeatherFuture
    | 1 it did not WeatherPastNot TimePast = TimePast WeatherPastNot
    | 1 will it WeatherFutureAsk TimeFuture ? = TimeFuture WeatherFutureAsk ?
TimePast: 8 DayPast | 1 at Hour o'clock = Hour 시에 | 1 on Month Day = Month Day | 1 in Year = Year
TimeFuture: 8 DayFuture | 1 at Hour o'clock = Hour 시에 | 1 on Month Day = Month Day
Where: 1 PlaceAt
Here: 1 PlaceIn
"""

# Who acts: {c} is Topic (은, 는) or Nom (이, 가).
SUBJECTS = """
SubjectThird{c}: 6 the Person{c} = Person{c} | 4 the PersonAdj Person{c} = PersonAdj Person{c}
    | 3 Name{c}
SubjectMany{c}: 5 the Persons{c} = Persons{c} | 3 the PersonAdj Persons{c} = PersonAdj Persons{c}
    | 2 Count Personplural = Personplural Count 명이 | 2 WomanWith and Man{c} = WomanWith Man{c}
SubjectHonour{c}: 1 Honoured{c}
Name{c}: 1 Woman{c} | 1 Man{c}
"""
PRONOUNS = """
SubjectFirstTopic: 1 i = 저는
SubjectWeTopic: 1 we = 우리는
SubjectWhoTopic: 1 who = 누가
SubjectFirstNom: 1 i = 제가
SubjectWeNom: 1 we = 우리가
"""

# The predicates for each subject and each form of the verb, {t}.
PREDICATES = """
Vp{t}: 12 Action{t} | 6 Action{t} Where = Where Action{t} | 4 Go{t} Goal = Goal Go{t}
    | 1 Go{t} Goal with Companion = Companion 함께 Goal Go{t}
Action{t}: 3 Rest{t} | 3 Rest{t} Manner = Manner Rest{t}
    | 2 Rest{t} with Companion = Companion 함께 Rest{t} | 7 Get{t} Goods = Goods Get{t}
    | 3 Get{t} FruitThing = FruitThing Get{t} | 3 Eat{t} Meal = Meal Eat{t}
    | 2 Sip{t} Drink = Drink Sip{t}
    | 4 Read{t} Text = Text Read{t} | 4 Mend{t} Mended = Mended Mend{t}
    | 1 Mend{t} Mended Manner = Mended Manner Mend{t} | 5 Meet{t} Someone = Someone Meet{t}
    | 2 Open{t} the ClosedObj = ClosedObj Open{t} | 3 Keep{t} AnimalThing = AnimalThing Keep{t}
    | 4 Give{t} Goods to Receiver = Receiver Goods Give{t}
    | 2 Play{t} the MusicObj = MusicObj Play{t} | 2 Watch{t} the SeenObj = SeenObj Watch{t}
"""

# Questions with a question word: {a} the auxiliary, {s} the subject.
QUESTIONS = """
Which{t}: 3 what {a} {s} What{t} ? = {s} What{t} ?
    | 1 what {a} {s} What{t} Where ? = {s} Where What{t} ?
    | 2 who {a} {s} Meet{t} ? = {s} 누구를 Meet{t} ?
    | 3 where {a} {s} Action{t} ? = {s} 어디에서 Action{t} ?
    | 2 where {a} {s} Go{t} ? = {s} 어디에 Go{t} ? | 2 when {a} {s} Vp{t} ? = {s} 언제 Vp{t} ?
    | 2 how many Goodsplural {a} {s} Get{t} ? = {s} Goodsplural 몇 개를 Get{t} ?
    | 1 how many Bookplural {a} {s} Read{t} ? = {s} Bookplural 몇 권을 Read{t} ?
What{t}: 3 Get{t} = 무엇을 Get{t} | 2 Eat{t} = 무엇을 Eat{t} | 2 Read{t} = 무엇을 Read{t}
    | 1 Mend{t} = 무엇을 Mend{t} | 1 Sip{t} = 무엇을 Sip{t}
"""

OBJECTS = """
Text: 4 BookThing | 2 LetterThing
Meal: 3 FruitThing | 4 Food
Food: 3 FoodObj | 2 the FoodObj = 그 FoodObj | 2 FoodAdj FoodObj
Drink: 3 DrinkObj | 2 a cup of Drinkbare = Drinkbare 한 잔을
    | 2 Count cups of Drinkbare = Drinkbare Count 잔을
Mended: 4 the MendedObj = MendedObj | 3 the MendedAdj MendedObj = MendedAdj MendedObj
Someone: 4 the PersonObj = PersonObj | 2 the PersonAdj PersonObj = PersonAdj PersonObj
    | 3 WomanObj | 3 ManObj | 2 AnPersonbare = AnPersonbare 한 명을
    | 2 Count Personplural = Personplural Count 명을
Receiver: 4 the PersonTo = PersonTo | 2 the PersonAdj PersonTo = PersonAdj PersonTo
    | 2 WomanTo | 2 ManTo
Companion: 3 the PersonWith = PersonWith | 2 WomanWith | 2 ManWith | 1 the AnimalWith = AnimalWith
Goods: 16 GoodsThing | 2 the GoodsObj that Relative = Relative GoodsObj
Relative: 4 SubjectThirdNom MakeThirdWhich | 1 SubjectHonourNom MakeHonourWhich
    | 1 SubjectFirstNom MakeFirstWhich
"""
# A kind of thing with the word that counts it: {n} and {counter}.
THING = """
{n}Thing: 5 An{n}Obj | 3 the {n}Obj = 그 {n}Obj | 4 An{n}Adj {n}Obj
    | 2 the {n}Adj {n}Obj = 그 {n}Adj {n}Obj | 4 Count {n}plural = {n}plural Count {counter}
    | 1 Count {n}Adj {n}plural = {n}Adj {n}plural Count {counter}
"""
