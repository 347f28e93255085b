"""An n-gram model from ids to a file, and its ARPA files with a tokenizer."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from seqlm.data.blocks import Block
from seqlm.errors import InputError
from seqlm.model_folder import ModelFolder
from seqlm.recipes.ngram import (
    WEIGHTS,
    export_arpa,
    import_arpa,
    load_table,
    spread_lines,
    train_ngram,
)
from seqlm.tokenizers import train_tokenizer
from seqlm.tokenizers.events import events
from seqlm.tokenizers.tokenizer import END_ID

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
ENGLISH_FLOOR = 9.0224  # corpora/README.md: the true ppl_word of english.test.txt


def block(path: Path, num_lines: int | None = None) -> Block:
    lines = path.read_text(encoding="utf-8").splitlines()[:num_lines]
    return Block(lines, False, False, sum(len(line.encode()) + 1 for line in lines))


def opened(folder: Path, config: dict[str, object]) -> ModelFolder:
    return ModelFolder(folder, config, {WEIGHTS: (folder / WEIGHTS).stat().st_size})


def test_it_comes_near_the_floor(tmp_path: Path) -> None:
    """The corpus's entropy is known: nothing can be below it; an n-gram comes within twice."""
    train, test = block(CORPORA / "english.txt"), block(CORPORA / "english.test.txt")
    tokenizer, _ = train_tokenizer("word", [train])
    ids, _ = events(tokenizer, train)
    held_out, _ = events(tokenizer, test)
    fit = train_ngram(ids, held_out, tokenizer.vocab_size, 4, tmp_path / WEIGHTS)
    assert 1.0 < math.exp(fit.valid_loss) / ENGLISH_FLOOR < 2.1
    table = load_table(opened(tmp_path, fit.config))
    log_probs, _ = table.score(held_out)
    assert -log_probs.mean(dtype=np.float64) == pytest.approx(fit.valid_loss, rel=1e-12)


def test_memory_does_not_change_the_model(tmp_path: Path) -> None:
    """A large corpus is counted in runs on disk; nothing is left behind, and nothing differs."""
    text = block(CORPORA / "korean.txt", 400)
    tokenizer, _ = train_tokenizer("word", [text])
    ids, _ = events(tokenizer, text)
    for name, memory_limit in (("whole", 1 << 30), ("runs", 1 << 18)):
        (tmp_path / name).mkdir()
        weights = tmp_path / name / WEIGHTS
        train_ngram(ids, ids[:0], tokenizer.vocab_size, 3, weights, memory_limit=memory_limit)
        assert [path.name for path in (tmp_path / name).iterdir()] == [WEIGHTS]
    assert (tmp_path / "whole" / WEIGHTS).read_bytes() == (tmp_path / "runs" / WEIGHTS).read_bytes()


def test_a_small_text_is_said_to_be_small(tmp_path: Path) -> None:
    """It works, with discounts that were not estimated, and the user should know."""
    fit = train_ngram(np.array([2, 3, 0]), np.array([], int), 4, 2, tmp_path / WEIGHTS)
    assert fit.notes == (
        "orders 1, 2: too few different counts to estimate discounts from; 0.5, 1, 1.5 were used",
    )
    assert math.isnan(fit.valid_loss)


def test_a_last_line_without_its_end(tmp_path: Path) -> None:
    """The end is there for every line, whatever was cut."""
    for name, ids in (("a", [2, 3, 0]), ("b", [2, 3])):
        train_ngram(np.array(ids, np.uint16), np.array([], int), 4, 2, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_part_of_a_text_is_of_all_of_it() -> None:
    """Else a text that changes on its way would be counted at its beginning alone."""
    line = np.array([3, 4, 5, 6, END_ID])
    changing = np.array([1, 1, 1, 1, 0])
    ids = np.concatenate([line + place * changing for place in range(10_000)])
    part = spread_lines(ids, 20_000)
    assert 15_000 < len(part) <= 20_000
    lines = part.reshape(-1, 5)
    assert (lines[:, 4] == END_ID).all(), "whole lines"
    assert (lines[:, 1:4] - lines[:, :1] == [1, 2, 3]).all()
    assert lines[0, 0] < 10 and lines[-1, 0] > 9_800, "from beginning to end"
    assert np.histogram(lines[:, 0], bins=8)[0].tolist() == [490] * 8
    one_line = np.full(50_000, 7)
    assert len(spread_lines(one_line, 20_000)) == 20_000 // 64 * 64


@pytest.mark.parametrize(("ids", "order"), [([2, 0], 0), ([2, 0], 33), ([], 3)])
def test_what_cannot_be_trained(ids: list[int], order: int, tmp_path: Path) -> None:
    """An order of no sense, or no text, is the user's to mend."""
    with pytest.raises(InputError):
        train_ngram(np.array(ids, int), np.array([], int), 4, order, tmp_path / WEIGHTS)
    assert not (tmp_path / WEIGHTS).exists()


@pytest.mark.parametrize("kind", ["word", "char"])
def test_arpa_with_a_tokenizer(kind: str, tmp_path: Path) -> None:
    """Another toolkit reads the words as they stand in the text, and so do we."""
    text = block(CORPORA / "korean.txt", 60)
    text = Block([*text.lines, "a\\b ▁ c"], False, False, 0)
    tokenizer, _ = train_tokenizer(kind, [text])
    ids, _ = events(tokenizer, text)
    fit = train_ngram(ids, ids, tokenizer.vocab_size, 3, tmp_path / WEIGHTS)
    export_arpa(load_table(opened(tmp_path, fit.config)), tokenizer, tmp_path / "a.arpa.gz")
    table, words = import_arpa(tmp_path / "a.arpa.gz")
    if kind == "word":
        again, _ = events(words, text)
        np.testing.assert_array_equal(again, ids)
    log_probs, _ = table.score(ids)
    assert -log_probs.mean(dtype=np.float64) == pytest.approx(fit.valid_loss, abs=1e-5)
