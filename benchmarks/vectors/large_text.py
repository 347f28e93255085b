"""A text of chance with as many different words as wanted, in a frequency like a language's.

    python benchmarks/vectors/large_text.py --words 1000000 --tokens 100000000 > large.txt

Word r of the list is drawn with a probability in proportion to 1 / r (Zipf), 20 to a line. Nothing
can be learnt from such a text; it shows what many words cost.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

LINE = 20
BLOCK = 100_000  # lines drawn at once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--tokens", type=int, default=100_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    names = np.array([_name(number) for number in range(options.words)], object)
    shares = np.cumsum(1 / np.arange(1, options.words + 1))
    for start in range(0, options.tokens // LINE, BLOCK):
        lines = min(BLOCK, options.tokens // LINE - start)
        chance = random.random(lines * LINE) * shares[-1]
        words = names[np.searchsorted(shares, chance, side="right")].tolist()
        text = [" ".join(words[at : at + LINE]) for at in range(0, len(words), LINE)]
        sys.stdout.write("\n".join(text) + "\n")


def _name(number: int) -> str:
    """A name of letters for each number, the shortest first."""
    letters = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("a") + digit) + letters
    return letters


if __name__ == "__main__":
    main()
