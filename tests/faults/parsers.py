"""Every parser of a file that others wrote, and mutations of a good file in front of each."""

from __future__ import annotations

import bz2
import gzip
import lzma
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import get_args

import numpy as np

from seqlm.config import VectorFormat
from seqlm.data.corpus import Corpus
from seqlm.data.pairs import PairedText
from seqlm.errors import InputError, ModelError
from seqlm.models.arpa_reader import read_arpa
from seqlm.models.vector_formats import read_vectors, write_vectors
from seqlm.models.word_list import WordList
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.nbest import read_nbest
from seqlm.recipes.vector_evaluation import evaluate
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

SECONDS = 2.0
_WORDS = ["the", "old", "man", "영화", "naïve", "a"]
_TEXT = "the old man sat\n영화가 정말 좋았다\n\nthe end\n".encode() * 20
_ARPA = b"""a comment

\\data\\
ngram 1=5
ngram 2=3

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.5
-0.7\t</s>
-0.4\tthe\t-0.25
-0.9\tcat\t-0.125

\\2-grams:
-0.2\t<s> the
-0.3\tthe cat
-0.1\tcat </s>

\\end\\
"""


@dataclass(frozen=True)
class Parser:
    """A good file, and what reads it.

    Attributes:
        name: of the file; a reader may look at its ending.
        good: its bytes.
        read: reads the whole file; raises InputError or ModelError, or nothing.
    """

    name: str
    good: bytes
    read: Callable[[Path], object]


def _read_text(path: Path) -> None:
    for _ in Corpus(path).blocks():
        pass


def _read_pairs(path: Path) -> None:
    for _ in PairedText([str(path)]).chunks():
        pass


def _read_questions(path: Path) -> None:
    list(evaluate(_vectors(), Corpus(path)))


def _read_lists(path: Path) -> None:
    for _ in read_nbest(Corpus(path)):
        pass


def _read_weights(path: Path) -> None:
    from seqlm.tensor_file import read_tensors

    read_tensors(path)


def _weights() -> bytes:
    import torch

    from seqlm.tensor_file import tensor_bytes

    return tensor_bytes({"a": torch.ones(3, 2), "b": torch.zeros(4)})


@cache
def _vectors() -> WordVectors:
    matrix = np.random.default_rng(1).standard_normal((len(_WORDS), 3)).astype(np.float32)
    return WordVectors(WordList.of(_WORDS), matrix, None)


@cache
def parsers(folder: Path) -> dict[str, Parser]:
    """By title; ``folder`` is for files that are written to be read."""
    found = {
        "ARPA": Parser("m.arpa", _ARPA, read_arpa),
        "ARPA, gzip": Parser("m.arpa.gz", gzip.compress(_ARPA), read_arpa),
        "text": Parser("t.txt", _TEXT, _read_text),
        "gzip": Parser("t.gz", gzip.compress(_TEXT), _read_text),
        "bzip2": Parser("t.bz2", bz2.compress(_TEXT), _read_text),
        "xz": Parser("t.xz", lzma.compress(_TEXT), _read_text),
        "zstd": Parser("t.zst", _zstd(_TEXT), _read_text),
        "pairs": Parser("p.tsv", b"the old\tder alte\nman\tMann\n" * 9, _read_pairs),
        "similarities": Parser("s.tsv", b"the\told\t3.5\nman\ta\t1\nold\ta\t2\n", _read_questions),
        "analogies": Parser("q.txt", b": one\nthe old man a\nold the a man\n", _read_questions),
        "n-best, tsv": Parser("n.tsv", b"1\tthe old\t-2\n1\tthe cold\t-3\n2\ta\t-1\n", _read_lists),
        "n-best, moses": Parser(
            "n.txt", b"0 ||| the old ||| LM= -1 ||| -2.5\n0 ||| a ||| LM= -2 ||| -3\n", _read_lists
        ),
        "n-best, jsonl": Parser(
            "n.jsonl",
            b'{"id": "1", "text": "the", "score": -1}\n{"id": "1", "text": "a"}\n',
            _read_lists,
        ),
        "safetensors": Parser("w.safetensors", _weights(), _read_weights),
    }
    for form in get_args(VectorFormat):
        paths = write_vectors(_vectors(), folder / form / "v", form, force=True)
        found[f"vectors, {form}"] = Parser(paths[0].name, paths[0].read_bytes(), read_vectors)
    return found


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


_NUMBERS = (b"-1", b"0", b"99999999999999999999", b"1e999", b"nan", b"inf", b"1e-400", b"\t", b"\n",
            b"\0", b"\xff", b" ", b"\\data\\", b"\\end\\", b"<s>", b"</s>", b"2147483648",
            )  # fmt: skip


def mutated(data: bytes, chance: Random) -> bytes:
    """A few changes: bits, pieces gone, doubled or moved, and tokens that parsers stumble over."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 4, 40)))
        way = chance.randrange(5)
        if way == 0 and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        elif way == 1:
            data = data[:at] + data[end:]
        elif way == 2:
            data = data[:at] + data[at:end] * chance.choice((2, 100)) + data[end:]
        elif way == 3:
            data = data[:at] + chance.choice(_NUMBERS) + data[end:]
        else:
            data = data[:at]
    return data


def complaint(parser: Parser, data: bytes, folder: Path) -> str:
    """What is wrong with how ``data`` was received, or nothing."""
    path = folder / parser.name
    path.write_bytes(data)
    started = time.process_time()
    try:
        parser.read(path)
    except (InputError, ModelError) as error:
        if "\n" in error.message:
            return f"an error of several lines: {error.message!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    seconds = time.process_time() - started
    return f"{seconds:.1f} s" if seconds > SECONDS else ""


def fuzz(workplace: Workplace, count: int) -> Finding:
    """``count`` mutations in front of each parser."""
    finding = Finding("mutated files in front of each parser: read or refused")
    folder = workplace.fresh(models=False)
    table = parsers(folder)
    for title, parser in table.items():
        chance = Random(title)
        for number in range(count):
            data = mutated(parser.good, chance)
            wrong = complaint(parser, data, folder)
            finding.check(not wrong, f"{title} {number}: {wrong} {data[:80]!r}")
    finding.figure = f"{len(table)} parsers: {', '.join(table)}"
    workplace.discard(folder)
    return finding
