"""Subwords are learnt from any text, of any size, and what cannot be had is said."""

from __future__ import annotations

import pytest

from seqlm.data.blocks import Block
from seqlm.tokenizers import subword_sample, train_tokenizer
from seqlm.tokenizers.subword_sample import (
    choose_alphabet,
    default_vocab_size,
    draw_sample,
    sentences,
)
from tests.tokenizers.conftest import LINES, block

KINDS = ["unigram", "bpe"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "lines",
    [
        ["a"],
        ["hello world"],
        ["안녕"],
        ["\t"],
        ["\u2585"],
        ["<unk>"],
        [" "],
        ["🙂"],
        ["a" * 9999],
        ["</s> <0x41> <s>"] * 9,
        ["\u2581"],
        ["\0"],
        ["x\u2585\ty"] * 9,
    ],
)
@pytest.mark.parametrize("size", [None, 0, 264, 10**12])
def test_tiny_texts(kind: str, lines: list[str], size: int | None) -> None:
    """Else a first try on a few words would end in sentencepiece's own error."""
    if lines in (["\u2585"], ["\0"]):
        return  # nothing that can be a piece; see test_no_text_no_tokenizer
    tokenizer, notes = train_tokenizer(kind, [block(lines)], vocab_size=size)  # type: ignore[arg-type]
    assert tokenizer.decode(tokenizer.encode(lines[0] + " b")) == lines[0] + " b"
    assert 258 < tokenizer.vocab_size <= (size or 400) or tokenizer.vocab_size <= 264
    if size and tokenizer.vocab_size != size:
        assert f"not {size:,}:" in notes[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_size_that_is_too_small_is_raised(kind: str) -> None:
    """Else there would be no room for the bytes, and texts would be lost."""
    tokenizer, notes = train_tokenizer(kind, [block(LINES)], vocab_size=100)  # type: ignore[arg-type]
    assert 260 < tokenizer.vocab_size <= 264
    assert notes[0] == (
        f"the vocabulary has {tokenizer.vocab_size} pieces, not 100: 256 of them are the bytes"
    )
    assert "spelled in bytes" in notes[1]
    assert tokenizer.decode(tokenizer.encode("쀍 zebra")) == "쀍 zebra"


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_word_that_only_spaces_follow_is_a_piece(kind: str) -> None:
    """Else the most frequent words of a tokenised text would be spelled in two pieces.

    sentencepiece alone, given whole lines, makes "▁s a i d" and "▁th a t" of these.
    """
    lines = ["he said that she said it ", "they said it ", "it said that it was paid "] * 50
    tokenizer, _ = train_tokenizer(kind, [block(lines)], vocab_size=320)  # type: ignore[arg-type]
    assert tokenizer.pieces(tokenizer.encode("he said that")) == ["▁he", "▁said", "▁that"]


def test_the_unknown_word_of_a_text_is_spelled() -> None:
    """Else `<unk>` in a text would be the model's own symbol, or be spelled in bytes."""
    tokenizer, _ = train_tokenizer("unigram", [block(["a <unk> b"] * 50)])
    pieces = tokenizer.pieces(tokenizer.encode("<unk>"))
    assert "".join(pieces) == "▁<unk>" and len(pieces) > 1


def test_the_sample_is_every_nth_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a large text would fill the memory, or its end would never be seen."""
    monkeypatch.setattr(subword_sample, "BUDGET", 100)
    lines = [f"line {number:03d}" for number in range(200)]
    blocks = [block(lines[start : start + 7]) for start in range(0, 200, 7)]
    sample = draw_sample(blocks, "NFC")
    assert sample.stride == 32
    assert sample.lines == [f" {line}" for line in lines[::32]]
    assert sample.num_bytes == 200 * 9
    one, _ = train_tokenizer("unigram", [block(lines)])
    two, notes = train_tokenizer("unigram", blocks)
    assert one.to_files() == two.to_files(), "blocks are an accident of reading"
    assert notes == ["the pieces were learnt from one line in 32"]


def test_a_segment_that_goes_on_gets_no_space() -> None:
    """Else a long line's segments would teach a word that is not there."""
    first = Block(["the o"], False, True, 5)
    second = Block(["ld man", "next"], True, False, 12)
    assert draw_sample([first, second], "NFC").lines == [" the o", "ld man", " next"]


def test_sentences() -> None:
    """Pairs of words, cut at characters that are to be spelled, never long.

    sentencepiece drops a line that is too long or has U+2585 in it, and learns nothing from one
    that spells <unk>, without a word.
    """
    allowed = [ord(character) for character in " abcdeunk<>/s"]
    assert list(sentences([" a bb  cc", " aXb", " <unk>", " a</s>b"], allowed)) == [
        *(" a bb", "  cc"),
        *(" a", "b"),
        *(" <", "unk>"),
        *(" a<", "/s>b"),
    ]
    assert list(sentences([" a b c", " a b c"], allowed)) == [" a b", " c", " a", " b c"]
    assert list(sentences([" " + "a" * 1200], allowed)) == [" " + "a" * 1000, "a" * 200]


def test_the_alphabet_is_cut_by_frequency() -> None:
    """Else a thousand rare characters would push the words out of the vocabulary."""
    lines = ["".join(chr(0xAC00 + n) for n in range(m)) for m in range(400)]
    wide = choose_alphabet(lines, 8000)
    assert len(wide.characters) == 399 and wide.spelled == 0 and wide.coverage == 1
    narrow = choose_alphabet(lines, 358)
    assert narrow.characters == list(range(0xAC00, 0xAC00 + 75)) and narrow.spelled == 324
    assert choose_alphabet(["\0\u2585"], 400).characters == []


@pytest.mark.parametrize(
    ("num_bytes", "size"),
    [
        (0, 400),
        (100_000, 1000),
        (1_000_000, 4000),
        (5_000_000, 8000),
        (50_000_000, 16_000),
        (10**12, 16_000),
    ],
)
def test_the_size_follows_the_text(num_bytes: int, size: int) -> None:
    """Else a small text would have more entries than it can fill, or a large one too few."""
    assert default_vocab_size(num_bytes) == size
    assert default_vocab_size(num_bytes * 2 + 1) % 8 == 0
