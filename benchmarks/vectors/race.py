"""Word vectors: gensim, fastText and seqlm on the same text with the same settings, taken in turn.

    python benchmarks/vectors/race.py TEXT... --sets questions-words.txt men.txt simlex.txt \
        --gensim .gensim/bin/python [--fasttext ./fasttext] [--rounds 3] [-o results.md]

The text is put into one file, in lower case, and seqlm's kernels are compiled on its first lines
before anything is timed. Each round trains every program once with a seed of its own, one after the
other, so that a slow minute of the machine meets all of them. ``words/s`` counts the text's words
times the epochs over the wall time of reading, vocabulary and training; gensim's is taken inside
its process, without the import and the saving, seqlm's over its whole process, start and saving
included. Figures are medians over the rounds; quality is the mean, measured by ``seqlm
eval-vectors`` for all. ``others`` is the time that other processes of the machine computed
meanwhile: where it is not small, take another turn.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlm.data.corpus import Corpus

HERE = Path(__file__).parent
SEQLM = [sys.executable, "-m", "seqlm"]
RATES = {"skipgram": 0.025, "cbow": 0.05}
GENSIM = "python -m venv .gensim && .gensim/bin/pip install gensim==4.4.0 scipy"
FASTTEXT = "pip download --no-deps --no-binary :all: fasttext; g++ -O3 -march=native src/*.cc"


@dataclass
class Turn:
    """One training by one program.

    Attributes:
        words_per_second: see above.
        seconds: wall time of the whole process.
        cpu: seconds of processor time, all threads.
        peak: megabytes of resident memory.
        others: seconds that other processes computed meanwhile.
        quality: accuracy and correlations in percent, by the name of the set.
    """

    program: str
    arch: str
    seed: int
    words_per_second: float
    seconds: float
    cpu: float
    peak: float
    others: float
    quality: dict[str, float]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="race-") as scratch:
        text, words = _prepare(options.text, Path(scratch))
        programs = _programs(options)
        _compile(text, options, Path(scratch))
        turns: list[Turn] = []
        for seed in range(1, options.rounds + 1):
            for arch in options.arch:
                for program in programs:
                    turns.append(_turn(program, arch, seed, text, words, options, Path(scratch)))
                    print(_line(turns[-1]), file=sys.stderr)
    table = _table(turns, options, words)
    print(table)
    if options.out:
        with open(options.out, "a", encoding="utf-8") as file:
            file.write(f"{table}\n\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", nargs="+", help="text files, compressed or not")
    parser.add_argument("--sets", nargs="*", default=[], help="sets of analogies and similarities")
    parser.add_argument("--gensim", help=f"a Python that has gensim 4.4: {GENSIM}")
    parser.add_argument("--fasttext", help=f"the program, built from its source: {FASTTEXT}")
    parser.add_argument("--arch", nargs="+", default=["skipgram", "cbow"], choices=list(RATES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--out", help="a file that the table is added to")
    return parser.parse_args()


def _programs(options: argparse.Namespace) -> list[str]:
    programs = ["seqlm"]
    if options.fasttext:
        programs.insert(0, "fasttext")
    else:
        print(f"without fastText; to have it: {FASTTEXT}", file=sys.stderr)
    if options.gensim:
        programs.insert(0, "gensim")
    else:
        print(
            f"without gensim; to have it: {GENSIM}, then --gensim .gensim/bin/python",
            file=sys.stderr,
        )
    return programs


def _prepare(names: Sequence[str], scratch: Path) -> tuple[Path, int]:
    """One plain file in lower case, and its number of words."""
    path = scratch / "text.txt"
    corpus = Corpus(names)
    with open(path, "w", encoding="utf-8") as file:
        for block in corpus.blocks():
            file.write("\n".join(block.lines).lower() + ("" if block.open_end else "\n"))
    return path, corpus.report.words


def _compile(text: Path, options: argparse.Namespace, scratch: Path) -> None:
    """Train once on a few lines, so that no turn has to wait for the compiler."""
    few = scratch / "few.txt"
    with open(text, encoding="utf-8") as file:
        few.write_text("".join(line for line, _ in zip(file, range(5000), strict=False)))
    for arch in options.arch:
        command = _command("seqlm", arch, 1, few, options, scratch / f"few-{arch}")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _turn(
    program: str,
    arch: str,
    seed: int,
    text: Path,
    words: int,
    options: argparse.Namespace,
    scratch: Path,
) -> Turn:
    out = scratch / f"{program}-{arch}-{seed}"
    busy, started = _busy(), time.monotonic()
    process = subprocess.Popen(
        _command(program, arch, seed, text, options, out), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{program} ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    inner = json.loads(answer)["train"] if program == "gensim" else seconds
    made = {"gensim": out, "fasttext": out.with_suffix(".vec"), "seqlm": out}[program]
    return Turn(
        program,
        arch,
        seed,
        words * options.epochs / inner,
        seconds,
        cpu,
        usage.ru_maxrss / 1024,
        max(0.0, _busy() - busy - cpu),
        _quality(made, options.sets),
    )


def _command(
    program: str, arch: str, seed: int, text: Path, options: argparse.Namespace, out: Path
) -> list[str]:
    sizes = {
        "dim": options.dim,
        "epochs": options.epochs,
        "lr": RATES[arch],
        "threads": options.threads,
        "seed": seed,
    }
    if program == "gensim":
        given = json.dumps({**sizes, "text": str(text), "arch": arch, "out": str(out)})
        return [options.gensim, str(HERE / "gensim_word2vec.py"), given]
    if program == "fasttext":
        shared = ["-ws", "5", "-neg", "5", "-t", "1e-4", "-minCount", "5", "-maxn", "0"]
        own = {"dim": "dim", "epochs": "epoch", "lr": "lr", "threads": "thread", "seed": "seed"}
        flags = [word for name, flag in own.items() for word in (f"-{flag}", str(sizes[name]))]
        return [
            options.fasttext,
            arch,
            "-input",
            str(text),
            "-output",
            str(out),
            *shared,
            "-verbose",
            "0",
            *flags,
        ]
    flags = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    return [*SEQLM, "train-word2vec", str(text), "--arch", arch, *flags, "-q", "-o", str(out)]


def _busy() -> float:
    """Seconds that all processors have computed since the machine started (Linux)."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    idle = int(fields[3]) + int(fields[4])
    return (sum(map(int, fields)) - idle) / os.sysconf("SC_CLK_TCK")


