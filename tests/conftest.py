"""What every test shares: one torch thread, and no settings or models of the machine it runs on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny models are slower with two threads than with one."""
    if "torch" in sys.modules or os.environ.get("SEQLM_TEST_NO_TORCH") is None:
        import torch

        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No test reads the user's settings, models or cache, or writes into them."""
    for name in [name for name in os.environ if name.startswith("SEQLM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEQLM_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def mixable(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny language models to be mixed: lstm, gru and ngram over the same words, char over none."""
    from seqlm.commands import run

    folder = tmp_path_factory.mktemp("mixable")
    english = Path(__file__).parents[1] / "corpora" / "english.txt"
    text = folder / "text.txt"
    text.write_text("\n".join(english.read_text(encoding="utf-8").splitlines()[:800]) + "\n")
    made = {}
    for name in ("lstm", "gru", "ngram", "char"):
        made[name] = folder / name
        tokenizer, arch = ("char", "ngram") if name == "char" else ("word", name)
        common = ["train-lm", text, "-q", "-o", made[name], "--tokenizer", tokenizer]
        network = ["--steps", 30, "--hidden-size", 16, "--threads", 1]
        shape = ["--order", 3] if arch == "ngram" else network
        assert run([str(word) for word in [*common, "--arch", arch, *shape]]) == 0
    return made
