"""What every test shares: one torch thread, and no settings or models of the machine it runs on."""

from __future__ import annotations

import os
import sys

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
    monkeypatch.setenv("SEQLM_CACHE", str(tmp_path_factory.mktemp("cache")))
