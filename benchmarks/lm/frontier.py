"""The best that a given time can buy: seqlm and its peers at equal wall-clock time on one text.

    python benchmarks/lm/frontier.py [--train FILE --valid FILE --test FILE]
        [--budgets 60 120] [--arch auto lstm ngram] [--peers lstm lstm-adam kenlm] [--lmplz PATH]
        [--tokenizer word|char|unigram|bpe]

Every program gets the same text and the same tokens, those of ``seqlm train-lm --tokenizer KIND``:
the peers read each token's number as a word, and one word for all that is unknown. A budget is the
time of training, for seqlm with reading, its tokenizer, validation and saving inside; scoring the
test text is not in it.
KenLM, as seqlm's n-grams, takes the time that it takes: pass ``--lmplz`` where it
is built (and ``query`` beside it), else it is left out.

The table goes to stdout and, dated, beside this file.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seqlm.data.corpus import Corpus, read_lines
from seqlm.tokenizers import UNKNOWN_ID, Tokenizer, train_tokenizer

HERE = Path(__file__).resolve().parent
CORPORA = HERE.parents[1] / "corpora"
SEQLM = [sys.executable, "-m", "seqlm"]
UNKNOWN_WORD = "UNKNOWNWORD"
PARTS = ("train", "valid", "test")


class Texts(NamedTuple):
    """The files, and the test text's size; ``peers`` is where the tokens' numbers stand."""

    tokenizer: str
    train: Path
    valid: Path
    test: Path
    peers: Path
    words: int
    lines: int
    bytes: int


class Row(NamedTuple):
    """One model: what it took, in seconds, and the log-probability of the test text."""

    name: str
    budget: str
    seconds: float
    log_prob: float


def run(command: list[str]) -> tuple[str, float]:
    """Its stdout and the seconds it took; an error ends everything."""
    started = time.monotonic()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout, time.monotonic() - started


def ours(texts: Texts, arch: str, budget: int | None, more: list[str]) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        command = [*SEQLM, "train-lm", str(texts.train), "--valid", str(texts.valid)]
        command += ["--tokenizer", texts.tokenizer, "--arch", arch, *more]
        command += ["-q", "-o", f"{folder}/model"]
        if budget is not None:
            command += ["--budget", f"{budget}s"]
        # A cache of its own: nobody gets a text that was prepared before.
        os.environ["SEQLM_CACHE_DIR"] = folder
        _, seconds = run(command)
        scored, _ = run(
            [*SEQLM, "perplexity", str(texts.test), "-m", f"{folder}/model", "--json", "-q"]
        )
    name = f"seqlm --arch {arch}"
    return Row(name, f"{budget} s" if budget else "", seconds, json.loads(scored)["log_prob"])


def plain(texts: Texts, budget: int, adam: bool, more: list[str]) -> Row:
    command = [sys.executable, str(HERE / "plain_lstm.py"), "--seconds", str(budget), *more]
    for part in PARTS:
        command += [f"--{part}", str(texts.peers / part)]
    if adam:
        command.append("--adam")
    result, _ = run(command)
    name = "PyTorch's example, " + ("Adam" if adam else "SGD")
    return Row(name, f"{budget} s", budget, json.loads(result)["log_prob"])


def kenlm(texts: Texts, lmplz: Path, order: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        train, test = texts.peers / "train", texts.peers / "test"
        arpa, binary = Path(folder, "model.arpa"), Path(folder, "model.binary")
        build = f"{lmplz} -o {order} -S 1G -T {folder} < {train} > {arpa} 2> /dev/null"
        fallback = build.replace(f"-o {order}", f"-o {order} --discount_fallback")
        _, seconds = run(["sh", "-c", f"{build} || {fallback}"])
        run(["sh", "-c", f"{lmplz.with_name('build_binary')} {arpa} {binary} > /dev/null 2>&1"])
        found, _ = run(["sh", "-c", f"{lmplz.with_name('query')} {binary} < {test} 2> /dev/null"])
    perplexity = re.search(r"including OOVs:\s*([\d.e+]+)", found)
    tokens = re.search(r"Tokens:\s*(\d+)", found)
    assert perplexity is not None and tokens is not None
    return Row(
        f"KenLM, order {order}", "", seconds, -int(tokens[1]) * math.log(float(perplexity[1]))
    )


def write_numbers(tokenizer: Tokenizer, source: Path, target: Path) -> None:
    """The text as its tokens' numbers, with one word in place of all that are unknown."""
    with open(target, "w", encoding="utf-8") as file:
        for line in read_lines(Corpus([source])):
            numbers = (
                str(number) if number != UNKNOWN_ID else UNKNOWN_WORD
                for number in tokenizer.encode(line)
            )
            file.write(" ".join(numbers) + "\n")


