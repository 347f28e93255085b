"""A tokenizer as ``tokenizers`` and ``transformers`` read it: the same ids for the same text.

Their file is called tokenizer.json as ours is, but is another format. Words and characters become
its WordLevel model, subwords its Unigram or BPE model with our escapes as normalizers (see
``subword_text``). What they cannot be kept from: a text that spells ``</s>`` is the end there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from seqlm.tokenizers.character import CharacterTokenizer
from seqlm.tokenizers.subword import SubwordTokenizer
from seqlm.tokenizers.subword_text import ESCAPE, SPACE
from seqlm.tokenizers.tokenizer import END, END_ID, FIRST_ID, UNKNOWN, UNKNOWN_ID, Tokenizer
from seqlm.tokenizers.word import WordTokenizer

_BETWEEN_WORDS = ("[\\s\x1c-\x1f]+", "Removed")  # what str.split() takes for white space
_CHARACTERS = ("[\\s\\S]", "Isolated")
_END_BEHIND = {
    "type": "TemplateProcessing",
    "single": [
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": END, "type_id": 0}},
    ],
    "pair": [
        {"Sequence": {"id": "A", "type_id": 0}},
        {"Sequence": {"id": "B", "type_id": 1}},
        {"SpecialToken": {"id": END, "type_id": 0}},
    ],
    "special_tokens": {END: {"id": END, "ids": [END_ID], "tokens": [END]}},
}
_ESCAPES = ((ESCAPE, ESCAPE + "\ue001"), (SPACE, ESCAPE + "\ue002"))


def hugging_face_files(tokenizer: Tokenizer, *, end: bool = False) -> dict[str, bytes]:
    """``tokenizer.json`` and ``tokenizer_config.json``.

    Args:
        tokenizer: ours.
        end: whether theirs puts ``</s>`` behind each text, as a translator's source wants it.
    """
    if isinstance(tokenizer, SubwordTokenizer):
        parts = _subwords(tokenizer)
    else:
        assert isinstance(tokenizer, (WordTokenizer, CharacterTokenizer))
        parts = _words(tokenizer)
    whole = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(END_ID, END), _special(UNKNOWN_ID, UNKNOWN)],
        "normalizer": _sequence("normalizers", _normal_form(tokenizer) + parts["normalizers"]),
        "pre_tokenizer": parts["pre_tokenizer"],
        "post_processor": _END_BEHIND if end else None,
        "decoder": _sequence("decoders", parts["decoders"]),
        "model": parts["model"],
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END,
        "eos_token": END,
        "pad_token": END,
        "unk_token": UNKNOWN,
        "clean_up_tokenization_spaces": False,
        "model_max_length": int(1e30),
    }
    return {
        "tokenizer.json": json.dumps(whole, ensure_ascii=False).encode(),
        "tokenizer_config.json": json.dumps(config, indent=2).encode(),
    }


def _special(number: int, text: str) -> dict[str, Any]:
    switches = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": text, **switches, "special": number == END_ID}


def _sequence(name: str, parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    return {"type": "Sequence", name: parts} if parts else None


def _normal_form(tokenizer: Tokenizer) -> list[dict[str, Any]]:
    return [{"type": "NFC"}] if tokenizer.normalization == "NFC" else []


def _replace(old: str, new: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def _split(pattern: str, behavior: str) -> dict[str, Any]:
    return {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": behavior,
        "invert": False,
    }


def _words(tokenizer: WordTokenizer | CharacterTokenizer) -> dict[str, Any]:
    """Words between white space, or every character by itself."""
    words = tokenizer.kind == "word"
    texts = tokenizer.vocabulary.texts(range(tokenizer.vocab_size))
    vocabulary = {text: number for number, text in reversed(list(enumerate(texts)))}
    return {
        "normalizers": [],
        "pre_tokenizer": _split(*(_BETWEEN_WORDS if words else _CHARACTERS)),
        "decoders": [] if words else [{"type": "Fuse"}],
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": UNKNOWN},
    }


def _subwords(tokenizer: SubwordTokenizer) -> dict[str, Any]:
    pieces, scores = tokenizer.model_pieces()
    normalizers = [
        *(_replace(old, new) for old, new in _ESCAPES),
        _replace(" ", SPACE),
        {"type": "Prepend", "prepend": SPACE},
    ]
    decoders = [
        {"type": "ByteFallback"},
        {"type": "Fuse"},
        _replace(SPACE, " "),
        {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        *(_replace(new, old) for old, new in reversed(_ESCAPES)),
    ]
    if tokenizer.kind == "unigram":
        vocabulary = [list(pair) for pair in zip(pieces, scores, strict=True)]
        model = {
            "type": "Unigram",
            "unk_id": UNKNOWN_ID,
            "vocab": vocabulary,
            "byte_fallback": True,
        }
    else:
        model = {
            "type": "BPE",
            "dropout": None,
            "unk_token": UNKNOWN,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": {piece: number for number, piece in enumerate(pieces)},
            "merges": [list(pair) for pair in _merges(pieces, scores)],
        }
    return {
        "normalizers": normalizers,
        "pre_tokenizer": None,
        "decoders": decoders,
        "model": model,
    }


def _merges(pieces: list[str], scores: list[float]) -> Iterator[tuple[str, str]]:
    """The pairs that BPE joins, the best piece first; sentencepiece keeps only what they make."""
    known = {piece: scores[number] for number, piece in enumerate(pieces) if number >= FIRST_ID}
    by_score = sorted(known, key=known.__getitem__, reverse=True)
    for piece in by_score:
        for place in range(1, len(piece)):
            pair = piece[:place], piece[place:]
            if pair[0] in known and pair[1] in known:
                yield pair
