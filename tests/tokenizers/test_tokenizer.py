"""What holds for every kind of tokenizer."""

from __future__ import annotations

import itertools
import random
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlm.errors import InputError
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer, load_tokenizer, train_tokenizer
from tests.tokenizers.conftest import LINES, block

KINDS = ["word", "char", "unigram", "bpe"]
LOSSLESS = ["unigram", "bpe"]

NASTY = [
    "",
    " ",
    "   many   spaces   ",
    "\ttab\tand\rreturn\x0b\x0c",
    "▁ \u2581\u2581 the sign of a space",
    "\ue000 \ue001\ue002 \ue000\ue001 \ue000\u2581 private use",
    "<unk> </s> <s> <0xEA> <0x0A>",
    "e\u0301 한 \u1112\u1161\u11ab 각\u11a8 decomposed",
    "\u0301 lone marks \u20dd\u0301",
    "👨‍👩‍👧‍👦 🏳️‍🌈 🇰🇷 👍🏽 joined",
    "\u200b\ufeff\u200f\u202e\u2066 invisible",
    "\u2585 \u3000 \xa0 \u2028\u2029 \x85 odd spaces",
    "\ud7a3\ue0ff\U0010ffff\U000e0001\ufffd\ufffe last ones",
    "ﬁ ① Ａ ½ ㎏ compatible",
    "\\ \\n \\x09 \\u2581 backslashes",
    "\x00\x01\x1f\x7f controls",
    "x" * 5000,
    "가나다라" * 2000,
]


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("text", NASTY)
def test_subwords_lose_nothing(tokenizers: dict[str, Tokenizer], kind: str, text: str) -> None:
    """Else a model could not write, or be charged for, everything that people type."""
    tokenizer = tokenizers[kind]
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == unicodedata.normalize("NFC", text)
    assert UNKNOWN_ID not in ids and END_ID not in ids
    assert tokenizer.piece_ids(tokenizer.pieces(ids)) == ids


@pytest.mark.parametrize("kind", LOSSLESS)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_subwords_lose_nothing_of_any_string(
    tokenizers: dict[str, Tokenizer], kind: str, text: str
) -> None:
    """Else there would be a text that nobody thought of."""
    tokenizer = tokenizers[kind]
    assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


