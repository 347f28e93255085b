"""A little of each part of the fault harness; ``make torture`` runs all of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults import shim

pytestmark = pytest.mark.skipif(shim.compiler() is None, reason="needs Linux and a C compiler")

COUNTS = {
    "kills.lstm": 2,
    "steps.lstm": 2,
    "writes": 19,
    "folders": 60,
    "strings": 60,
    "streams": 9,
    "parsers": 5,
}
NARROWED = [
    "commands=train-lm lstm,train-tokenizer char,score",
    "models=lm,bpe",
    "trainers=lstm",
]
_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the parts found, run one after the other in one process beside this one."""
    results = tmp_path_factory.mktemp("torture") / "results.jsonl"
    counts = [f"{name}={count}" for name, count in COUNTS.items()]
    command = [sys.executable, "-m", "tests.faults.torture", *counts, *NARROWED]
    done = subprocess.run(
        [*command, f"only={','.join(COUNTS)}", f"results={results}"],
        cwd=_ROOT,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
    )
    assert results.exists(), done.stderr
    return [json.loads(line) for line in results.read_text().splitlines()]


@pytest.mark.parametrize("words", [
    "and `--resume`: lstm",
    "every step",
    "no room",
    "one failing call",
    "one short write",
    "damaged model folders",
    "forged model folders",
    "decode(encode(x))",
    "head -1",
    "/dev/full",
    "stderr closed",
    "mutated files",
])  # fmt: skip
def test_nothing_fails(findings: list[dict[str, Any]], words: str) -> None:
    """Else a kill, a full disk, a damaged folder or a hostile text could do harm unseen."""
    found = [finding for finding in findings if words in finding["test"]]
    assert found and all(finding["cases"] for finding in found)
    assert [failure for finding in found for failure in finding["failures"]] == []
