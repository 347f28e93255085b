"""Spelling blanks: how often the word that stood in a line is chosen among words spelled like it.

    python benchmarks/lm/choosing.py TRAIN TEST -m MODEL [-m MODEL ...] [--questions 500]

Each question is a line of TEST with one word taken out. Its rivals are the words of TRAIN that are
spelled most like it, at most two letters away (of a Hangul syllable, its jamo), and one that is no
word: the true one with a letter changed. Without looking, one in five is right.
"""

from __future__ import annotations

import argparse
import random
import unicodedata
from collections import Counter
from pathlib import Path

from seqlm.recipes.choose import BLANK, Question, ranked_choices
from seqlm.recipes.edit_distance import edit_distances
from seqlm.recipes.loading import load_scores

RIVALS = 4
FARTHEST = 2


def letters(word: str) -> list[str]:
    """The letters of a word; a Hangul syllable is its two or three."""
    return list(unicodedata.normalize("NFD", word))


def misspelled(word: str, alphabet: list[str], words: Counter[str], draw: random.Random) -> str:
    """``word`` with one letter changed for another of its kind, so that it is no word any more."""
    while True:
        parts = letters(word)
        at = draw.randrange(len(parts))
        # A vowel stays a vowel and a final consonant one, else the syllable would fall apart.
        kind = unicodedata.name(parts[at]).rsplit(" ", 1)[0]
        same = [c for c in alphabet if unicodedata.name(c).rsplit(" ", 1)[0] == kind]
        parts[at] = draw.choice(same)
        made = unicodedata.normalize("NFC", "".join(parts))
        if made != word and made not in words:
            return made


def make_questions(train: str, test: str, count: int, seed: int) -> list[tuple[Question, str]]:
    """Questions, and the word that belongs into the blank of each."""
    draw = random.Random(seed)
    words = Counter(train.split())
    vocabulary = sorted(words)
    spelled = [letters(word) for word in vocabulary]
    alphabet = sorted({letter for word in spelled for letter in word})
    lines = [line.split() for line in test.splitlines() if len(line.split()) > 2]
    questions = []
    while len(questions) < count:
        line = draw.choice(lines)
        at = draw.randrange(len(line))
        true = line[at]
        distances = edit_distances(letters(true), spelled)
        near = sorted(
            (int(distance), draw.random(), word)
            for distance, word in zip(distances, vocabulary, strict=True)
            if 0 < distance <= FARTHEST
        )
        rivals = [word for _, _, word in near[: RIVALS - 1]]
        if len(rivals) < RIVALS - 1:
            continue
        candidates = [true, *rivals, misspelled(true, alphabet, words, draw)]
        draw.shuffle(candidates)
        text = " ".join([*line[:at], BLANK, *line[at + 1 :]])
        questions.append((Question(len(questions) + 1, text, tuple(candidates)), true))
    return questions


def main() -> None:
    """Print a row for each model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("-m", "--model", action="append", required=True)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    train, test = (path.read_text(encoding="utf-8") for path in (options.train, options.test))
    asked = make_questions(train, test, options.questions, options.seed)
    print("| model | chosen rightly |\n| --- | --- |")
    for path in options.model:
        scored = load_scores(path, "cpu").score_groups(
            [question for question, _ in asked], lambda question: question.filled
        )
        right = sum(
            ranked_choices(question.candidates, log_probs.tolist())[0].candidate == true
            for (question, log_probs), (_, true) in zip(scored, asked, strict=True)
        )
        print(f"| {Path(path).name} | {right / len(asked):.1%} |")


if __name__ == "__main__":
    main()
