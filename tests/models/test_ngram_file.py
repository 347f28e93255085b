"""An n-gram table in a safetensors file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from test_ngram_lm import make_table

from seqlm.errors import ModelError
from seqlm.models.ngram_file import read_table, table_config, write_table
from seqlm.models.ngram_table import NgramTable


@pytest.fixture
def table() -> NgramTable:
    return make_table(3)


@pytest.fixture
def path(table: NgramTable, tmp_path: Path) -> Path:
    write_table(table, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("order", [1, 2, 4])
def test_round_trip(order: int, tmp_path: Path) -> None:
    """A model that was saved and loaded is the same to the last bit."""
    table = make_table(order)
    write_table(table, tmp_path / "model.safetensors")
    again = read_table(tmp_path / "model.safetensors", table_config(table))
    ids = np.random.default_rng(0).integers(0, table.vocab_size, 200)
    for ours, theirs in zip(table.score(ids), again.score(ids), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_library_reads_it(table: NgramTable, path: Path) -> None:
    """The file is written by hand, a piece at a time: it has to be real safetensors."""
    arrays = load_file(path)
    np.testing.assert_array_equal(arrays["log_probs.2"], table.log_probs[1])
    assert sorted(arrays) == [
        "backoffs.1", "backoffs.2", "keys.2", "keys.3", "log_probs.1", "log_probs.2", "log_probs.3"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("keys.2", lambda a: a[::-1].copy()),
        ("keys.2", lambda a: np.where(np.arange(len(a)) == 1, a[0], a)),
        ("keys.3", lambda a: a + 10**12),
        ("keys.2", lambda a: a - 10),
        ("log_probs.1", lambda a: -a),
        ("log_probs.3", lambda a: a * np.nan),
        ("backoffs.1", lambda a: a - np.inf),
        ("backoffs.2", lambda a: a[:-1]),
        ("log_probs.2", lambda a: a.astype(np.float64)),
        ("log_probs.2", lambda a: a[:, None]),
        ("log_probs.2", None),
    ],
)
def test_damaged_arrays_are_refused(
    table: NgramTable, path: Path, name: str, change: object
) -> None:
    """A table with a hole or out of order gives wrong figures without a word."""
    arrays = load_file(path)
    if change is None:
        del arrays[name]
    else:
        arrays[name] = np.ascontiguousarray(change(arrays[name]))
    save_file(arrays, path)
    with pytest.raises(ModelError):
        read_table(path, table_config(table))


@pytest.mark.parametrize(
    "change",
    [
        {"order": 4}, {"order": 0}, {"order": "3"}, {"order": True}, {"vocab_size": 8},
        {"vocab_size": 2**40}, {"num_ngrams": [7, 1, 1]}, {"num_ngrams": None},
        {"num_ngrams": [7, 2**62, 1]}, {"num_ngrams": [7, -1, 1]},
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_refused(
    table: NgramTable, path: Path, change: dict[str, object]
) -> None:
    """config.json is the user's to edit, and nothing in it may crash the reader."""
    with pytest.raises(ModelError):
        read_table(path, table_config(table) | change)


def test_damaged_files_are_refused_or_harmless(table: NgramTable, path: Path) -> None:
    """Whatever byte is changed or lost, reading raises ModelError or gives finite figures."""
    whole = path.read_bytes()
    rng = np.random.default_rng(3)
    ids = rng.integers(0, table.vocab_size, 30)
    for trial in range(200):
        damaged = bytearray(whole)
        if trial % 4 == 0:
            damaged = damaged[: rng.integers(0, len(whole))]
        else:
            span = 600 if trial % 2 else len(whole)
            damaged[rng.integers(0, span)] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            log_probs, _ = read_table(path, table_config(table)).score(ids)
        except ModelError:
            continue
        assert np.isfinite(log_probs).all()
