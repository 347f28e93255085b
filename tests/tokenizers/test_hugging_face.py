"""Our tokenizers in Hugging Face's format, read by its own library where that is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqlm.data.blocks import Block
from seqlm.tokenizers import Tokenizer, train_tokenizer
from seqlm.tokenizers.hugging_face import hugging_face_files

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
LINES = (
    "the old man",
    "  two  spaces ",
    "",
    "안녕하세요 세계",
    "e\u0301 is é",
    "▁ \ue000\ue001 x",
    "🙂 never seen: ㋿",
    "tab\there",
)


def tokenizer_of(kind: str) -> Tokenizer:
    lines = [
        line
        for name in ("english", "korean")
        for line in (CORPORA / f"{name}.txt").read_text(encoding="utf-8").splitlines()[:400]
    ]
    block = Block(lines, False, False, 0)
    size = 600 if kind in ("unigram", "bpe") else None
    return train_tokenizer(kind, [block], vocab_size=size, min_count=None, normalization="NFC")[0]


@pytest.mark.parametrize("kind", ["word", "char", "unigram", "bpe"])
def test_the_same_ids_and_the_same_text(kind: str) -> None:
    """Else an exported model would be given other tokens than it was trained on."""
    tokenizers = pytest.importorskip("tokenizers")
    ours = tokenizer_of(kind)
    files = hugging_face_files(ours)
    theirs = tokenizers.Tokenizer.from_str(files["tokenizer.json"].decode())
    corpus = (CORPORA / "english.test.txt").read_text(encoding="utf-8").splitlines()[:100]
    corpus += (CORPORA / "korean.test.txt").read_text(encoding="utf-8").splitlines()[:100]
    for line in (*LINES, *corpus):
        ids = ours.encode(line)
        assert theirs.encode(line).ids == ids, line
        assert theirs.decode(ids, skip_special_tokens=False) == ours.decode(ids), line


@pytest.mark.parametrize("kind", ["word", "char", "unigram", "bpe"])
def test_the_files_name_every_token_once(kind: str) -> None:
    """Else ids would move: the file has to have as many entries as the model has outputs."""
    ours = tokenizer_of(kind)
    files = hugging_face_files(ours)
    whole = json.loads(files["tokenizer.json"])
    vocabulary = whole["model"]["vocab"]
    if kind == "unigram":
        assert [piece for piece, _ in vocabulary][:2] == ["</s>", "<unk>"]
    else:
        assert sorted(vocabulary.values()) == list(range(ours.vocab_size))
        assert (vocabulary["</s>"], vocabulary["<unk>"]) == (0, 1)
    assert len(vocabulary) == ours.vocab_size
    assert json.loads(files["tokenizer_config.json"])["eos_token"] == "</s>"
