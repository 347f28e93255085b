"""The same seed twice, whatever PYTHONHASHSEED is: the same weights. New processes, not forks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.findings import Finding
from tests.faults.trainers import TRAINERS, trained
from tests.faults.workplace import Workplace, fingerprint

SEEDS = ("0", "1", "random")
_ROOT = Path(__file__).parents[2]
_OTHERS = {
    "count vectors": "train-count-vectors text.txt --dim 8 --min-count 1 --subsample 0 --threads 1",
    "unigram tokenizer": "train-tokenizer text.txt --vocab-size 300",
    "bpe tokenizer": "train-tokenizer text.txt --kind bpe --vocab-size 300",
    "word tokenizer": "train-tokenizer text.txt --kind word",
}


def repeats(workplace: Workplace, count: int) -> Finding:
    """Train the first ``count`` kinds of model under each PYTHONHASHSEED."""
    finding = Finding("the same seed under PYTHONHASHSEED 0, 1 and random: the same weights")
    for name, line in list((TRAINERS | _OTHERS).items())[:count]:
        found = []
        for seed in SEEDS:
            place = workplace.fresh(models=False)
            _train(line.replace("STEPS", "20"), place, seed)
            found.append(_weights(place / "out"))
            workplace.discard(place)
        for other in found[1:]:
            finding.check(other == found[0], f"{name}: other weights")
    return finding


def _train(line: str, place: Path, seed: str) -> None:
    environment = os.environ | {
        "PYTHONHASHSEED": seed, "SEQLM_CACHE_DIR": str(place / "cache"), "PYTHONPATH": str(_ROOT)
    }  # fmt: skip
    environment.pop("LD_PRELOAD", None)
    command = [sys.executable, "-m", "seqlm", *line.split(), "-o", "out", "-q"]
    subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)


def _weights(folder: Path) -> object:
    if (folder / "metrics.jsonl").exists():
        return trained(folder)
    files = fingerprint(folder)
    return {name: files[name] for name in files if name.startswith(("vectors", "tokenizer"))}
