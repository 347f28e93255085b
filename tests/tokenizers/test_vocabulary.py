"""What words and characters get into the vocabulary."""

from __future__ import annotations

import pytest

from seqlm.errors import InputError
from seqlm.tokenizers import train_tokenizer, word
from tests.tokenizers.conftest import block


def words(*lines: str, **sizes: int | None) -> tuple[list[str], list[str]]:
    tokenizer, notes = train_tokenizer("word", [block(list(lines))], **sizes)
    return tokenizer.pieces(range(2, tokenizer.vocab_size)), notes


def test_words_by_frequency_then_appearance() -> None:
    """Else ids would depend on the order of a hash table."""
    assert words("b a c a", "d b a")[0] == ["a", "b", "c", "d"]


def test_characters_by_frequency_then_code_point() -> None:
    """Else ids would depend on the order of a hash table."""
    tokenizer, _ = train_tokenizer("char", [block(["cba bb", "ca"])])
    assert tokenizer.pieces(range(2, tokenizer.vocab_size)) == ["b", "a", "c", "▁"]


def test_the_unknown_word_of_the_text_is_the_unknown_word() -> None:
    """Else a text that marks its rare words would have two unknown words."""
    tokenizer, _ = train_tokenizer("word", [block(["the <unk> man", "the <unk> sea"])])
    assert tokenizer.encode("the <unk> whale") == [2, 1, 1]
    assert tokenizer.decode([2, 1]) == "the <unk>"
    assert tokenizer.vocab_size == 5


def test_the_end_as_a_word_is_a_word() -> None:
    """Else a text could end a line where it does not end."""
    tokenizer, _ = train_tokenizer("word", [block(["a </s> b"])])
    (end,) = tokenizer.encode("</s>")
    assert end >= 2 and tokenizer.decode([end]) == "</s>"
    assert tokenizer.piece_ids(["</s>"]) == [end]


def test_a_vocabulary_is_cut() -> None:
    """Else --vocab-size and --min-count would be wishes."""
    kept, notes = words("a a a b b c", vocab_size=4)
    assert kept == ["a", "b"]
    assert notes == ["2 of 3 are in the vocabulary; 16.67% of the text is unknown"]
    assert words("a a a b b c", min_count=2)[0] == ["a", "b"]
    kept, notes = words("a b", vocab_size=100)
    assert kept == ["a", "b"] and "4 entries, not 100" in notes[0]
    assert words("a b", vocab_size=4) == (["a", "b"], [])
    for size in (0, 1, 2):
        with pytest.raises(InputError, match="no room"):
            words("a", vocab_size=size)
    with pytest.raises(InputError, match="3 times"):
        words("a a", min_count=3)
    with pytest.raises(InputError):
        words("<unk> <unk>")


def test_a_model_meets_unknown_words_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be certain that there are none, and charge the first too much."""
    monkeypatch.setattr(word, "LARGE_TEXT", 5)
    assert words("a a b b once")[0] == ["a", "b"]
    assert words("a a b b once <unk>")[0] == ["a", "b", "once"]
    monkeypatch.setattr(word, "LARGE_TEXT", 6)
    assert words("a a b b once")[0] == ["a", "b", "once"]


def test_counting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a text of ever new words would fill the memory."""
    monkeypatch.setattr(word, "MAX_COUNTED", 100)
    blocks = [block([f"often word{number * 50 + n}" for n in range(50)]) for number in range(10)]
    tokenizer, notes = train_tokenizer("word", blocks)
    assert tokenizer.pieces([2]) == ["often"]
    assert tokenizer.vocab_size <= 103
    assert "dropped while counting" in notes[0]
