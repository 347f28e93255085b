"""ARPA files out and in."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from test_ngram_lm import VOCAB, make_table

from seqlm.errors import InputError
from seqlm.models.arpa import write_arpa
from seqlm.models.arpa_reader import read_arpa
from seqlm.models.ngram_table import NgramTable

WORDS = ["</s>", "<unk>", "the", "cat", "sat", "naïve", "고양이"]

SMALL = """anything before the data is a comment

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


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def log10_score(table: NgramTable, ids: list[int]) -> list[float]:
    return (table.score(np.array(ids))[0].astype(np.float64) / math.log(10)).tolist()


def test_a_file_by_hand(tmp_path: Path) -> None:
    """Back-off as the format defines it: the sentences "the cat" and "cat the", one word unknown.

    the cat </s>: bigrams all the way, -0.2, -0.3, -0.1.
    cat the </s>: after <s>, cat backs off: -0.5 - 0.9; the after cat: -0.125 - 0.4; </s> after the:
    -0.25 - 0.7. A word that is unknown: -0.5 - 1.0, and it has no weight of its own: -0.7.
    """
    words, table = read_arpa(write(tmp_path / "a.arpa", SMALL))
    assert words == ["</s>", "<unk>", "the", "cat"]
    assert log10_score(table, [2, 3, 0]) == pytest.approx([-0.2, -0.3, -0.1], abs=1e-6)
    assert log10_score(table, [3, 2, 0]) == pytest.approx([-1.4, -0.525, -0.95], abs=1e-6)
    assert log10_score(table, [1, 0]) == pytest.approx([-1.5, -0.7], abs=1e-6)


