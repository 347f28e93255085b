"""``train-lm`` where one model is not the best: networks side by side, mixed with n-grams."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqlm.recipes import train_mixture_model
from tests.commands.conftest import Seqlm, small_corpus

TINY = ("--tokenizer", "char", "--hidden-size", "4", "--steps", "3", "--threads", "2")


def config_of(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / "config.json").read_text())
    return loaded


def test_what_is_trained_when_nothing_is_said(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the model that everybody gets would not be the better one of network and n-grams."""
    small_corpus(tmp_path / "c.txt", lines=60)
    trained = seqlm("train-lm", "c.txt", *TINY)
    assert trained.code == 0, trained.err
    config = config_of(tmp_path / "models/lm-c")
    assert config["members"] == ["lstm", "ngram"]
    assert "mixture: " in trained.err
    record = json.loads((tmp_path / "models/lm-c/train.json").read_text())
    assert record["request"]["options"]["arch"] == "auto"
    last = trained.err.splitlines()[-1]
    best = min(member["tune_ppl"] for member in record["members"])
    assert float(last.split()[2]) <= best, "a mixture is no worse than its best member"


def test_a_text_too_long_to_be_counted_is_counted_in_part(
    seqlm: Seqlm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else long texts in short times would do without n-grams, and they are the better half."""
    small_corpus(tmp_path / "c.txt", lines=60)
    monkeypatch.setattr(train_mixture_model, "_FEWEST_COUNTED", 640)
    monkeypatch.setattr(train_mixture_model, "_COUNTED_A_SECOND", 1)
    trained = seqlm("train-lm", "c.txt", *TINY, "--budget", "30s", "-o", "m")
    assert trained.code == 0, trained.err
    assert "there is no time to count more" in trained.err
    records = [json.loads(line) for line in (tmp_path / "m/metrics.jsonl").read_text().splitlines()]
    counted = next(record["tokens"] for record in records if record["member"] == "ngram")
    assert 0 < counted <= 641, "with the end of the last line"


def test_networks_side_by_side_are_those_of_their_seeds(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else two processes would train the same network, or disturb each other's chance."""
    small_corpus(tmp_path / "c.txt", lines=60)
    all_three = seqlm("train-lm", "c.txt", *TINY, "--arch", "gru", "--members", "3", "-o", "all")
    assert all_three.code == 0, all_three.err
    assert config_of(tmp_path / "all")["members"] == ["gru"] * 3
    for seed in ("1", "2", "3"):  # the last one in a second round, for there are two threads
        alone = ("--arch", "gru", "--seed", seed, "--threads", "1", "-o", f"alone{seed}", "-q")
        assert seqlm("train-lm", "c.txt", *TINY[:-2], *alone).code == 0
        weights = (tmp_path / f"alone{seed}/model.safetensors").read_bytes()
        assert weights == (tmp_path / "all" / f"{seed}.model.safetensors").read_bytes()


def test_a_network_that_fails_is_told(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the error of a process behind the scenes would be a traceback, or nothing."""
    small_corpus(tmp_path / "c.txt", lines=60)
    failed = seqlm(
        "train-lm", "c.txt", *TINY, "--arch", "gru", "--members", "2", "--device", "cuda:7"
    )
    assert failed.code == 2
    assert failed.err.splitlines()[-2].startswith("error: there is no device 'cuda:7'")
    assert not (tmp_path / "models/lm-c/config.json").exists()


def test_options_that_mean_nothing(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a wish would be dropped without a word."""
    small_corpus(tmp_path / "c.txt", lines=60)
    for arch, option in (("ngram", "--members"), ("gru", "--order")):
        refused = seqlm("train-lm", "c.txt", "--arch", arch, option, "3")
        assert refused.code == 2 and option in refused.err