def read_texts(options: argparse.Namespace, folder: Path) -> Texts:
    """The files as plain text; every 20th line of the training text is held out if none is."""
    lines = {"train": list(read_lines(Corpus([options.train])))}
    if options.valid:
        lines["valid"] = list(read_lines(Corpus([options.valid])))
    else:
        lines["valid"] = lines["train"][::20]
        del lines["train"][::20]
    lines["test"] = list(read_lines(Corpus([options.test])))
    paths = {part: folder / f"{part}.txt" for part in PARTS}
    for part, path in paths.items():
        path.write_text("\n".join(lines[part]) + "\n", encoding="utf-8")
    tokenizer, _ = train_tokenizer(options.tokenizer, Corpus([str(paths["train"])]).blocks())
    peers = folder / "peers"
    peers.mkdir()
    for part, path in paths.items():
        write_numbers(tokenizer, path, peers / part)
    return Texts(
        tokenizer=options.tokenizer,
        **paths,
        peers=peers,
        words=sum(len(line.split()) for line in lines["test"]),
        lines=len(lines["test"]),
        bytes=paths["test"].stat().st_size,
    )


def rows(options: argparse.Namespace, texts: Texts) -> Iterator[Row]:
    more = ["--threads", str(options.threads)] if options.threads else []
    if "ngram" in options.arch:
        yield ours(texts, "ngram", None, ["--order", str(options.order)])
    if "kenlm" in options.peers and options.lmplz:
        yield kenlm(texts, Path(options.lmplz), options.order)
    for budget in options.budgets:
        for arch in (arch for arch in options.arch if arch != "ngram"):
            yield ours(texts, arch, budget, more)
        for peer in (peer for peer in options.peers if peer != "kenlm"):
            yield plain(texts, budget, peer == "lstm-adam", more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", default=str(CORPORA / "english.txt"))
    parser.add_argument("--valid")
    parser.add_argument("--test", default=str(CORPORA / "english.test.txt"))
    parser.add_argument("--tokenizer", default="word")
    parser.add_argument("--budgets", type=int, nargs="*", default=[60])
    parser.add_argument("--arch", nargs="*", default=["ngram", "lstm", "auto"])
    parser.add_argument("--peers", nargs="*", default=["kenlm", "lstm", "lstm-adam"])
    parser.add_argument("--order", type=int, default=5)
    parser.add_argument("--lmplz", help="KenLM's trainer, with build_binary and query beside it")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--name", help="of the text, in the table [default: the file's]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        texts = read_texts(options, Path(folder))
        name = options.name or Path(options.train).name
        head = [
            f"{name}, {options.tokenizer}: {platform.machine()}, "
            f"{options.threads or os.cpu_count()} threads, {texts.words:,} test words "
            f"in {texts.lines:,} lines, {datetime.date.today()}",
            "",
            "| model | budget | seconds | perplexity per word | bits per byte |",
            "| --- | --- | --- | --- | --- |",
        ]
        print("\n".join(head), flush=True)
        for row in rows(options, texts):
            per_word = math.exp(-row.log_prob / (texts.words + texts.lines))
            bits = -row.log_prob / math.log(2) / texts.bytes
            cells = (row.name, row.budget, f"{row.seconds:.1f}", f"{per_word:.2f}", f"{bits:.4f}")
            head.append(f"| {' | '.join(cells)} |")
            print(head[-1], flush=True)
    if "kenlm" in options.peers and not options.lmplz:
        head.append("\nKenLM was not run: it is not built here (--lmplz).")
        print(head[-1])
    result = HERE / f"frontier-{datetime.date.today()}.md"
    with open(result, "a", encoding="utf-8") as file:
        file.write("\n".join([*head, "", f"    python benchmarks/lm/{' '.join(shown())}", "", ""]))


def shown() -> list[str]:
    """The command as typed, without the folders of this machine."""
    return ["frontier.py", *(Path(part).name if "/" in part else part for part in sys.argv[1:])]


if __name__ == "__main__":
    main()
