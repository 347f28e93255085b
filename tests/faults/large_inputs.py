"""A corpus of a gigabyte and a line of 200 MB: the peak memory of each command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from random import Random

from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

_ROOT = Path(__file__).parents[2]
_NETWORK = "--hidden-size 32 --batch-size 256 --chunk-length 35 --steps 50 --threads 1 --force"
_COMMANDS = {
    "train-tokenizer": "train-tokenizer big.txt -o t --force",
    "tokenize": "tokenize big.txt -m t",
    "train-lm": f"train-lm big.txt --arch lstm --tokenizer t {_NETWORK} -o m",
    "perplexity": "perplexity big.txt -m m --threads 1",
}
_TORCH = ("train-lm", "perplexity")
"""Those that import torch, whose own memory is measured apart."""


_STARTER = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_maxrss, used.ru_utime + used.ru_stime]))
"""


def write_text(path: Path, num_bytes: int, *, one_line: bool) -> None:
    """Words of two scripts, common ones often, in sentences or in one line."""
    chance = Random(7)
    syllables = [chr(0xAC00 + chance.randrange(11172)) for _ in range(900)]
    words = []
    for number in range(150_000):
        letters = syllables if number % 2 else "etaoinshrdlucmfwypvbgkjqxz"
        words.append(
            "".join(chance.choices(letters, k=chance.randint(1, 4 + 4 * (number % 2 == 0))))
        )
    weights = list(accumulate(1 / (rank + 3) ** 1.02 for rank in range(len(words))))
    written = 0
    with open(path, "wb") as file:
        while written < num_bytes:
            drawn = chance.choices(words, cum_weights=weights, k=200_000)
            lines = [" ".join(drawn[at : at + 12]) for at in range(0, len(drawn), 12)]
            data = ((" " if one_line else "\n").join(lines) + (" " if one_line else "\n")).encode()
            written += file.write(data)


def large_inputs(workplace: Workplace, megabytes: int) -> list[Finding]:
    """Texts of so many megabytes: whole in many lines, a fifth of it in one line."""
    base = _run([sys.executable, "-c", "import torch, safetensors.torch"], workplace.folder)[1]
    findings = []
    for one_line, share, limit in ((False, 1, 500), (True, 5, 300)):
        place = workplace.fresh(models=False)
        size = megabytes // share
        write_text(place / "big.txt", size << 20, one_line=one_line)
        shape = "one line" if one_line else "many lines"
        for name, line in _COMMANDS.items():
            finding = Finding(f"{size:,} MB in {shape}: {name}")
            code, peak, seconds = _run([sys.executable, "-m", "seqlm", *line.split(), "-q"], place)
            beside = peak - base if name in _TORCH else peak
            finding.check(code == 0 and beside < limit, f"exit {code}, {beside} MB")
            torch = f" beside torch's {base}" if name in _TORCH else ""
            finding.figure = f"{beside} MB at most{torch}; {seconds:.0f} s of CPU"
            findings.append(finding)
        workplace.discard(place)
    return findings


def _run(command: list[str], place: Path) -> tuple[int, int, float]:
    """Exit code, peak resident megabytes, and CPU seconds of a new process.

    A small process starts it: the system counts what the starting process had as the new one's.
    """
    environment = os.environ | {"SEQLM_CACHE_DIR": str(place / "cache"), "PYTHONPATH": str(_ROOT)}
    environment.pop("LD_PRELOAD", None)
    starter = [sys.executable, "-c", _STARTER, *command]
    said = subprocess.run(starter, cwd=place, env=environment, stdout=subprocess.PIPE, check=True)
    code, kilobytes, seconds = json.loads(said.stdout)
    return code, kilobytes >> 10, seconds
