"""Counting, ``neighbors``, ``analogy``, ``eval-vectors`` and ``export`` as at a shell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import seqlm as package
from seqlm.commands import run
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.vector_evaluation import spearman
from seqlm.recipes.vector_folder import publish_vectors
from seqlm.tensor_file import read_tensors
from tests.commands.conftest import Seqlm, small_corpus

WORDS = ["man", "king", "woman", "queen", "apple", "pear"]
ROWS = [[1, 0, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1], [-1, 1, 0], [-1, 1.1, 0]]


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """A model folder in which king - man + woman is queen."""
    folder = tmp_path / "models" / "vectors-small"
    publish_vectors(folder, WordVectors(WORDS, np.array(ROWS, np.float32)), {"arch": "count"})
    return folder


@pytest.fixture(scope="session")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors counted from one of our corpora."""
    folder = tmp_path_factory.mktemp("counted")
    corpus = small_corpus(folder / "corpus.txt")
    out = folder / "vectors"
    assert run(["train-count-vectors", str(corpus), "--dim", "8", "-q", "-o", str(out)]) == 0
    return out


def test_neighbors_of_words_and_of_stdin(seqlm: Seqlm, vectors: Path) -> None:
    """Else the contract's table would not come, or stdin be another command."""
    asked = seqlm("neighbors", "apple", "man", "-n", "2")
    assert asked.code == 0
    assert "model: models/vectors-small" in asked.err
    assert [row["query"] for row in asked.table] == ["apple", "apple", "man", "man"]
    assert asked.table[0] == {
        "query": "apple", "word": "pear", "rank": "1", "cosine": asked.table[0]["cosine"],
    }  # fmt: skip
    assert float(asked.table[0]["cosine"]) > 0.99
    piped = seqlm("neighbors", "-n", "2", stdin=b"apple\n\nman\n")
    assert piped.out == asked.out
    as_json = seqlm("neighbors", "apple", "-n", "1", "--json")
    assert list(as_json.records[0]) == ["query", "word", "rank", "cosine"]
    assert seqlm("neighbors", "apple", "--no-header", "-n", "1").lines[0].startswith("apple\tpear")


def test_unknown_words(seqlm: Seqlm, vectors: Path) -> None:
    """Else a word that is missing would stop a file of words, or pass unnoticed."""
    some = seqlm("neighbors", "zebra", "apple", "-n", "1")
    assert some.code == 0
    assert len(some.table) == 1
    assert "no vector for 'zebra'" in some.err
    assert "1 of 2 could not be answered" in some.err
    none = seqlm("neighbors", "zebra", "-q")
    assert (none.code, none.out) == (2, b"")
    assert none.err.startswith("error: nothing could be answered")
    assert seqlm("analogy", "man", "zebra", "woman").code == 2
    assert seqlm("neighbors", stdin=b"").code == 0


def test_analogies(seqlm: Seqlm, vectors: Path) -> None:
    """Else a : b :: c : ? would have other answers in a file than typed."""
    typed = seqlm("analogy", "man", "king", "woman", "-n", "1")
    assert typed.code == 0
    assert typed.lines[0] == "word\tcosine"
    assert typed.table[0]["word"] == "queen"
    piped = seqlm("analogy", "--json", "-n", "2", stdin=b"man king woman\nking man queen\n")
    assert [list(record) for record in piped.records] == [
        ["a", "b", "c", "word", "rank", "cosine"]
    ] * 4
    assert [record["word"] for record in piped.records if record["rank"] == 1] == ["queen", "woman"]
    assert seqlm("analogy", "man", "king", "woman", "--method", "mul").table[0]["word"] == "queen"
    for wrong in (("man", "king"), ("a", "b", "c", "d")):
        assert seqlm("analogy", *wrong).code == 2
    refused = seqlm("analogy", stdin=b"man king woman\nman king\n")
    assert refused.code == 2
    assert "line 2" in refused.err


