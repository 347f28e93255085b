"""A damaged tokenizer is refused, whatever the damage."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import pytest

from seqlm.errors import ModelError
from seqlm.tokenizers import Tokenizer, load_tokenizer
from seqlm.tokenizers.model_proto import sort_pieces

CONFIG, MODEL = "tokenizer.json", "tokenizer.model"


def changed(tokenizer: Tokenizer, **keys: Any) -> dict[str, bytes]:
    """The files of ``tokenizer`` with other values; None takes a key away."""
    files = tokenizer.to_files()
    config = json.loads(files[CONFIG]) | keys
    config = {key: value for key, value in config.items() if value is not None}
    return files | {CONFIG: json.dumps(config).encode()}


@pytest.mark.parametrize(
    "keys",
    [
        {"format": 2},
        {"format": True},
        {"format": "1"},
        {"kind": "words"},
        {"kind": ["word"]},
        {"kind": "bpe"},
        {"normalization": "NFKC"},
        {"normalization": None},
        {"vocabulary": None},
        {"vocabulary": []},
        {"vocabulary": "the"},
        {"vocabulary": {"the": 1}},
        {"vocabulary": ["the", 1]},
        {"vocabulary": ["the", "the"]},
        {"vocabulary": ["the", ""]},
        {"vocabulary": ["the sea"]},
        {"vocabulary": ["<unk>"]},
        {"vocabulary": ["\ud800"]},
        {"vocabulary": ["e\u0301"]},
        {"more": 1},
    ],
)
def test_a_word_tokenizer_that_is_not_ours(
    tokenizers: dict[str, Tokenizer], keys: dict[str, Any]
) -> None:
    """Else a file that somebody edited would change every figure."""
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        load_tokenizer(changed(tokenizers["word"], **keys))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"format": NaN}',
        b'{"format": 1, "format": 1}',
        b"1" * 10_000,
    ],
)
def test_what_is_no_configuration(data: bytes) -> None:
    """Else a damaged file would end in a traceback."""
    with pytest.raises(ModelError):
        load_tokenizer({CONFIG: data})


def test_missing_files(tokenizers: dict[str, Tokenizer]) -> None:
    """Else half a folder would be half a model."""
    with pytest.raises(ModelError):
        load_tokenizer({})
    files = tokenizers["unigram"].to_files()
    with pytest.raises(ModelError):
        load_tokenizer({CONFIG: files[CONFIG]})


@pytest.mark.parametrize(
    "keys",
    [
        {"vocab_size": 7},
        {"vocab_size": "400"},
        {"vocab_size": 1e3},
        {"vocab_size": -1},
        {"model_sha256": None},
        {"model_sha256": 1},
        {"model_sha256": "00"},
        {"vocabulary": []},
    ],
)
def test_a_subword_tokenizer_that_is_not_ours(
    tokenizers: dict[str, Tokenizer], keys: dict[str, Any]
) -> None:
    """Else a model would be read with another's pieces."""
    with pytest.raises(ModelError):
        load_tokenizer(changed(tokenizers["unigram"], **keys))


def forged(tokenizer: Tokenizer, model: bytes) -> dict[str, bytes]:
    """The files of ``tokenizer`` with another model, whose hash is right."""
    digest = hashlib.sha256(model).hexdigest()
    return changed(tokenizer, model_sha256=digest) | {MODEL: model}


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_damaged_model_is_refused(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else random bytes would reach sentencepiece, and perhaps crash it."""
    files = tokenizers[kind].to_files()
    draw = random.Random(1)
    for _ in range(100):
        model = bytearray(files[MODEL])
        model[draw.randrange(len(model))] ^= 1 << draw.randrange(8)
        with pytest.raises(ModelError):
            load_tokenizer(files | {MODEL: bytes(model)})


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_forged_model_does_no_harm(tokenizers: dict[str, Tokenizer], kind: str) -> None:
    """Else a model from elsewhere could crash the program; if it is taken, it loses nothing."""
    good = tokenizers[kind].to_files()[MODEL]
    draw = random.Random(2)
    for _ in range(200):
        model = bytearray(good)
        for _ in range(draw.choice((1, 1, 3))):
            model[draw.randrange(len(model))] = draw.randrange(256)
        model = model[: draw.choice((len(model), len(model), draw.randrange(len(model))))]
        try:
            tokenizer = load_tokenizer(forged(tokenizers[kind], bytes(model)))
        except ModelError:
            continue
        assert tokenizer.decode(tokenizer.encode("the ☃ sea")) == "the ☃ sea"


def test_a_model_with_other_settings_is_refused(tokenizers: dict[str, Tokenizer]) -> None:
    """Else sentencepiece would normalise a text, or drop its spaces, behind our back.

    In the normaliser's settings (field 3) add_dummy_prefix and remove_extra_whitespaces are fields
    3 and 4; what stands last in the file counts.
    """
    good = tokenizers["unigram"].to_files()[MODEL]
    for setting in (b"\x18\x01", b"\x20\x01"):
        model = good + b"\x1a" + bytes([len(setting)]) + setting
        with pytest.raises(ModelError):
            load_tokenizer(forged(tokenizers["unigram"], model))


def test_pieces_are_sorted_in_the_file() -> None:
    """Two pieces "a" and "b" (field 1) and another field, 2; and what is not such a file."""
    a, b, other = b"\x0a\x03\x0a\x01a", b"\x0a\x03\x0a\x01b", b"\x12\x02\x08\x01"
    assert sort_pieces(a + other + b, [1, 0]) == b + a + other
    for model, order in ((a + b, [0]), (a + b, [0, 0]), (b"\x08\x01", [])):
        with pytest.raises(ValueError):
            sort_pieces(model, order)
