"""The pairs of sentences and the toy tasks that the project makes itself."""

from __future__ import annotations

import hashlib
import random
import re
import sys
from datetime import date
from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[1] / "corpora"
sys.path.insert(0, str(CORPORA))

import english_korean  # noqa: E402
import toy_tasks  # noqa: E402
from korean_polite import predicate, question  # noqa: E402
from synchronous import finish_pairs, read_pairs  # noqa: E402


def test_files_are_what_the_generators_draw() -> None:
    """Else the files could not be drawn again, nor their origin be believed."""
    for path, content in (english_korean.files() | toy_tasks.samples()).items():
        assert path.read_bytes() == content, path.name


def test_published_checksums() -> None:
    """Else README.md would vouch for other files."""
    readme = (CORPORA / "README.md").read_text(encoding="utf-8")
    listed = dict(reversed(line.split()) for line in re.findall(r"[0-9a-f]{64}  \S+", readme))
    paths = [*english_korean.files(), *toy_tasks.samples()]
    for path in paths:
        name = str(path.relative_to(CORPORA))
        assert listed[name] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_parts_share_no_sentence() -> None:
    """Else a score on the test part would count what was learned by heart."""
    for language in ("en", "ko"):
        lines = [
            (CORPORA / "english-korean" / f"{part}.{language}").read_text("utf-8").splitlines()
            for part in english_korean.PARTS
        ]
        assert [len(part) for part in lines] == list(english_korean.PARTS.values())
        assert len(set().union(*lines)) == sum(map(len, lines))


def test_a_sentence_has_one_translation() -> None:
    """With two, the best translator would be marked wrong half of the time."""
    grammar = english_korean.grammar()
    uniform = random.Random(4).random
    for _ in range(60):
        english, korean = grammar.draw(uniform)
        assert grammar.source.derivations(" ".join(english))[0] == 1, english
        assert grammar.target.derivations(" ".join(korean))[0] == 1, korean


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("Sentence: 1 A b = A | 1 A b = A c\nA: 1 a", "twice"),
        ("Sentence: 1 A = B\nA: 1 a\nB: 1 b", "different symbols"),
        ("Sentence: 1 A A = A A\nA: 1 a", "symbol twice"),
    ],
)
def test_rules_that_do_not_correspond(rules: str, message: str) -> None:
    """Else a slip in a rule would pair sentences that do not mean the same."""
    with pytest.raises(ValueError, match=message):
        finish_pairs(read_pairs(rules))


def test_both_sides_say_the_same_in_their_own_order() -> None:
    """Else a symbol would be drawn anew for each side."""
    grammar = finish_pairs(read_pairs("Sentence: 1 A B = B A\nA: 1 a = ㄱ | 1 c = ㄷ\nB: 1 b = ㄴ"))
    uniform = random.Random(1).random
    drawn = {grammar.draw(uniform) for _ in range(50)}
    assert drawn == {(("a", "b"), ("ㄴ", "ㄱ")), (("c", "b"), ("ㄴ", "ㄷ"))}


def test_korean_predicates() -> None:
    """A wrong ending would teach a model wrong Korean."""
    forms = {
        ("먹/먹었/먹으/드시", "past", False, False): "먹었습니다",
        ("먹/먹었/먹으/드시", "progressive", False, True): "드시고 계십니다",
        ("먹/먹었/먹으/드시", "was", True, True): "드시고 계시지 않았습니다",
        ("가/갔", "past", True, True): "가지 않으셨습니다",
        ("가/갔", "want", True, False): "가고 싶어 하지 않습니다",
        ("만들/만들었/만드", "present", False, False): "만듭니다",
        ("돕/도왔/도우", "future", False, True): "도우실 것입니다",
        ("걷/걸었/걸으", "can", True, False): "걸을 수 없습니다",
    }
    for (verb, tense, negative, honour), expected in forms.items():
        said = predicate(verb, tense, negative=negative, honour=honour, own=False)
        assert said == expected
    assert predicate("가/갔", "wanted", negative=False, honour=False, own=True) == "가고 싶었습니다"
    assert question("갑니다") == "갑니까"


def test_addition_is_right_and_of_every_length() -> None:
    """Else accuracy would be measured against wrong sums, or on long numbers alone."""
    pairs = toy_tasks.draw("addition", 2000)
    assert all(str(sum(map(int, asked.split("+")))) == answer for asked, answer in pairs)
    assert {tuple(map(len, asked.split("+"))) for asked, _ in pairs} == {
        (one, other) for one in (1, 2, 3) for other in (1, 2, 3)
    }


def test_dates_are_right_in_every_way_of_writing() -> None:
    """Else a model would be blamed for the generator's mistakes."""
    day = date(1994, 9, 3)
    assert [write(day) for write in toy_tasks.FORMATS[1:]] == [
        "september 3, 1994", "sep 3, 1994", "9/3/94", "3 september 1994", "3 sep 1994",
        "saturday, september 3, 1994", "the 3rd of september 1994", "1994년 9월 3일", "1994.9.3.",
    ]  # fmt: skip
    assert [toy_tasks._ordinal(n) for n in (1, 2, 11, 12, 13, 21, 22, 30)] == [
        "1st", "2nd", "11th", "12th", "13th", "21st", "22nd", "30th",
    ]  # fmt: skip
    drawn = dict(toy_tasks.draw("dates", 3000))
    assert not [text for text in drawn if re.search(r"\d(ST|ND|RD|TH|St|Nd|Rd|Th)\b", text)]
    for text, iso in drawn.items():
        assert date.fromisoformat(iso)
        assert f"{int(iso[8:])}" in text and iso[2:4] in text


def test_questions_differ_and_can_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a held-out question might have been learned by heart, or drawing never end."""
    pairs = toy_tasks.draw("dates", 3000)
    assert len({question for question, _ in pairs}) == 3000
    assert toy_tasks.draw("dates", 10) == pairs[:10]
    monkeypatch.setitem(toy_tasks.TASKS, "dates", lambda uniform: ("2/10/93", "1993-02-10"))
    with pytest.raises(ValueError, match="fewer"):
        toy_tasks.draw("dates", 2)


def test_a_folder_of_lines(tmp_path: Path) -> None:
    """Else questions and answers would not stand in the same lines."""
    toy_tasks.write("addition", 50, 1, tmp_path)
    for part, count in (("test", 5), ("train", 45)):
        asked = (tmp_path / f"{part}.source").read_text().splitlines()
        answers = (tmp_path / f"{part}.target").read_text().splitlines()
        assert len(asked) == len(answers) == count
        assert [eval(text) for text in asked] == list(map(int, answers))