def test_sets_of_analogies_and_similarities(seqlm: Seqlm, vectors: Path, tmp_path: Path) -> None:
    """Else figures would not be those of the published sets, or questions vanish."""
    questions = ": royal\nMan King Woman Queen\nking man queen woman\n: fruit\nman x y z\n"
    (tmp_path / "questions.txt").write_text(questions)
    (tmp_path / "pairs.csv").write_text(
        'Word 1,Word 2,Human\napple,pear,10\n"man","king",7\nman,apple,1\nman,zebra,3\n'
    )
    found = seqlm("eval-vectors", "questions.txt", "pairs.csv", "--json", "--lowercase")
    assert found.code == 0
    *analogies, pairs = found.records
    assert analogies == [
        {"file": "questions.txt", "section": "royal", "correct": 2, "total": 2, "skipped": 0,
         "accuracy": 1.0},
        {"file": "questions.txt", "section": "fruit", "correct": 0, "total": 1, "skipped": 1,
         "accuracy": None},
        {"file": "questions.txt", "section": "total", "correct": 2, "total": 3, "skipped": 1,
         "accuracy": 1.0},
    ]  # fmt: skip
    assert pairs == {"file": "pairs.csv", "pairs": 4, "skipped": 1, "spearman": pytest.approx(1)}
    cased = seqlm("eval-vectors", "questions.txt", "--json")
    assert cased.records[0]["skipped"] == 1


@pytest.mark.parametrize(
    "line", ["apple\tpear\t9.5", "apple pear 9.5", "apple;pear;9.5", "apple\tpear\tN\t9.5\t3"]
)
def test_separators_of_similarities(seqlm: Seqlm, vectors: Path, tmp_path: Path, line: str) -> None:
    """Else one of the published sets could not be read."""
    other = line.replace("pear", "man").replace("9.5", "1")
    (tmp_path / "pairs").write_bytes(f"{line}\r\n{other}\r\n".encode())
    assert seqlm("eval-vectors", "pairs", "--json").records[0]["spearman"] == pytest.approx(1)


@pytest.mark.parametrize(
    "text", ["", "a b c d e\n", "apple pear 1\napple\n", "apple pear\n", ": s\na b c\n", "x y 3\n"]
)
def test_sets_that_are_refused(seqlm: Seqlm, vectors: Path, tmp_path: Path, text: str) -> None:
    """Else a wrong file would give a figure."""
    (tmp_path / "set").write_text(text)
    refused = seqlm("eval-vectors", "set")
    assert (refused.code, refused.out) == (2, b"")
    assert "try: " in refused.err


def test_spearman_by_hand() -> None:
    """Else ties would be ranked by chance."""
    # ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5
    ours, theirs = np.array([1.0, 5, 5, 9]), np.array([1.0, 2, 3, 4])
    assert spearman(ours, theirs) == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert spearman(ours, -theirs) == pytest.approx(-4.5 / np.sqrt(4.5 * 5))
    assert spearman(np.ones(4), theirs) is None
    assert spearman(np.empty(0), np.empty(0)) is None


@pytest.mark.parametrize(
    "form", ["word2vec-text", "word2vec-bin", "fasttext-vec", "npy", "projector"]
)
def test_export_and_back(seqlm: Seqlm, vectors: Path, form: str) -> None:
    """Else what other programs get would be other vectors."""
    made = seqlm("export", vectors, "--to", form, "-o", "made")
    assert made.code == 0, made.err
    path = made.lines[0]
    mine, theirs = (seqlm("neighbors", "king", "-m", where) for where in (vectors, path))
    assert theirs.code == 0
    assert mine.out == theirs.out
    if form == "projector":  # the folder is meant too, for it is what export was told to write
        assert seqlm("neighbors", "king", "-m", "made").out == mine.out
    assert seqlm("export", vectors, "--to", form, "-o", "made").code == 2
    assert seqlm("export", path, "--to", "npy", "-o", "again", "--force").code == 0


