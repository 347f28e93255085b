"""Pairs ready for training: held-out pairs, vocabularies, what is left out, the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlm.config import TranslationOptions
from seqlm.data.pairs import PairedText
from seqlm.errors import InputError
from seqlm.recipes.prepare_pairs import PreparedPairs, find_prepared_pairs, prepare_pairs

WORDS = TranslationOptions(tokenizer="word", min_count=1)


def pairs(folder: Path, number: int, name: str = "pairs") -> PairedText:
    path = folder / name
    path.write_text("".join(f"das ist d{n}\tthat is e{n}\n" for n in range(number)))
    return PairedText([str(path)])


def said(prepared: PreparedPairs) -> tuple[list[str], list[str]]:
    """The targets for training and those held out, as far as the vocabulary knows them."""
    return tuple(
        [
            prepared.target.decode(row.tolist())
            for start in range(len(part))
            for row in part.rows(1, [start])
        ]
        for part in (prepared.train_pairs, prepared.valid_pairs)
    )  # type: ignore[return-value]


def test_every_20th_pair_is_held_out(tmp_path: Path) -> None:
    """Else training would be measured on what it has seen."""
    prepared = prepare_pairs(pairs(tmp_path, 60), None, WORDS)
    train, held = said(prepared)
    assert len(train) == 57 and len(held) == 3
    assert train[18:20] == ["that is e18", "that is e20"]
    assert held == ["that is <unk>"] * 3, "the vocabulary must not know what is held out"
    assert prepared.facts["held_out"] == "every 20th pair" and prepared.facts["left_out"] == 0


def test_of_few_pairs_the_last_is_held_out(tmp_path: Path) -> None:
    """Else a small experiment could not be made at all."""
    train, held = said(prepare_pairs(pairs(tmp_path, 3), None, WORDS))
    assert len(train) == 2 and len(held) == 1
    with pytest.raises(InputError):
        prepare_pairs(pairs(tmp_path, 1), None, WORDS)


def test_held_out_pairs_of_their_own(tmp_path: Path) -> None:
    """Else --valid-source would be read and forgotten."""
    prepared = prepare_pairs(pairs(tmp_path, 60), pairs(tmp_path, 5, "valid"), WORDS)
    train, held = said(prepared)
    assert len(train) == 60 and held == [f"that is e{n}" for n in range(5)]


def test_vocabularies(tmp_path: Path) -> None:
    """Else two languages would share what they were asked to have apart, or the other way round."""
    shared = prepare_pairs(pairs(tmp_path, 60), None, WORDS)
    assert shared.source is shared.target
    apart = TranslationOptions(tokenizer="char", separate_vocabularies=True, min_count=1)
    prepared = prepare_pairs(pairs(tmp_path, 60), None, apart)
    assert prepared.source is not prepared.target
    assert prepared.source.encode("h") == [1] and prepared.target.encode("h") != [1]


def test_what_was_prepared_is_found_again(tmp_path: Path) -> None:
    """Else --resume would read and tokenize everything once more."""
    made = prepare_pairs(pairs(tmp_path, 60), None, WORDS)
    found = find_prepared_pairs(made.key)
    assert found is not None and said(found) == said(made) and found.facts == made.facts
    other = TranslationOptions(tokenizer="word", min_count=1, max_length=2)
    with pytest.raises(InputError):
        prepare_pairs(pairs(tmp_path, 60), None, other)
    assert find_prepared_pairs("0" * 64) is None


def test_long_pairs_are_counted(tmp_path: Path) -> None:
    """Else a model would have been trained on less than its user thinks."""
    text = pairs(tmp_path, 59)
    with open(text.names[0], "a") as file:
        file.write("kurz\tand a very long translation of it\n")
    prepared = prepare_pairs(
        text, None, TranslationOptions(tokenizer="word", min_count=1, max_length=4)
    )
    assert prepared.facts["left_out"] == 1
    assert any("over 4 tokens: 1" in note for note in prepared.notes)
