"""Commands that are started without one of their streams."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = f"{sys.executable} -m seqlm"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True)


def test_a_closed_stdout_is_an_error_at_once(tmp_path: Path) -> None:
    """Else a training would run for hours and then have nowhere to say where its model is."""
    done = shell(f"{PROGRAM} tokenize missing.txt >&-", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: standard output is closed"


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_a_closed_stream_is_no_files_number(tmp_path: Path, closed: str) -> None:
    """Else what is written next, a model perhaps, would take the place of stdin or stderr."""
    (tmp_path / "text.txt").write_text("the old man\n" * 20)
    line = f"{PROGRAM} train-tokenizer text.txt --kind char -o t {closed}"
    done = shell(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "t\n"
    assert shell(f"{PROGRAM} tokenize text.txt -m t -q", tmp_path).returncode == 0