@given(text=st.text("".join(sorted(set("".join(LINES))))))
def test_characters_lose_nothing_of_their_alphabet(
    tokenizers: dict[str, Tokenizer], text: str
) -> None:
    """Else a character model would misspell."""
    tokenizer = tokenizers["char"]
    assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_and_lines_give_the_same_ids(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else a model would be trained on other tokens than it is asked about."""
    tokenizer = tokenizers[kind]
    lines = [*NASTY, *LINES[:5]]
    ids, counts = tokenizer.encode_lines(lines)
    assert ids.dtype == np.int32 and counts.dtype == np.int64
    ends = np.cumsum(counts)
    split = [part.tolist() for part in np.split(ids, ends[:-1])]
    assert split == [tokenizer.encode(line) for line in lines]
    empty = tokenizer.encode_lines([])
    assert len(empty[0]) == len(empty[1]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_in_two_segments_is_the_same_line(
    tokenizers: dict[str, Tokenizer], kind: str
) -> None:
    """Else a very long line would have other tokens than its words have elsewhere."""
    tokenizer = tokenizers[kind]
    line = "the old man  said 영화가\tthat the sea was old"
    for cut in (place for place, character in enumerate(line) if place and character.isspace()):
        first, _ = tokenizer.encode_lines([line[:cut]])
        second, _ = tokenizer.encode_lines([line[cut:]], continues=True)
        assert [*first.tolist(), *second.tolist()] == tokenizer.encode(line)


@pytest.mark.parametrize("kind", KINDS)
def test_offsets_divide_the_text(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else a word would be charged with its neighbour's surprise."""
    tokenizer = tokenizers[kind]
    for text in (unicodedata.normalize("NFC", line) for line in [*NASTY, *LINES[:5]]):
        offsets = tokenizer.end_offsets(text)
        assert len(offsets) == len(tokenizer.encode(text))
        assert offsets == sorted(offsets)
        if text.split():
            assert offsets[-1] == (len(text.rstrip()) if kind == "word" else len(text))
        if kind == "word":
            continue
        for start, end in itertools.pairwise([0, *offsets]):
            assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize("kind", LOSSLESS)
def test_each_subword_ends_where_its_text_ends(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else the boundary would be right at the end of a line and nowhere else."""
    tokenizer = tokenizers[kind]
    for text in (unicodedata.normalize("NFC", line) for line in [*NASTY, *LINES[:5]]):
        ids, offsets = tokenizer.encode(text), tokenizer.end_offsets(text)
        for number in range(1, len(ids) + 1)[:200]:
            decoded = tokenizer.decode(ids[:number])
            if decoded and decoded[-1] in "\ufffd\ue000":  # inside a character, or an escape
                continue
            assert text[: offsets[number - 1]] == decoded


def test_offsets_worked_out(tokenizers: dict[str, Tokenizer]) -> None:
    """The cases by hand: an added space, a character in bytes, an escape.

    "☃▁x" is encoded as a space, three bytes, six bytes (U+E000 U+E002), and x: the space ends at
    0, the bytes at 0, 0, 1, the escape's at 1 until its last byte, 2, and x at 3.
    """
    tokenizer = tokenizers["unigram"]
    pieces = tokenizer.pieces(tokenizer.encode("☃▁x"))
    assert pieces == [
        "▁",
        "<0xE2>",
        "<0x98>",
        "<0x83>",
        "<0xEE>",
        "<0x80>",
        "<0x80>",
        "<0xEE>",
        "<0x80>",
        "<0x82>",
        "x",
    ]
    assert tokenizer.end_offsets("☃▁x") == [0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 3]
    assert tokenizers["word"].end_offsets(" the  new\tsea ") == [4, 9, 13]
    assert tokenizers["char"].end_offsets("a☃") == [1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_any_ids_give_some_text(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else a model could write something that cannot be shown."""
    tokenizer = tokenizers[kind]
    draw = random.Random(1)
    for _ in range(300):
        ids = [draw.randrange(tokenizer.vocab_size) for _ in range(12)]
        tokenizer.decode(ids).encode()
        assert not any(" " in piece for piece in tokenizer.pieces(ids))
    for wrong in ([-1], [tokenizer.vocab_size], [0, 1 << 40]):
        with pytest.raises(InputError, match="no token"):
            tokenizer.decode(wrong)
        with pytest.raises(InputError, match="no token"):
            tokenizer.pieces(wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_ends_are_line_ends(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else lines that a model wrote would run together, or begin with a space."""
    tokenizer = tokenizers[kind]
    first, second = tokenizer.encode("the old man"), tokenizer.encode("the sea")
    stream = [*first, END_ID, END_ID, *second, END_ID]
    assert tokenizer.decode(stream) == "the old man\n\nthe sea\n"


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded_is_the_same(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else a model would read other tokens after it was saved."""
    tokenizer = tokenizers[kind]
    loaded = load_tokenizer(tokenizer.to_files())
    assert loaded.to_files() == tokenizer.to_files()
    assert (loaded.kind, loaded.vocab_size, loaded.normalization) == (
        tokenizer.kind,
        tokenizer.vocab_size,
        tokenizer.normalization,
    )
    assert [loaded.encode(line) for line in NASTY] == [tokenizer.encode(line) for line in NASTY]


@pytest.mark.parametrize("kind", KINDS)
def test_training_can_be_repeated(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else the same text and command would give another model each time."""
    size = 400 if kind in LOSSLESS else None
    again, _ = train_tokenizer(kind, [block(LINES)], vocab_size=size)  # type: ignore[arg-type]
    assert again.to_files() == tokenizers[kind].to_files()


@pytest.mark.parametrize("kind", KINDS)
def test_frequent_comes_first(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else a vocabulary could not be cut, or divided into classes, by id."""
    tokenizer = tokenizers[kind]
    ids, _ = tokenizer.encode_lines(LINES)
    counts = np.bincount(ids, minlength=tokenizer.vocab_size)[2:]
    assert (np.diff(counts) <= 0).all()
    assert tokenizer.pieces([END_ID, UNKNOWN_ID]) == ["</s>", "<unk>"]


@pytest.mark.parametrize("kind", KINDS)
def test_normalization_is_the_tokenizer_s(kind: str) -> None:
    """Else a text typed on another system would have other tokens."""
    composed, apart = "é 한", "e\u0301 \u1112\u1161\u11ab"
    lines = [composed] * 9
    nfc, _ = train_tokenizer(kind, [block(lines)])  # type: ignore[arg-type]
    assert nfc.encode(apart) == nfc.encode(composed)
    assert nfc.encode_lines([apart])[0].tolist() == nfc.encode(composed)
    none, _ = train_tokenizer(kind, [block([apart] * 9)], normalization="none")  # type: ignore[arg-type]
    assert none.decode(none.encode(apart)) == apart
    assert none.encode(apart) != none.encode(composed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lines", [[], [""], ["", ""]])
def test_no_text_no_tokenizer(kind: str, lines: list[str]) -> None:
    """Else an empty file would give a model of nothing."""
    with pytest.raises(InputError):
        train_tokenizer(kind, [block(lines)] if lines else [])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["char", *LOSSLESS])
def test_half_a_surrogate_pair_is_refused(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else an argument that is not UTF-8 would end in a traceback."""
    with pytest.raises(InputError, match=r"U\+DCFF"):
        tokenizers[kind].encode("a\udcff")
    with pytest.raises(InputError, match=r"U\+DCFF"):
        tokenizers[kind].encode_lines(["fine", "a\udcff"])


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_pieces_are_refused(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else `tokenize --decode` with the wrong model would give a wrong text."""
    assert tokenizers[kind].piece_ids(["<unk>"]) == [UNKNOWN_ID]
    with pytest.raises(InputError, match="piece"):
        tokenizers[kind].piece_ids(["쀍쀍쀍"])
