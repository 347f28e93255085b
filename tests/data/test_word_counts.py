"""A text as word ids, and phrases: beside a count that hides nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from seqlm.data.corpus import Corpus

pytest.importorskip("numba")


def written(path: Path, lines: list[str]) -> Corpus:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Corpus([path])


def lines_of_chance(num: int) -> list[str]:
    """Lines of up to twelve of forty words, some of several bytes, some lines empty."""
    random = np.random.default_rng(1)
    words = [f"{stem}{end}" for stem in ("a", "Be", "서울", "é") for end in range(10)]
    return [" ".join(random.choice(words, random.integers(0, 12), p=shares)) for _ in range(num)]


shares = 1 / np.arange(1, 41) / (1 / np.arange(1, 41)).sum()


def test_words_are_counted_cut_and_sorted(tmp_path: Path) -> None:
    """Else vectors would be of other words than the text's."""
    from seqlm.data.word_counts import read_words

    lines = lines_of_chance(3000)
    counted = Counter(word for line in lines for word in line.split())
    read = read_words(written(tmp_path / "c.txt", lines), min_count=100)
    assert dict(zip(read.words, read.counts.tolist(), strict=True)) == {
        word: count for word, count in counted.items() if count >= 100
    }
    assert sorted(read.counts.tolist(), reverse=True) == read.counts.tolist()
    assert (read.num_words, read.num_different) == (counted.total(), len(counted))

    def sentences(ids: np.ndarray) -> list[str]:
        return " ".join(read.words[i] if i >= 0 else "\n" for i in ids).split("\n")

    kept = [" ".join(w for w in line.split() if counted[w] >= 100) for line in lines]
    together = sentences(read.train) + sentences(read.held_out)
    assert Counter(map(str.strip, together)) - Counter([""] * 9) == Counter(filter(None, kept))
    assert len(read.held_out) > 20


def test_phrases_are_the_pairs_that_the_formula_names(tmp_path: Path) -> None:
    """Else other pairs would be joined than section 4 of the paper says."""
    from seqlm.data.phrases import Phrases
    from seqlm.data.word_counts import read_words

    lines = lines_of_chance(2000)
    for number in range(0, 2000, 10):
        lines[number] = f"new york {lines[number]} los angeles"
    ones = Counter(word for line in lines for word in line.split())
    twos = Counter(pair for line in lines for pair in itertools.pairwise(line.split()))
    scores = {
        pair: (count - 5) / (ones[pair[0]] * ones[pair[1]]) * ones.total()
        for pair, count in twos.items()
        if min(ones[pair[0]], ones[pair[1]]) >= 5
    }
    wanted = {"_".join(pair) for pair, score in scores.items() if score > 20}
    assert {"new_york", "los_angeles"} <= wanted
    read = read_words(
        written(tmp_path / "c.txt", lines), min_count=5, phrases=Phrases(threshold=20)
    )
    assert {word for word in read.words if "_" in word} == wanted
    counts = dict(zip(read.words, read.counts.tolist(), strict=True))
    assert counts["new_york"] == 200
    assert "new" not in counts


def test_no_phrase_reaches_over_a_line(tmp_path: Path) -> None:
    """Else the last word of a line and the first of the next would be one."""
    from seqlm.data.phrases import Phrases
    from seqlm.data.word_counts import read_words

    corpus = written(tmp_path / "c.txt", ["x new", "york y"] * 50)
    read = read_words(corpus, min_count=1, phrases=Phrases(threshold=0))
    assert not {"new_york", "york_y_x_new"} & set(read.words)
    assert {"x_new", "york_y"} == set(read.words)
