"""Re-ranking of made-up n-best lists: how often the true sentence comes first, before and after.

    python benchmarks/lm/rescoring.py TEXT -m MODEL [-m MODEL ...] [--lists 400] [--size 20]

Each list holds a line of TEXT and copies of it with one to three errors each: a word replaced by
another of TEXT (as often as that word occurs), left out, or swapped with the next. A list's own
score is what a weak recogniser might give: minus half a point an error, plus noise of deviation
one. The weights are tuned on the first half of the lists and used on the second.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from seqlm.recipes.edit_distance import edit_distances
from seqlm.recipes.loading import load_scores
from seqlm.recipes.nbest import Hypothesis
from seqlm.recipes.rescore import ListWithLogProbs, Weights, ranked, tune, with_log_probs

EDITS = 3


def corrupted(
    words: list[str], vocabulary: list[str], draw: random.Random
) -> tuple[list[str], int]:
    """A copy of ``words`` with one to ``EDITS`` errors, and how many were made."""
    words, edits = list(words), draw.randint(1, EDITS)
    for _ in range(edits):
        at = draw.randrange(len(words))
        kind = draw.choice(("replace", "leave out", "swap"))
        if kind == "replace" or len(words) < 3:
            words[at] = draw.choice(vocabulary)
        elif kind == "leave out":
            del words[at]
        else:
            after = (at + 1) % len(words)
            words[at], words[after] = words[after], words[at]
    return words, edits


def make_lists(
    lines: list[str], count: int, size: int, seed: int
) -> tuple[list[list[Hypothesis]], list[str]]:
    """Lists of ``size`` hypotheses in random order of rank by their own score, and the truth."""
    draw = random.Random(seed)
    vocabulary = [word for line in lines for word in line.split()]
    chosen = draw.sample([line for line in lines if 6 <= len(line.split()) <= 30], count)
    lists = []
    for number, line in enumerate(chosen):
        texts = {" ".join(line.split()): 0}
        while len(texts) < size:
            words, edits = corrupted(line.split(), vocabulary, draw)
            texts.setdefault(" ".join(words), edits)
        scored = [(draw.gauss(-edits / 2, 1), text) for text, edits in texts.items()]
        scored.sort(reverse=True)
        lists.append([Hypothesis(str(number), text, score) for score, text in scored])
    return lists, [" ".join(line.split()) for line in chosen]


def accuracy(lists: list[ListWithLogProbs], truth: list[str], weights: Weights) -> float:
    """How often the first of a list is what was said."""
    firsts = [ranked(one, weights)[0].hypothesis.text for one in lists]
    return sum(map(str.__eq__, firsts, truth)) / len(lists)


def error_rate(lists: list[ListWithLogProbs], truth: list[str], weights: Weights) -> float:
    """Word errors of the first of each list, for a word that was said."""
    errors = 0
    for one, line in zip(lists, truth, strict=True):
        first = ranked(one, weights)[0].hypothesis.text
        errors += int(edit_distances(line.split(), [first.split()])[0])
    return errors / sum(len(line.split()) for line in truth)


def main() -> None:
    """Print a row for each model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("-m", "--model", action="append", required=True)
    parser.add_argument("--lists", type=int, default=400)
    parser.add_argument("--size", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = options.text.read_text(encoding="utf-8").splitlines()
    lists, truth = make_lists(lines, options.lists, options.size, options.seed)
    half = options.lists // 2
    print("| model | first right, as listed | model alone | tuned | WER listed | WER tuned |")
    print("| --- | --- | --- | --- | --- | --- |")
    for path in options.model:
        scored = list(with_log_probs(load_scores(path, "cpu"), lists))
        weights = tune(scored[:half], truth[:half], "wer").weights
        rest, wanted = scored[half:], truth[half:]
        listed, alone = Weights(0.0), Weights(1e6)
        shares = [accuracy(rest, wanted, tried) for tried in (listed, alone, weights)]
        rates = [error_rate(rest, wanted, tried) for tried in (listed, weights)]
        cells = [Path(path).name, *(f"{value:.1%}" for value in (*shares, *rates))]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
