"""The table of docs/toy-tasks.md: exact matches on held-out additions and dates, by architecture.

    python benchmarks/translation/toy_table.py -o toy [--task dates] [--parallel 2]

Each row is the three commands that it prints: ``train-translate``, ``translate --beam 1`` and
``evaluate``, one thread each. What was measured before is taken from OUT/results.jsonl, so that a
run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

GENERATOR = Path(__file__).parents[2] / "corpora" / "toy_tasks.py"
COMMON = "--tokenizer char --separate-vocabularies --hidden-size 128 --threads 1 -d cpu"
RECIPE = "--label-smoothing 0 --dropout 0"
# Columns of the table: what is learned, and how long. The short one shows who learns fast.
TASKS = {
    "dates": ("dates", "--epochs 2"),
    "addition": ("addition", "--epochs 15"),
    "addition, short": ("addition", "--epochs 4"),
}
VARIANTS = {
    "no attention": "--attention none",
    "reversed": "--attention none --reverse-source",
    "peeky": "--attention none --peeky",
    "reversed, peeky": "--attention none --reverse-source --peeky",
    "attention": "--attention dot",
}
ROWS = {
    "transformer": {"transformer": "--arch transformer --num-heads 4 --num-layers 2"},
    "lstm": {name: f"--arch lstm {flags}" for name, flags in VARIANTS.items()}
    | {"additive attention": "--arch lstm --attention additive"},
    "gru": {name: f"--arch gru {flags}" for name, flags in VARIANTS.items()},
    "rnn": {name: f"--arch rnn {flags}" for name, flags in VARIANTS.items()},
}


@dataclass(frozen=True)
class Result:
    """One training, and how well it did.

    Attributes:
        exact: percentage of held-out answers that are right.
        cpu: seconds of processor time of the training.
    """

    task: str
    arch: str
    variant: str
    exact: float
    cpu: float
    command: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--task", choices=sorted(TASKS), action="append")
    parser.add_argument("--arch", choices=sorted(ROWS), action="append")
    parser.add_argument("--variant", action="append")
    parser.add_argument("--pairs", default="50000")
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--stop-after", type=float, help="seconds after which no row is begun")
    options = parser.parse_args()
    done = _done(options.out)
    wanted = [
        (task, arch, variant)
        for arch in options.arch or ROWS
        for variant in ROWS[arch]
        if not options.variant or variant in options.variant
        for task in options.task or TASKS
        if (task, arch, variant) not in done
    ]
    for task in {TASKS[task][0] for task, _, _ in wanted}:
        making = [sys.executable, GENERATOR, task, "-o", options.out / task]
        subprocess.run([*making, "--pairs", options.pairs], check=True)
    last = time.monotonic() + (options.stop_after or math.inf)

    def measure(row: tuple[str, str, str]) -> None:
        if time.monotonic() < last:
            result = _measure(options.out, *row)
            print(f"{', '.join(row)}: {result.exact:.1f}", flush=True)

    with ThreadPoolExecutor(options.parallel) as pool:
        list(pool.map(measure, wanted))
    print(_table(_done(options.out)))


def _done(out: Path) -> dict[tuple[str, str, str], Result]:
    file = out / "results.jsonl"
    lines = file.read_text().splitlines() if file.is_file() else []
    results = [Result(**json.loads(line)) for line in lines]
    return {(result.task, result.arch, result.variant): result for result in results}


def _measure(out: Path, task: str, arch: str, variant: str) -> Result:
    """Train, translate what was held out, and compare."""
    made_of, length = TASKS[task]
    data = out / made_of
    model = out / f"{task}-{arch}-{variant}".replace(", ", "-").replace(" ", "-")
    flags = f"{ROWS[arch][variant]} {COMMON} {RECIPE} {length}"
    command = f"seqlm train-translate --source {data}/train.source --target {data}/train.target"
    _, cpu = _run(f"{command} {flags} -o {model} --force -q")
    answers = f"{model}.answers"
    _run(f"seqlm translate {data}/test.source -m {model} --beam 1 --threads 1 -q", answers)
    judged, _ = _run(f"seqlm evaluate {data}/test.target --hypotheses {answers} --json")
    scores = {record["metric"]: record["score"] for record in map(json.loads, judged.splitlines())}
    result = Result(task, arch, variant, scores["exact"], cpu, f"{command} {flags}")
    with open(out / "results.jsonl", "a") as file:
        file.write(json.dumps(asdict(result)) + "\n")
    return result


def _run(command: str, output: str | None = None) -> tuple[str, float]:
    """Run one command of seqlm; what it writes, and its processor time in seconds."""
    program = [sys.executable, "-m", *shlex.split(command)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(program, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    text = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {command}")
    if output:
        Path(output).write_text(text)
    return text, usage.ru_utime + usage.ru_stime


def _table(results: dict[tuple[str, str, str], Result]) -> str:
    """What was measured, as Markdown."""
    lines = ["| | " + " | ".join(TASKS) + " |", "| --- |" + " --- |" * len(TASKS)]
    for arch, variants in ROWS.items():
        for variant in variants:
            found = [results.get((task, arch, variant)) for task in TASKS]
            cells = [f"{one.exact:.1f} ({one.cpu:.0f} s)" if one else "" for one in found]
            name = arch if variant == arch else f"{arch}, {variant}"
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
