"""What each command does with each bad input: a table of exit codes and error lines.

    python benchmarks/reliability.py

A cell is what a user would see: ``refused`` is exit code 2 with one ``error:`` and one ``try:``
line; ``a record a line`` is exit code 0 of a filter whose input has lines but no words;
``silent`` (exit code 0 on text that cannot be read), ``traceback`` and ``hang`` are failures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.bad_inputs import BAD_INPUTS, WITHOUT_WORDS

SEQLM = [sys.executable, "-m", "seqlm"]
COMMANDS = ("train-lm", "perplexity", "score", "tokenize", "generate")
PLACES = ("missing file", "folder without text")


def run(arguments: list[str], folder: Path, stdin: bytes = b"") -> str:
    """One command in ``folder``; its outcome in a word or two."""
    try:
        done = subprocess.run(
            [*SEQLM, *arguments], cwd=folder, input=stdin, capture_output=True, timeout=60
        )
    except subprocess.TimeoutExpired:
        return "hang"
    error = done.stderr.decode(errors="replace")
    lines = error.splitlines()
    if "Traceback" in error:
        return "traceback"
    if done.returncode == 0:
        return "read"
    clear = len(lines) >= 2 and lines[-2].startswith("error: ") and lines[-1].startswith("try: ")
    return "refused" if clear and done.returncode == 2 else f"unclear ({done.returncode})"


def outcome(command: str, file: str, model: Path, folder: Path) -> str:
    """What ``command`` does with one file."""
    if command == "train-lm":
        return run(["train-lm", file, "--tokenizer", "word", "--steps", "1"], folder)
    if command == "generate":  # it reads its prompt from stdin
        path = folder / file
        if not path.is_file():
            return "-"
        arguments = ["generate", "-m", str(model), "--max-tokens", "2"]
        return run(arguments, folder, path.read_bytes())
    return run([command, file, "-m", str(model)], folder)


def judge(command: str, name: str, seen: str) -> str:
    """``seen`` in the words of the table."""
    if seen != "read":
        return seen
    if name in WITHOUT_WORDS and command in ("score", "tokenize"):
        return "a record a line"
    if name in WITHOUT_WORDS and command == "generate":
        return "an empty prompt"
    if name in WITHOUT_WORDS[1:] and command == "perplexity":
        return "0 words, said"
    return "silent"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = Path(__file__).parents[1] / "corpora" / "english.txt"
        model = folder / "model"
        train = ["train-lm", str(corpus), "--steps", "2", "--vocab-size", "600", "-o", str(model)]
        assert run(train, folder) == "read"
        for title, data in BAD_INPUTS.items():
            (folder / title).write_bytes(data)
        (folder / PLACES[1]).mkdir()
        print("| input |", " | ".join(COMMANDS), "|")
        print("| --- " * (len(COMMANDS) + 1) + "|")
        bad = 0
        for title in [*BAD_INPUTS, *PLACES]:
            cells = [judge(c, title, outcome(c, title, model, folder)) for c in COMMANDS]
            bad += sum(
                cell in ("silent", "traceback", "hang") or "unclear" in cell for cell in cells
            )
            print("|", " | ".join([title, *cells]), "|", flush=True)
        print(f"\n{bad} silently wrong, unclear, ended in a traceback, or hung.")


if __name__ == "__main__":
    main()
