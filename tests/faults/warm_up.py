"""Import and compile in the parent what every fork would otherwise import and compile anew."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from tests.faults.trainers import TRAINERS
from tests.faults.workplace import write_texts


def warm_up(names: Collection[str] = tuple(TRAINERS)) -> None:
    """One short training of each of those kinds in this process; no threads are left behind."""
    import torch

    torch.set_num_threads(1)
    from seqlm.commands import run

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ["SEQLM_CACHE_DIR"] = folder
        write_texts(Path(folder))
        for number, line in enumerate(TRAINERS[name] for name in names):
            with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
                run([*line.replace("STEPS", "1").split(), "-o", f"out-{number}", "-q"])
