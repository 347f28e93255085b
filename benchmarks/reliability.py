"""What each command does with each bad input: a table of what a user would see.

    python benchmarks/reliability.py

``refused`` is exit code 2 with one ``error:`` and one ``try:`` line; ``a record a line`` and
``nothing to do`` are exit code 0 of a filter whose input has no words; ``silent`` (exit code 0 on
text that cannot be read), ``traceback``, ``unclear`` and ``hang`` are failures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.bad_texts import FAILURES, table
from tests.faults.warm_up import warm_up
from tests.faults.workplace import Workplace


def main() -> None:
    """Print the table: a row for each input, a column for all commands that do the same."""
    warm_up()
    with tempfile.TemporaryDirectory() as name:
        seen = table(Workplace(Path(name)))
    titles = max(seen.values(), key=len)
    alike: dict[tuple[str, ...], list[str]] = {}
    for command, row in seen.items():
        alike.setdefault(tuple(row.get(title, "-") for title in titles), []).append(command)
    print("| input |", " | ".join(map(", ".join, alike.values())), "|")
    print("| --- " * (len(alike) + 1) + "|")
    for title, *cells in zip(titles, *alike, strict=True):
        print("|", " | ".join([title, *cells]), "|")
    bad = sum(cell.startswith(FAILURES) for row in seen.values() for cell in row.values())
    print(f"\n{bad} silently wrong, unclear, ended in a traceback, or hung.")


if __name__ == "__main__":
    main()