def _quality(vectors: Path, sets: Sequence[str]) -> dict[str, float]:
    if not sets:
        return {}
    command = [*SEQLM, "eval-vectors", "-m", str(vectors), "--lowercase", "--json", *sets]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    quality: dict[str, float] = {}
    for record in map(json.loads, answer.splitlines()):
        name = Path(record["file"]).stem
        if "spearman" in record:
            quality[name] = 100 * record["spearman"]
        elif record["section"] in ("total", "all", ""):
            quality[name] = 100 * record["accuracy"]
    return quality


def _line(turn: Turn) -> str:
    return (
        f"{turn.program} {turn.arch} seed {turn.seed}: {turn.words_per_second:,.0f} words/s, "
        f"{turn.seconds:.2f} s, others {turn.others:.2f} s, "
        f"{ {name: round(value, 1) for name, value in turn.quality.items()} }"
    )


def _table(turns: list[Turn], options: argparse.Namespace, words: int) -> str:
    """What is kept: a table in Markdown."""
    sets = list(turns[0].quality)
    columns = ["", "words/s", "ratio", "whole process, s", "CPU, s", "peak, MB", "others, s"]
    lines = [
        f"{words:,} words, {options.epochs} epochs, {options.dim} dimensions, {options.threads} "
        f"threads, {options.rounds} rounds in turn; {_machine()}.",
        "",
        f"| {' | '.join([*columns, *sets, 'mean'])} |",
        "| --- " * (len(columns) + len(sets) + 1) + "|",
    ]
    for arch in options.arch:
        rows = _rows([turn for turn in turns if turn.arch == arch], sets)
        base = rows.get("gensim", next(iter(rows.values())))["speed"]
        for program, row in rows.items():
            cells = [
                f"{program} {arch}",
                f"{row['speed']:,.0f}",
                f"{row['speed'] / base:.2f}",
                *(f"{row[name]:.2f}" for name in ("seconds", "cpu")),
                f"{row['peak']:.0f}",
                f"{row['others']:.2f}",
                *(f"{value:.2f}" for value in row["quality"]),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _rows(turns: list[Turn], sets: list[str]) -> dict[str, dict[str, Any]]:
    rows = {}
    for program in dict.fromkeys(turn.program for turn in turns):
        own = [turn for turn in turns if turn.program == program]
        quality = [statistics.mean(turn.quality[name] for turn in own) for name in sets]
        rows[program] = {
            "speed": statistics.median(turn.words_per_second for turn in own),
            "seconds": statistics.median(turn.seconds for turn in own),
            "cpu": statistics.median(turn.cpu for turn in own),
            "peak": statistics.median(turn.peak for turn in own),
            "others": statistics.median(turn.others for turn in own),
            "quality": [*quality, statistics.mean(quality)] if quality else [],
        }
    return rows


def _machine() -> str:
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