def test_a_damaged_folder_answers_nothing(seqlm: Seqlm, vectors: Path) -> None:
    """Else neighbours would be shown of vectors that nobody trained."""
    for name in ("vectors.npy", "words.txt", "config.json", "MANIFEST.json"):
        path = vectors / name
        whole = path.read_bytes()
        for data in (whole[:-5], whole[:-5] + b"12345", b"", whole + b"x"):
            path.write_bytes(data)
            refused = seqlm("neighbors", "king", "-m", vectors)
            assert (refused.code, refused.out) == (2, b""), (name, data)
            assert refused.err.splitlines()[-1].startswith("try: ")
        path.write_bytes(whole)
    assert seqlm("neighbors", "king", "-m", vectors).code == 0
    nowhere = seqlm("neighbors", "king", "-m", "nowhere")
    assert nowhere.code == 2 and "nowhere does not exist" in nowhere.err


def test_training_by_counting(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else text would not become a folder that the other commands take."""
    small_corpus(tmp_path / "c.txt", lines=600)
    done = seqlm("train-count-vectors", "c.txt", "--dim", "10", "--json")
    assert done.code == 0, done.err
    assert done.records[-1]["model"] == "models/vectors-c"
    assert done.records[-1]["seconds"] > 0
    again = seqlm("train-count-vectors", "c.txt", "--dim", "10", "-q")
    assert again.text == "models/vectors-c-2\n"
    first, second = (tmp_path / "models" / name for name in ("vectors-c", "vectors-c-2"))
    assert (first / "vectors.npy").read_bytes() == (second / "vectors.npy").read_bytes()
    assert json.loads(seqlm("info", first, "--json").text)["kind"] == "vectors"
    loaded = package.load(first)
    word = loaded.words[0]
    assert seqlm("neighbors", word, "-n", "3", "-m", first).table[0]["word"] == (
        loaded.neighbors(word, n=3)[0].word
    )
    piped = seqlm(
        "train-count-vectors", "-q", "--dim", "10", stdin=(tmp_path / "c.txt").read_bytes()
    )
    assert piped.text == "models/vectors-stdin\n"
    made = tmp_path / "models/vectors-stdin/vectors.npy"
    assert made.read_bytes() == (first / "vectors.npy").read_bytes()


def test_words_of_like_use_are_near(seqlm: Seqlm, counted: Path) -> None:
    """Else the vectors would say nothing about the words."""
    vectors = package.load(counted)
    assert vectors.dim == 8
    assert np.isfinite(vectors.matrix).all()
    assert seqlm("neighbors", vectors.words[3], "-m", counted).code == 0


@pytest.mark.parametrize("text", ["", "a\n", "one two three\n", "\n\n"])
def test_texts_that_give_no_vectors(seqlm: Seqlm, tmp_path: Path, text: str) -> None:
    """Else a folder of nothing would be written."""
    (tmp_path / "c.txt").write_text(text)
    refused = seqlm("train-count-vectors", "c.txt")
    assert (refused.code, refused.out) == (2, b"")
    assert not (tmp_path / "models" / "vectors-c").exists()


def test_a_language_model_that_starts_from_vectors(
    seqlm: Seqlm, vectors: Path, tmp_path: Path
) -> None:
    """Else the contract's flag would do nothing."""
    small_corpus(tmp_path / "c.txt", lines=200)
    with open("c.txt", "a") as text:
        text.write("the man ate an apple\n" * 50)
    flags = ("--arch", "gru", "--tokenizer", "word", "--hidden-size", "8", "--steps", "1")
    done = seqlm("train-lm", "c.txt", *flags, "--lr", "0", "--embeddings", vectors, "-o", "m")
    assert done.code == 0, done.err
    assert "tokens start from" in done.err
    weights = read_tensors(tmp_path / "m/model.safetensors")
    assert weights["embedding"].shape[1] == 3
    assert seqlm("train-lm", "c.txt", *flags, "--embeddings", "nowhere", "-o", "n").code == 2
    counted = seqlm("train-lm", "c.txt", "--arch", "ngram", "--embeddings", vectors, "-o", "n")
    assert counted.code == 2
