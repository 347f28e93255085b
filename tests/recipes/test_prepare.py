"""A text is prepared once, divided as promised, and found again; damage is made good."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from seqlm.data.corpus import Corpus
from seqlm.data.token_store import StoreWriter
from seqlm.errors import InputError, ModelError, SeqlmError, UsageError
from seqlm.recipes import prepared_cache, prepared_files
from seqlm.recipes.prepare import find_prepared, prepare

TEXT = "".join(f"the {name} sat on mat {n}\n" for n, name in enumerate(["cat", "dog"] * 30))


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A text of 60 lines, and a cache of its own."""
    monkeypatch.setenv("SEQLM_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


def count_builds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list that grows each time a text is tokenized."""
    made: list[Any] = []
    monkeypatch.setattr(
        "seqlm.recipes.prepare.build_files",
        lambda *arguments: (made.append(arguments), prepared_files.build_files(*arguments)),
    )
    return made


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "prepared").glob("*"))


def test_the_parts_and_their_facts(text: Path) -> None:
    """Else the perplexity of a model would be of another text than is said."""
    prepared = prepare(Corpus(text), None, "word")
    lines = TEXT.splitlines()
    held = lines[19::20]
    train = [line for line in lines if line not in held]
    assert prepared.tokenizer.decode(prepared.valid.ids.tolist()) == "".join(
        " ".join(word if word in " ".join(train).split() else "<unk>" for word in line.split())
        + "\n"
        for line in held
    )
    assert prepared.tokenizer.decode(prepared.train.ids.tolist()) == "".join(
        f"{line}\n" for line in train
    )
    facts = prepared.facts
    assert facts["held_out"] == "every 20th line"
    assert facts["train"]["lines"] == 57 and facts["valid"]["lines"] == 3
    assert facts["train"]["bytes"] + facts["valid"]["bytes"] == len(TEXT)
    assert facts["valid"]["words"] == facts["valid"]["tokens"] == 18
    assert facts["train"]["unknown"] == 0 and facts["valid"]["unknown"] == 3
    assert facts["tokenizer"]["vocab_size"] == prepared.tokenizer.vocab_size


def test_the_vocabulary_never_sees_the_held_out_text(text: Path, tmp_path: Path) -> None:
    """Else a model would be judged on words that it was told of."""
    (tmp_path / "valid.txt").write_text("a zebra\n")
    prepared = prepare(Corpus(text), Corpus(tmp_path / "valid.txt"), "word")
    assert prepared.tokenizer.decode(prepared.valid.ids.tolist()) == "<unk> <unk>\n"
    assert prepared.facts["train"]["lines"] == 60
    assert prepared.facts["held_out"] == "a text of its own"


@pytest.mark.parametrize("kind", ["word", "char", "unigram", "bpe"])
def test_the_second_time_it_is_found(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Else a second training would tokenize everything again."""
    builds = count_builds(monkeypatch)
    first = prepare(Corpus(text), None, kind)
    (tmp_path / "copy.txt").write_text(TEXT)
    second = prepare(Corpus(tmp_path / "copy.txt"), None, kind)
    assert len(builds) == 1 and first.key == second.key
    assert first.train.ids.tolist() == second.train.ids.tolist()
    assert (first.facts, first.notes) == (second.facts, second.notes)
    found = find_prepared(first.key)
    assert found is not None and found.valid.ids.tolist() == first.valid.ids.tolist()
    assert find_prepared("0" * 64) is None


def test_whatever_changes_the_ids_changes_the_key(text: Path, tmp_path: Path) -> None:
    """Else a model would be trained on what was prepared for another."""
    (tmp_path / "valid.txt").write_text("a cat\n")
    valid = Corpus(tmp_path / "valid.txt")
    keys = [
        prepare(Corpus(text), None, "word").key,
        prepare(Corpus(text), valid, "word").key,
        prepare(Corpus(text), None, "char").key,
        prepare(Corpus(text), None, "word", vocab_size=5).key,
        prepare(Corpus(text), None, "word", min_count=3).key,
        prepare(Corpus([text, tmp_path / "valid.txt"]), None, "word").key,
    ]
    assert len(set(keys)) == len(keys) == len(entries(tmp_path))


@pytest.mark.parametrize(
    "name", ["train.ids", "valid.ids", "facts.json", "tokenizer.json", "MANIFEST.json"]
)
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_damaged_entry_is_made_again(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    """Else a disk error would be trained on for ever."""
    builds = count_builds(monkeypatch)
    first = prepare(Corpus(text), None, "word").train.ids.tolist()
    (entry,) = entries(tmp_path)
    data = bytearray((entry / name).read_bytes())
    data[len(data) // 2] ^= 4
    (entry / name).unlink()
    if damage != "gone":
        (entry / name).write_bytes(data if damage == "flip" else data[: len(data) // 2])
    assert prepare(Corpus(text), None, "word").train.ids.tolist() == first
    assert len(builds) == 2
    prepare(Corpus(text), None, "word")
    assert len(builds) == 2


def test_what_is_not_used_is_removed(text: Path, tmp_path: Path) -> None:
    """Else the cache would grow for ever."""
    old = prepare(Corpus(text), None, "word").key
    used = prepare(Corpus(text), None, "char").key
    for key in (old, used):
        os.utime(tmp_path / "cache" / "prepared" / key, (0, 0))
    left = tmp_path / "cache" / "prepared" / ".building-left"
    left.mkdir()
    os.utime(left, (0, 0))
    prepare(Corpus(text), None, "char")  # uses it
    prepare(Corpus(text), None, "bpe")  # keeps a new one
    names = {entry.name for entry in entries(tmp_path)} | {
        entry.name for entry in (tmp_path / "cache" / "prepared").glob(".*")
    }
    assert used in names and old not in names and left.name not in names


def test_a_cache_that_cannot_be_written(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a read-only home would stop every training."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEQLM_CACHE_DIR", str(tmp_path / "file" / "cache"))
    prepared = prepare(Corpus(text), None, "word")
    assert len(prepared.train.ids) == prepared.train.num_words + 57
    assert "cannot be written" in prepared.notes[-1]


@pytest.mark.parametrize("where", ["ids", "entry"])
def test_a_full_disk_is_an_error(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Else half a text would be trained on."""

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    if where == "ids":
        monkeypatch.setattr(StoreWriter, "add", full)
    else:
        monkeypatch.setattr("seqlm.verified_folder._write_file", full)
    with pytest.raises(SeqlmError, match="No space left") as caught:
        prepare(Corpus(text), None, "word")
    assert caught.value.exit_code == 1 and "SEQLM_CACHE_DIR" in str(caught.value.hint)
    assert not [path for path in (tmp_path / "cache" / "prepared").rglob("*") if path.is_file()]


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be found nowhere, or written where it should not be."""
    monkeypatch.setenv("SEQLM_CACHE_DIR", "/own")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("HOME", "/home/me")
    assert prepared_cache.cache_folder() == Path("/own")
    monkeypatch.delenv("SEQLM_CACHE_DIR")
    assert prepared_cache.cache_folder() == Path("/xdg/seqlm")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert prepared_cache.cache_folder() == Path("/home/me/.cache/seqlm")


def test_a_pipe_is_prepared(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else `zcat text.gz | seqlm train-lm` would not work, or not be found again."""
    key = prepare(Corpus(text), None, "unigram").key
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert prepare(Corpus([], spool=True), None, "unigram").key == key


def test_a_text_that_changes_meanwhile(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a vocabulary would be trained on one text and a model on another."""
    train = prepared_files.train_tokenizer

    def change(*arguments: Any, **options: Any) -> Any:
        made = train(*arguments, **options)
        text.write_text(TEXT.replace("sat", "lay"))
        return made

    monkeypatch.setattr(prepared_files, "train_tokenizer", change)
    with pytest.raises(InputError, match="changed"):
        prepare(Corpus(text), None, "word")


@pytest.mark.parametrize("content", ["", "\n\n\n", "  \t\n", "word"])
def test_too_little_text(text: Path, content: str) -> None:
    """Else a model would be trained on nothing."""
    text.write_text(content)
    with pytest.raises(InputError) as caught:
        prepare(Corpus(text), None, "unigram")
    assert caught.value.hint


def test_an_empty_held_out_text(text: Path, tmp_path: Path) -> None:
    """Else the perplexity would be of no text."""
    (tmp_path / "valid.txt").write_text("\n \n")
    with pytest.raises(InputError, match="valid"):
        prepare(Corpus(text), Corpus(tmp_path / "valid.txt"), "word")


def test_the_choice_of_a_tokenizer_is_checked_first(text: Path, tmp_path: Path) -> None:
    """Else a mistyped kind would be told after a gigabyte was read."""
    with pytest.raises(UsageError, match="'words'"):
        prepare(Corpus(text), None, "words")
    with pytest.raises(ModelError):
        prepare(Corpus(text), None, str(tmp_path))


def test_a_ready_tokenizer(text: Path, tmp_path: Path) -> None:
    """Else two models could not share a vocabulary, and be mixed."""
    from seqlm.config import TextOptions, TokenizerOptions
    from seqlm.recipes.tokenizer import train_tokenizer

    corpus = Corpus(text, TextOptions(normalization="none"))
    made = train_tokenizer(corpus, TokenizerOptions("char"), tmp_path / "tokenizer")
    prepared = prepare(Corpus(text), None, str(tmp_path / "tokenizer"), vocab_size=9)
    assert prepared.tokenizer.to_files() == made.tokenizer.to_files()
    assert "change nothing" in prepared.notes[0]
    assert "normalization none" in prepared.notes[1]


def test_progress_is_told(text: Path) -> None:
    """Else a long preparation would look like a hang."""
    seen: list[tuple[str, int, int]] = []
    prepare(Corpus(text), None, "word", progress=lambda *now: seen.append(now))
    assert [stage for stage, _, _ in seen] == ["reading", "training the tokenizer", "encoding"]
    assert seen[-1][1:] == (len(TEXT), len(TEXT))
