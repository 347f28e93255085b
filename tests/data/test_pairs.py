"""Pairs of lines: what is read, what is refused, what is left out and counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqlm.config import TextOptions
from seqlm.data.pair_store import PairWriter, open_pairs
from seqlm.data.pairs import MAX_CHARACTERS, PairedText, PairReport
from seqlm.errors import InputError
from seqlm.tokenizers import END_ID
from seqlm.tokenizers.character import CharacterTokenizer
from seqlm.tokenizers.vocabulary import Vocabulary


def write(folder: Path, **texts: str | bytes) -> list[str]:
    for name, text in texts.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return [str(folder / name) for name in texts]


def read(paths: list[str], **options: str) -> tuple[list[tuple[str, str]], PairReport]:
    text = PairedText(paths, TextOptions(**options))
    pairs = [pair for lines in text.chunks() for pair in zip(*lines, strict=True)]
    return pairs, text.report


def test_two_files_and_one_with_tabs_are_the_same(tmp_path: Path) -> None:
    """Else the same pairs would make another model in another file."""
    paths = write(
        tmp_path, de="ein Hund\r\nzwei\n", en="a dog\ntwo", both="ein Hund\ta dog\nzwei\ttwo"
    )
    expected = [("ein Hund", "a dog"), ("zwei", "two")]
    assert read(paths[:2])[0] == read(paths[2:])[0] == expected


def test_files_of_different_length_are_refused_with_both_counts(tmp_path: Path) -> None:
    """Else every pair behind a lost line would be a sentence and a stranger's translation."""
    paths = write(tmp_path, de="a\n" * 70_000, en="b\n" * 69_999)
    with pytest.raises(InputError) as refused:
        read(paths)
    assert "70,000" in refused.value.message and "69,999" in refused.value.message
    with pytest.raises(InputError):
        read(paths[::-1])
    with pytest.raises(InputError):
        read(write(tmp_path, some="a\n", none=""))


def test_a_line_without_a_tab_is_named(tmp_path: Path) -> None:
    """Else half of a pair would be learnt as a whole one."""
    with pytest.raises(InputError) as refused:
        read(write(tmp_path, tsv="a\tb\nc\n"))
    assert "line 2" in refused.value.message and "tsv" in refused.value.message


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    """Else a model would have been trained on less than its user thinks."""
    long = "x" * (MAX_CHARACTERS + 1)
    longer = "y " * (1 << 20)
    pairs, report = read(
        write(tmp_path, tsv=f"a\tb\n\tb\na\t \n\nc\t{long}\n{longer}\td\ne\tf\tg\n")
    )
    assert pairs == [("a", "b"), ("e", "f")]
    assert (report.pairs, report.empty, report.long, report.columns) == (7, 3, 2, 1)
    assert report.kept == 2 and len(report.remarks()) == 3


def test_a_bad_byte_takes_its_whole_pair(tmp_path: Path) -> None:
    """Else leaving out a line of one side would shift all pairs behind it."""
    paths = write(tmp_path, de=b"eins\nzw\xe9i\ndrei\n", en=b"one\ntwo\nthree\n")
    with pytest.raises(InputError):
        read(paths)
    pairs, report = read(paths, errors="skip")
    assert pairs == [("eins", "one"), ("drei", "three")] and report.undecodable == 1
    assert len(read(paths, errors="replace")[0]) == 3
    assert read(paths, encoding="latin-1")[0][1] == ("zw\xe9i", "two")


def test_pairs_on_disk_are_the_pairs(tmp_path: Path) -> None:
    """Else a source would be trained with the translation of its neighbour."""
    source, target = (CharacterTokenizer(Vocabulary(list(text)), "NFC") for text in ("abc", "xyz"))
    writer = PairWriter(tmp_path, "train", (source, target), 3)
    writer.add(["ab", "abca", "c"], ["x", "y", "zzz"])
    writer.add([], [])
    writer.add(["b", "a"], ["xyzx", "zy"])
    made = writer.close()
    assert made is not None and writer.long == 2 and len(made) == 3
    loaded = open_pairs(tmp_path, "train", made.facts())
    for pairs in (made, loaded):
        assert pairs.lengths.tolist() == [[3, 2, 2], [2, 4, 3]]
        rows = [[row.tolist() for row in pairs.rows(side, np.array([2, 0]))] for side in (0, 1)]
        assert rows == [
            [source.encode("a"), source.encode("ab")],
            [target.encode("zy"), target.encode("x")],
        ]
    assert (np.asarray(loaded.source.ids) == END_ID).sum() == 3
    with pytest.raises(ValueError):
        open_pairs(tmp_path, "train", made.facts() | {"source": made.target.facts()})
