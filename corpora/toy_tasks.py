"""The textbook's two tasks for an encoder and a decoder: addition and dates.

    python corpora/toy_tasks.py addition -o data/addition       57+5 -> 62
    python corpora/toy_tasks.py dates -o data/dates             september 27, 1994 -> 1994-09-27
    python corpora/toy_tasks.py                                 check the samples kept here

Each writes train.source, train.target, test.source and test.target: 50,000 different questions, a
tenth of them held out. The tasks are those of Saito, "Deep Learning from Scratch 2" (2018, chapters
7 and 8); the lines are drawn here, with ``random.Random(seed).random()`` alone.
"""

from __future__ import annotations

import argparse
import random
import sys
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from files import compare
from rules import words

Uniform = Callable[[], float]
HERE = Path(__file__).resolve().parent
SEED = 1
HELD_OUT = 0.1
SAMPLE = 200
MOST_DIGITS = 3
FIRST_YEAR, LAST_YEAR = 1970, 2029  # so that two digits of a year say which
MONTHS = words(
    """january february march april may june july august september october november
        december"""
)
WEEKDAYS = words("monday tuesday wednesday thursday friday saturday sunday")


def _below(uniform: Uniform, limit: int) -> int:
    return int(uniform() * limit)


def addition(uniform: Uniform) -> tuple[str, str]:
    """Two numbers below 10, 100 or 1,000, each limit equally likely, and their sum."""
    one, other = (_below(uniform, 10 ** (1 + _below(uniform, MOST_DIGITS))) for _ in range(2))
    return f"{one}+{other}", str(one + other)


def _ordinal(number: int) -> str:
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# How people write a date.
FORMATS: tuple[Callable[[date], str], ...] = (
    lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"{MONTHS[day.month - 1][:3]} {day.day}, {day.year}",
    lambda day: f"{day.month}/{day.day}/{day.year % 100:02d}",
    lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
    lambda day: f"{WEEKDAYS[day.weekday()]}, {MONTHS[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"the {_ordinal(day.day)} of {MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{day.year}년 {day.month}월 {day.day}일",
    lambda day: f"{day.year}.{day.month}.{day.day}.",
)
CASES: tuple[Callable[[str], str], ...] = (str.lower, str.title, str.upper)


def dates(uniform: Uniform) -> tuple[str, str]:
    """A day between 1970 and 2029 as somebody writes it, and in ISO 8601."""
    year = FIRST_YEAR + _below(uniform, LAST_YEAR - FIRST_YEAR + 1)
    month = 1 + _below(uniform, 12)
    day = date(year, month, 1 + _below(uniform, monthrange(year, month)[1]))
    text = FORMATS[_below(uniform, len(FORMATS))](day)
    case = CASES[_below(uniform, len(CASES))]
    # 27th, not 27Th.
    return "".join(case(part) if part.isalpha() else part for part in _parts(text)), day.isoformat()


def _parts(text: str) -> Iterator[str]:
    """Words and the spaces between them."""
    for number, word in enumerate(text.split(" ")):
        if number:
            yield " "
        stripped = word.rstrip(",")
        yield stripped
        yield word[len(stripped) :]


TASKS: dict[str, Callable[[Uniform], tuple[str, str]]] = {"addition": addition, "dates": dates}


def draw(task: str, count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """The first ``count`` questions with answers that are drawn, no question twice.

    Raises:
        ValueError: if there are not so many.
    """
    uniform = random.Random(seed).random
    found: dict[str, str] = {}
    drawn = 0
    while len(found) < count:
        question, answer = TASKS[task](uniform)
        found[question] = answer
        drawn += 1
        if drawn > 100 * count:
            raise ValueError(f"{task} has fewer than {count} questions")
    return list(found.items())


def lines(pairs: list[tuple[str, str]], side: int) -> bytes:
    """One side of the pairs as it lies on disk."""
    return "".join(f"{pair[side]}\n" for pair in pairs).encode()


def write(task: str, count: int, seed: int, folder: Path) -> None:
    """Write a task's four files, held-out lines first drawn."""
    pairs = draw(task, count, seed)
    held_out = round(count * HELD_OUT)
    folder.mkdir(parents=True, exist_ok=True)
    for part, rows in (("test", pairs[:held_out]), ("train", pairs[held_out:])):
        for side, name in enumerate(("source", "target")):
            (folder / f"{part}.{name}").write_bytes(lines(rows, side))


def samples() -> dict[Path, bytes]:
    """The first lines of each task, which are kept."""
    return {
        HERE / f"{task}.sample.tsv": "".join(
            f"{question}\t{answer}\n" for question, answer in draw(task, SAMPLE)
        ).encode()
        for task in TASKS
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Make addition or dates.")
    parser.add_argument("task", nargs="?", choices=sorted(TASKS))
    parser.add_argument("-o", "--out", type=Path, help="folder to write to")
    parser.add_argument("--pairs", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", action="store_true", help="write the samples again")
    options = parser.parse_args()
    if options.task:
        write(options.task, options.pairs, options.seed, options.out or Path(options.task))
        return 0
    agree = [compare(path, content, options.write) for path, content in samples().items()]
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
