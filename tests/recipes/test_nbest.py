"""N-best lists: each format read, and what is wrong with a line said."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlm.config import TextOptions
from seqlm.data.corpus import Corpus
from seqlm.errors import InputError
from seqlm.recipes.nbest import Hypothesis, read_costs, read_nbest

LISTS = {
    "tsv": "u1\tthe cat\t-1.5\t-2\nu1\tthe cut\t-1\t-3\n\nu2\t\t0\t0\n",
    "named tsv": "line\tsource\trank\ttext\tscore\nu1\tx\t1\tthe cat\t-3.5\nu2\ty\t1\t\t0\n",
    "moses": "0 ||| the cat ||| LM= -3 D=0 ||| -3.5 ||| 0-0 1-1\n0 ||| the cut\n1 |||  ||| |||0\n",
    "kaldi": "u1-1 the cat\nu1-2 the cut\nu2-1\n",
    "jsonl": '{"id": "u1", "text": "the cat", "score": -3.5, "rank": 7, "time": 0.5}\n'
    '{"line": 2, "text": ""}\n',
}


def read(tmp_path: Path, text: str, **options: object) -> list[list[Hypothesis]]:
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8")
    return list(read_nbest(Corpus([path], TextOptions(normalization="none")), **options))


@pytest.mark.parametrize("name", LISTS)
def test_each_format_is_known_by_its_first_line(tmp_path: Path, name: str) -> None:
    """Else the user would have to say what the file says itself."""
    one, two = read(tmp_path, LISTS[name])
    assert one[0].text == "the cat" and two[0].text == ""
    assert one[0].score == (0.0 if name == "kaldi" else -3.5)
    if name in ("tsv", "moses", "kaldi"):
        assert [hypothesis.text for hypothesis in one] == ["the cat", "the cut"]


def test_what_a_list_brought_is_kept(tmp_path: Path) -> None:
    """Else the features and times of a list would be lost on the way."""
    assert read(tmp_path, LISTS["jsonl"])[0][0].brought == {
        "list_score": -3.5,
        "list_rank": 7,
        "time": 0.5,
    }
    moses = read(tmp_path, LISTS["moses"])[0][0].brought
    assert moses == {"features": "LM= -3 D=0", "list_score": -3.5, "more": "0-0 1-1"}
    assert read(tmp_path, LISTS["tsv"])[0][0].brought == {"list_score": -1.5, "list_score_2": -2.0}


def test_kaldi_with_its_costs(tmp_path: Path) -> None:
    """Else a cost would be taken for a score, and the worst hypothesis be preferred."""
    (tmp_path / "costs").write_text("u1-1 12.5\nu1-2 10\nu2-1 3\n")
    costs = read_costs(Corpus([tmp_path / "costs"]))
    one, _ = read(tmp_path, LISTS["kaldi"], costs=costs)
    assert [hypothesis.score for hypothesis in one] == [-12.5, -10]
    assert one[0].brought == {"list_rank": 1, "cost": 12.5}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("u1\ta\t1\nu1 a 1\n", 2, "no tab"),
        ("u1\ta\tmany\n", 1, "no score"),
        ("u1\ta\tnan\n", 1, "no score"),
        ("id\ttext\nu1\ta\tb\n", 2, "3 cells under 2 names"),
        ("0 ||| a ||| f ||| x\n", 1, "no score"),
        ("0 ||| a\n0 a\n", 2, "no |||"),
        ("u1-1 a\nu1 b\n", 2, "no utterance-rank"),
        ('{"id": "a", "text": "b"}\n{"id": "a"\n', 2, "no JSON object"),
        ('{"id": "a", "text": "b"}\n[1]\n', 2, "no JSON object"),
        ('{"id": "a", "text": "b", "score": NaN}\n', 1, "no JSON object"),
        ('{"id": "a", "text": "b", "score": [1]}\n', 1, "no score"),
        ('{"id": "a", "text": "b", "score": 1e999}\n', 1, "no score"),
        ('{"id": true, "text": "b"}\n', 1, "no id"),
        ('{"text": "b"}\n', 1, "no id"),
        ('{"id": 1, "text": 2}\n', 1, "no text"),
        ('{"id": 1, "text": "a\\nb"}\n', 1, "no single line"),
        ('{"id": 1, "text": "\\ud800"}\n', 1, "no single line"),
        ("just some words\n", 1, "no n-best list"),
        ('{"id":' * 2000 + "\n", 1, "no JSON object"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, text: str, line: int, message: str) -> None:
    """Else one bad line in a million would have to be looked for, or be ranked wrongly."""
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert f"list, line {line}: " in error.value.message and message in error.value.message


def test_a_list_in_two_pieces(tmp_path: Path) -> None:
    """Else each piece would have a best hypothesis of its own."""
    with pytest.raises(InputError, match="two pieces"):
        read(tmp_path, "a\tx\nb\tx\na\ty\n")


def test_kaldi_costs_that_do_not_fit(tmp_path: Path) -> None:
    """Else hypotheses without a cost would be the cheapest."""
    for costs in ("u1-1 1\n", "u1-1\n", "u1-1 low\n"):
        (tmp_path / "costs").write_text(costs)
        with pytest.raises(InputError):
            read(tmp_path, LISTS["kaldi"], costs=read_costs(Corpus([tmp_path / "costs"])))
    with pytest.raises(InputError, match="Kaldi"):
        read(tmp_path, LISTS["tsv"], costs={})


def test_a_format_that_is_given(tmp_path: Path) -> None:
    """Else a text with a bar in it could not be said to be TSV."""
    (one,) = read(tmp_path, "u1\ta ||| b\n", form="tsv")
    assert one[0].text == "a ||| b"