def test_a_model_without_unk_gives_it_next_to_nothing(tmp_path: Path) -> None:
    """Such a model must read, and no score may be infinite."""
    text = SMALL.replace("-1.0\t<unk>\n", "").replace("ngram 1=5", "ngram 1=4")
    _, table = read_arpa(write(tmp_path / "a.arpa", text))
    assert log10_score(table, [1])[0] == pytest.approx(-100.5, abs=1e-4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<unk>", "<UNK>"),  # SRILM of old
        ("-0.3\tthe cat", "-0.3\tthe cat\t0"),  # a weight where none is needed
        ("-0.3\tthe cat", "-0.3 the cat"),
        ("\n", "\r\n"),
        ("ngram 1=5", "ngram  1 = 5"),
        ("anything", "one line\n\nand another: anything"),
    ],
)
def test_how_others_write_it(old: str, new: str, tmp_path: Path) -> None:
    """A model of SRILM, IRSTLM or a Windows program reads as KenLM reads it."""
    expected = read_arpa(write(tmp_path / "a.arpa", SMALL))
    (tmp_path / "b.arpa").write_bytes(SMALL.replace(old, new).encode())
    words, table = read_arpa(tmp_path / "b.arpa")
    assert words == expected[0]
    for ids in ([2, 3, 0], [3, 2, 0], [1, 0]):
        assert log10_score(table, ids) == log10_score(expected[1], ids)


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("name", ["model.arpa", "model.arpa.gz"])
def test_round_trip(order: int, name: str, tmp_path: Path) -> None:
    """What is exported and read again gives the same figures, to the digits of the text."""
    table = make_table(order)
    write_arpa(table, WORDS, tmp_path / name)
    words, again = read_arpa(tmp_path / name)
    assert words == WORDS
    assert again.sizes == table.sizes
    for ours, theirs in zip(table.keys, again.keys, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    ids = np.random.default_rng(0).integers(0, VOCAB, 300)
    np.testing.assert_allclose(again.score(ids)[0], table.score(ids)[0], atol=1e-5)


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    """An export can be compared by its hash: it holds no time and no file name."""
    table = make_table(3)
    for name in ("a.gz", "b.gz"):
        write_arpa(table, WORDS, tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    text = gzip.decompress((tmp_path / "a.gz").read_bytes()).decode()
    assert text.startswith(f"\\data\\\nngram 1={VOCAB + 1}\n")
    assert text.endswith("\n\\end\\\n")


@pytest.mark.parametrize("word", ["", "two words", "tab\t", "the", "<s>", "</s>"])
def test_words_that_the_format_cannot_hold(word: str, tmp_path: Path) -> None:
    """White space in a word would be read back as two words, and another model."""
    with pytest.raises(InputError, match="cannot hold"):
        write_arpa(make_table(2), [*WORDS[:-1], word], tmp_path / "a.arpa")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\\data\\", "data", "no \\\\data"),
        ("ngram 1=5", "ngram 1=6", "5 1-grams, where the header says 6"),
        ("ngram 1=5", "ngram 1=4", "expected"),
        ("ngram 2=3", "ngram 2=4", "3 2-grams, where the header says 4"),
        ("ngram 2=3", "ngram 2=2", "expected"),
        ("ngram 2=3", "ngram 3=3", "expected ngram 2"),
        ("ngram 2=3", "ngram 2=-3", "expected ngram 2"),
        ("ngram 1=5", "ngram 1=99999999999999", "cannot be used"),
        ("\\2-grams:", "\\3-grams:", "expected \\\\2-grams"),
        ("\\end\\", "", "the file ends"),
        ("\\end\\", "\\end\\\nmore", "more after"),
        ("-0.4\tthe", "0.4\tthe", "line 11: a log-probability"),
        ("-0.4\tthe", "nan\tthe", "line 11: a log-probability"),
        ("-0.25", "-inf", "line 11: a log-probability"),
        ("-0.4\tthe", "x\tthe", "line 11: not a number"),
        ("-0.9\tcat\t-0.125", "-0.9\tthe\t-0.125", "line 12: the word 'the' a second time"),
        ("-0.9\tcat\t-0.125", "-0.9\tcat\t-0.125\t7", "line 12: 4 fields"),
        ("-0.3\tthe cat", "-0.3\tthe", "line 16: 2 fields"),
        ("-0.3\tthe cat", "-0.3\tthe cat\t-1", "line 16: a back-off weight of a 2-gram"),
        ("-0.3\tthe cat", "-0.3\tthe cat\t0\t0", "line 16: 5 fields"),
        ("-0.3\tthe cat", "-0.3\tthe dog", "line 16: 'dog' is not among"),
        ("-0.3\tthe cat", "-0.3\t<s> the", "line 16: the same n-gram a second time"),
        ("-0.3\tthe cat", "-0.3\tthe <s>", "line 16: <s> stands only first"),
        ("-0.3\tthe cat", "-0.3\t</s> cat", "line 16: <s> stands only first"),
        ("-99\t<s>\t-0.5", "-99\tdog\t-0.5", "no <s>"),
        ("-0.7\t</s>", "-0.7\tdog", "no <s> or no </s>"),
    ],
)
def test_files_that_contradict_themselves(old: str, new: str, message: str, tmp_path: Path) -> None:
    """A model with a wrong count or a lost line gives wrong figures without a word."""
    assert SMALL.count(old) >= 1
    path = write(tmp_path / "a.arpa", SMALL.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_arpa(path)


def test_a_context_has_to_be_there(tmp_path: Path) -> None:
    """Without its context an n-gram cannot be reached, and would silently never be used."""
    text = SMALL.replace("ngram 2=3", "ngram 2=3\nngram 3=1")
    text = text.replace("\\end\\", "\\3-grams:\n-0.1\tcat the cat\n\n\\end\\")
    with pytest.raises(InputError, match="context"):
        read_arpa(write(tmp_path / "a.arpa", text))


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00broken", b"\xff\xfe\x00"])
def test_files_that_are_no_arpa(content: bytes, tmp_path: Path) -> None:
    """Any file may be named by mistake."""
    path = tmp_path / "a.arpa"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_arpa(path)
    with pytest.raises(InputError):
        read_arpa(tmp_path / "nowhere.arpa")
    with pytest.raises(InputError):
        read_arpa(tmp_path)


def test_a_cut_gzip_is_refused(tmp_path: Path) -> None:
    """A download that broke off must not be taken for the whole."""
    whole = gzip.compress(SMALL.encode())
    for length in range(2, len(whole), 7):
        (tmp_path / "a.gz").write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_arpa(tmp_path / "a.gz")


def test_damaged_text_is_refused_or_consistent(tmp_path: Path) -> None:
    """Whatever byte changes, the reader raises InputError or has read what the header says."""
    rng = np.random.default_rng(5)
    whole = SMALL.encode()
    path = tmp_path / "a.arpa"
    accepted = 0
    for _ in range(600):
        damaged = bytearray(whole)
        for _ in range(rng.integers(1, 3)):
            at = int(rng.integers(0, len(damaged)))
            match rng.integers(0, 4):
                case 0:
                    damaged[at] = int(rng.integers(0, 256))
                case 1:
                    del damaged[at]
                case 2:
                    damaged.insert(at, int(rng.integers(32, 127)))
                case _:
                    lines = bytes(damaged).split(b"\n")
                    del lines[int(rng.integers(0, len(lines)))]
                    damaged = bytearray(b"\n".join(lines))
        path.write_bytes(damaged)
        try:
            words, table = read_arpa(path)
        except InputError:
            continue
        accepted += 1
        assert len(words) == table.vocab_size == len(set(words))
        assert b"2=%d" % table.sizes[1] in damaged.replace(b" ", b"")
        assert np.isfinite(table.score(np.array([2, 1, 0]))[0]).all()
    assert 0 < accepted < 400
