"""How many networks a mixture gets, and how the time is shared out among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqlm.config import LanguageModelOptions, TextOptions
from seqlm.recipes import network_rounds as rounds_module
from seqlm.recipes import train_language_model
from seqlm.recipes.network_rounds import (
    network_rounds,
    number_of_networks,
    unfinished_rounds,
    with_shares,
)
from seqlm.recipes.train_request import TrainRequest
from seqlm.verified_folder import MANIFEST


def request(folder: Path, threads: int = 2, **options: object) -> TrainRequest:
    settled = replace(LanguageModelOptions(arch="auto"), **options)
    return TrainRequest(("c.txt",), (), folder, TextOptions(), settled, "cpu", threads)


def test_the_time_is_shared_out_among_the_rounds(tmp_path: Path) -> None:
    """Else the first round would use up all of it, or an interrupted training start over."""
    wanted = request(tmp_path, budget=1000.0)
    rounds = network_rounds(wanted, 4)
    assert [[n.options.seed for n in each] for each in rounds] == [[1, 2], [3, 4]]
    assert {n.threads for each in rounds for n in each} == {1}
    planned = with_shares(rounds, 1000.0)
    assert [each[0].options.budget for each in planned] == [483.0, 966.0]
    for network in rounds[0]:
        network.folder.mkdir(parents=True)
        (network.folder / MANIFEST).touch()
    left = with_shares(unfinished_rounds(rounds), 1000.0)
    assert [[n.options.seed for n in each] for each in left] == [[3, 4]]
    assert left[0][0].options.budget == 966.0


def test_rounds_are_as_even_as_they_can_be(tmp_path: Path) -> None:
    """Else cores would idle while the last network is trained."""
    for number, threads, sizes in ((5, 4, [3, 2]), (3, 8, [3]), (2, 1, [1, 1]), (1, 2, [1])):
        rounds = network_rounds(request(tmp_path, threads), number)
        assert [len(each) for each in rounds] == sizes
    assert network_rounds(request(tmp_path, 8), 2)[0][0].threads == 4


@pytest.mark.parametrize(
    ("budget", "readings", "threads", "number"),
    [
        (1800.0, 20.7, 2, 4),
        (1800.0, 20.7, 1, 2),
        (1800.0, 17.0, 2, 2),
        (36000.0, 40.0, 2, 8),
        (200.0, 40.0, 2, 6),  # a minute each
        (100.0, 40.0, 2, 2),
        (30.0, 40.0, 2, 1),
    ],
)
def test_time_to_spare_makes_more_networks(
    budget: float,
    readings: float,
    threads: int,
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else half an hour would give no better model than ten minutes."""
    prepared = SimpleNamespace(train=range(100_000), key="k")
    monkeypatch.setattr(rounds_module, "find_prepared", lambda key: prepared)
    monkeypatch.setattr(train_language_model, "readings_within", lambda *_: readings)
    monkeypatch.setattr(rounds_module.time, "monotonic", lambda: 5.0)
    notes: list[str] = []
    listener = SimpleNamespace(note=notes.append)
    wanted = request(tmp_path, threads, budget=budget)
    assert number_of_networks(wanted, prepared, listener, 0.0) == number
    assert len(notes) == (number > threads)


def test_a_machine_is_not_timed_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else seconds of a short budget would go into learning that there is one round."""
    prepared = SimpleNamespace(train=range(10**8), key="k")
    monkeypatch.setattr(rounds_module, "find_prepared", lambda key: prepared)
    monkeypatch.setattr(train_language_model, "readings_within", None)
    wanted = request(tmp_path, 1, budget=600.0)
    assert number_of_networks(wanted, prepared, None, 0.0) == 1
    assert number_of_networks(request(tmp_path, 1, steps=3), prepared, None, 0.0) == 1
