"""word2vec from a text to a folder: stopped at any chunk, within a budget, with parts of words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqlm.config import TextOptions, Word2VecOptions
from seqlm.errors import InputError, Interrupted, SeqlmError
from seqlm.recipes.word2vec_records import Word2VecRequest, read_request

pytest.importorskip("numba")

from seqlm.recipes import train_word2vec as recipe
from seqlm.recipes.vector_folder import load_vectors

OPTIONS = Word2VecOptions(dim=16, subsample=0, min_count=1, epochs=2)
STEMS = {"가": "바다", "보": "산", "먹": "밥", "웃": "봄"}
ENDINGS = ("는다", "었다", "으니", "어서", "고")


class Watcher:
    """Hears everything and shows nothing."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def note(self, text: str) -> None: ...

    def planned(self, *_: object) -> None: ...

    def evaluated(self, record: dict[str, Any], epochs: float) -> None:
        self.records.append(record)


class StopAfter:
    """A stop request that comes when it has been looked at so many times."""

    exit_code = 143

    def __init__(self, looks: int) -> None:
        self._left = looks

    @property
    def signal(self) -> int | None:
        self._left -= 1
        return 15 if self._left < 0 else None

    def __enter__(self) -> StopAfter:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Verbs in several forms, each beside its own noun."""
    random = np.random.default_rng(1)
    path = tmp_path / "c.txt"
    lines = []
    for _ in range(1500):
        stem = random.choice(list(STEMS))
        words = [stem + str(random.choice(ENDINGS[:-1])), STEMS[stem]] * 3
        lines.append(" ".join(random.permutation(words)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def request(text: Path, folder: Path, options: Word2VecOptions = OPTIONS) -> Word2VecRequest:
    return Word2VecRequest((str(text),), folder, TextOptions(), options, threads=1)


def matrices(folder: Path) -> list[bytes]:
    """The bytes of the vectors, and what was noted of the losses."""
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    losses = [(line["step"], line["train_loss"], line["valid_loss"]) for line in records]
    files = [(folder / name).read_bytes() for name in ("vectors.npy", "words.txt")]
    return [*files, repr(losses).encode()]


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_stopping_at_any_chunk_changes_nothing(
    arch: str, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else vectors would depend on when their machine was switched off."""
    monkeypatch.setattr(recipe, "CHUNK", 1000)
    options = replace(OPTIONS, arch=arch)
    recipe.train_word2vec(request(text, tmp_path / "whole", options), Watcher())
    wanted = matrices(tmp_path / "whole")
    for looks in (1, 2, 5, 9, 14, 20):
        folder = tmp_path / "stopped"
        with monkeypatch.context() as patch, pytest.raises(Interrupted) as stopped:
            patch.setattr(recipe, "stop_on_signal", lambda looks=looks: StopAfter(looks))
            recipe.train_word2vec(request(text, folder, options), Watcher())
        assert stopped.value.exit_code == 143
        assert "--resume" in str(stopped.value.hint)
        recipe.train_word2vec(read_request(folder), Watcher(), resume=True)
        assert matrices(folder) == wanted, looks
        assert not (folder / "checkpoint").exists()
        shutil.rmtree(folder)


def test_a_killed_training_goes_on_from_its_last_checkpoint(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut would cost the whole training, or what it left would be other vectors."""
    monkeypatch.setattr(recipe, "CHUNK", 1000)
    recipe.train_word2vec(request(text, tmp_path / "whole"), Watcher())
    saves = []
    save = recipe.save_tables

    def save_then_die(*given: Any) -> None:
        save(*given)
        saves.append(given[1])
        if len(saves) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(recipe, "SAVE_EVERY", 1e-3)
        patch.setattr(recipe, "save_tables", save_then_die)
        recipe.train_word2vec(request(text, tmp_path / "killed"), Watcher())
    assert 0 < saves[0] < saves[1]
    recipe.train_word2vec(read_request(tmp_path / "killed"), Watcher(), resume=True)
    assert matrices(tmp_path / "killed") == matrices(tmp_path / "whole")


def test_another_text_is_not_gone_on_with(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else half of the vectors would be of words that are not in the text."""
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(recipe, "stop_on_signal", lambda: StopAfter(0))
        recipe.train_word2vec(request(text, tmp_path / "made"), Watcher())
    with open(text, "a", encoding="utf-8") as file:
        file.write("one more line\n")
    with pytest.raises(InputError, match="changed"):
        recipe.train_word2vec(read_request(tmp_path / "made"), Watcher(), resume=True)


def test_a_budget_decides_the_length(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a training within a budget would not end with a learning rate of almost nothing."""
    monkeypatch.setattr(recipe, "CHUNK", 1000)
    monkeypatch.setattr(recipe, "time_chunks", lambda *_: 50.0)
    watcher = Watcher()
    options = replace(OPTIONS, budget=1500.0)
    recipe.train_word2vec(request(text, tmp_path / "made", options), watcher)
    chunks = round(watcher.records[-1]["epoch"] * 9)  # of 9,000 words
    assert 20 <= chunks <= 29  # 1,500 s less what reading took, at 50 s a chunk
    assert watcher.records[-1]["learning_rate"] < 0.1 * watcher.records[0]["learning_rate"]
    assert json.loads((tmp_path / "made/train.json").read_text())["figures"]["epochs"] > 2


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
def test_an_unknown_inflection_is_near_its_stem(arch: str, text: Path, tmp_path: Path) -> None:
    """Else subwords would be of no use where they are needed most."""
    options = replace(OPTIONS, arch=arch, subwords=True, jamo=True, epochs=5)
    recipe.train_word2vec(request(text, tmp_path / "made", options), Watcher())
    vectors = load_vectors(tmp_path / "made")
    for stem, noun in STEMS.items():
        unknown = stem + ENDINGS[-1]
        assert unknown not in vectors
        near = [word for word, _ in vectors.neighbors(unknown, 3)]
        assert all(word == noun or word[0] == stem for word in near), (unknown, near)
    assert load_vectors(tmp_path / "made").vector_of("zzz") is None


def test_vectors_that_grow_without_bounds_are_not_written(text: Path, tmp_path: Path) -> None:
    """Else a model would be made that cannot answer a single question."""
    options = replace(OPTIONS, arch="cbow", subwords=True, learning_rate=30.0)
    with pytest.raises(SeqlmError) as refused:
        recipe.train_word2vec(request(text, tmp_path / "made", options), Watcher())
    assert "--lr" in str(refused.value.hint)
    assert not (tmp_path / "made/vectors.npy").exists()
