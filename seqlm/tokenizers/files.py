"""tokenizer.json: written here, and read back strictly."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from seqlm.config import Normalization, TokenizerKind
from seqlm.errors import ModelError

CONFIG = "tokenizer.json"
MODEL = "tokenizer.model"
FORMAT = 1
MAX_CONFIG_BYTES = 256 << 20
MAX_MODEL_BYTES = 64 << 20


def vocabulary_file(
    kind: TokenizerKind, normalization: Normalization, entries: Sequence[str]
) -> dict[str, bytes]:
    """The one file of a word or character tokenizer."""
    return {CONFIG: config_bytes(kind, normalization, vocabulary=list(entries))}


def config_bytes(kind: TokenizerKind, normalization: Normalization, **more: object) -> bytes:
    """The JSON text that ``read_config`` reads."""
    config = {"format": FORMAT, "kind": kind, "normalization": normalization, **more}
    return (json.dumps(config, ensure_ascii=False, indent=1) + "\n").encode()


def read_config(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Read tokenizer.json and check everything in it.

    Raises:
        ModelError: it is missing, too large, no JSON, or anything in it is not as it is written.
    """
    data = files.get(CONFIG)
    if data is None:
        raise damaged("it is missing")
    if len(data) > MAX_CONFIG_BYTES:
        raise damaged(f"it is over {MAX_CONFIG_BYTES:,} bytes long")
    try:
        config = json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise damaged("it is not JSON") from error
    if not isinstance(config, dict):
        raise damaged("it holds no object")
    subword = config.get("kind") in ("unigram", "bpe")
    last = {"vocab_size", "model_sha256"} if subword else {"vocabulary"}
    if set(config) != {"format", "kind", "normalization"} | last:
        raise damaged("it does not have the keys of this format")
    if type(config["format"]) is not int or config["format"] != FORMAT:
        raise damaged(f"its format is {config['format']!r}, and this program reads {FORMAT}")
    if config["kind"] not in ("word", "char", "unigram", "bpe"):
        raise damaged(f"its kind is {config['kind']!r}")
    if config["normalization"] not in ("NFC", "none"):
        raise damaged(f"its normalization is {config['normalization']!r}")
    if subword:
        _check_subword(config)
    else:
        _check_entries(config)
    return config


def damaged(reason: str) -> ModelError:
    """The error for a tokenizer that cannot be used."""
    return ModelError(f"{CONFIG} cannot be used: {reason}", "seqlm train-tokenizer FILE")


def _check_subword(config: dict[str, Any]) -> None:
    size, digest = config["vocab_size"], config["model_sha256"]
    if type(size) is not int or not 0 < size <= 1 << 24:
        raise damaged("its vocab_size is out of range")
    if not isinstance(digest, str):
        raise damaged("its model_sha256 is no text")


def _check_entries(config: dict[str, Any]) -> None:
    entries = config["vocabulary"]
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise damaged("its vocabulary is no list of texts")
    if not entries or len(set(entries)) != len(entries):
        raise damaged("its vocabulary is empty or names something twice")
    if config["kind"] == "char" and any(len(entry) != 1 for entry in entries):
        raise damaged("its vocabulary holds more than characters")
    if config["kind"] == "word" and any(entry.split() != [entry] for entry in entries):
        raise damaged("its vocabulary holds more than words")
    text = "\n".join(entries)
    if config["normalization"] == "NFC" and not unicodedata.is_normalized("NFC", text):
        raise damaged("its vocabulary is not in NFC")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise damaged("its vocabulary holds what is no character") from None
    if config["kind"] == "word" and "<unk>" in entries:
        raise damaged("its vocabulary names <unk>")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)
