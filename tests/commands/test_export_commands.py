"""``export`` as at a shell: every kind of model in the formats that it has, and in no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seqlm.commands import run
from tests.commands.conftest import CORPORA, Outcome, Seqlm, small_corpus

TEST = CORPORA / "english.test.txt"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has hardly been trained."""
    folder = tmp_path_factory.mktemp("network")
    corpus = small_corpus(folder / "c.txt", lines=60)
    arguments = ["--arch", "gru", "--tokenizer", "word", "--steps", "2", "--hidden-size", "8", "-q"]
    assert run(["train-lm", str(corpus), *arguments, "-o", str(folder / "gru")]) == 0
    return folder / "gru"


@pytest.fixture
def ngrams(seqlm: Seqlm, tmp_path: Path) -> Path:
    """A small n-gram model of words."""
    small_corpus(tmp_path / "c.txt", lines=300)
    made = seqlm(
        "train-lm", "c.txt", "--arch", "ngram", "--tokenizer", "word", "--order", "3", "-q"
    )
    assert made.code == 0, made.err
    return tmp_path / "models" / "lm-c"


def refused(outcome: Outcome) -> str:
    """The message of an error that is one line and a hint, with nothing on stdout."""
    assert outcome.code == 2, outcome.err
    assert outcome.out == b"" and "Traceback" not in outcome.err
    error, hint = outcome.err.splitlines()[-2:]
    assert error.startswith("error: ") and hint.startswith("try: ")
    return error


def test_arpa_out_and_in(seqlm: Seqlm, ngrams: Path) -> None:
    """Else another toolkit would get another model, or theirs would be of no use here."""
    assert seqlm("export", "--to", "arpa").lines == ["lm-c.arpa"]  # the newest in models/
    assert seqlm("export", ngrams, "--to", "arpa", "-o", "b/z.arpa.gz").lines == ["b/z.arpa.gz"]
    back = seqlm("export", "lm-c.arpa", "--to", "seqlm", "-o", "back", "--json")
    assert {record["format"] for record in back.records} == {"seqlm"}
    expected = seqlm("perplexity", TEST, "-m", ngrams, "--json").records[0]
    for model in ("lm-c.arpa", "b/z.arpa.gz", "back"):
        found = seqlm("perplexity", TEST, "-m", model, "--json")
        assert found.code == 0, found.err
        assert found.records[0]["unknown"] == expected["unknown"]
        assert found.records[0]["log_prob"] == pytest.approx(expected["log_prob"], rel=1e-6)
    assert len(seqlm("score", "-m", "lm-c.arpa", stdin=b"the old man\n\n").table) == 2
    written = seqlm("generate", "-m", "lm-c.arpa", "-p", "the", "--max-tokens", "3")
    assert written.code == 0 and written.text.startswith("the")


def test_a_damaged_arpa_file_is_named_with_its_line(
    seqlm: Seqlm, ngrams: Path, tmp_path: Path
) -> None:
    """Else one bad line in millions could not be found."""
    seqlm("export", ngrams, "--to", "arpa", "-o", "a.arpa")
    lines = (tmp_path / "a.arpa").read_text().splitlines(keepends=True)
    lines[20] = "much\ttoo\tlong\ta\tline\n"
    (tmp_path / "a.arpa").write_text("".join(lines))
    for command in (["score", "-m", "a.arpa"], ["export", "a.arpa", "--to", "seqlm", "-o", "x"]):
        message = refused(seqlm(*command, stdin=b"the\n"))
        assert "a.arpa, line 21: " in message
    assert not (tmp_path / "x").exists()
    assert "no ARPA file" in refused(seqlm("score", "-m", "c.txt", stdin=b"the\n"))


def test_a_format_that_a_model_does_not_have(seqlm: Seqlm, ngrams: Path, network: Path) -> None:
    """Else a wish that cannot be met would end in a traceback, or in a wrong file."""
    for model, to, instead in (
        (ngrams, "onnx", "--to arpa"),
        (ngrams, "word2vec-text", "--to arpa"),
        (network, "arpa", "--to onnx"),
        (network, "ctranslate2", "--to onnx"),
    ):
        outcome = seqlm("export", model, "--to", to, "-o", "out")
        assert to in refused(outcome)
        assert instead in outcome.err
    assert "nowhere" in refused(seqlm("export", "nowhere", "--to", "arpa"))


def test_nothing_is_replaced_unasked(seqlm: Seqlm, ngrams: Path, tmp_path: Path) -> None:
    """Else an export would overwrite what happened to have its name."""
    (tmp_path / "mine.arpa").write_text("mine")
    assert "exists" in refused(seqlm("export", ngrams, "--to", "arpa", "-o", "mine.arpa"))
    assert (tmp_path / "mine.arpa").read_text() == "mine"
    assert seqlm("export", ngrams, "--to", "arpa", "-o", "mine.arpa", "--force").code == 0
    assert (tmp_path / "mine.arpa").read_text().startswith("\\data\\")


def test_onnx_as_at_a_shell(seqlm: Seqlm, network: Path) -> None:
    """Else the folder would lack what another program needs to read text as the model does."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    made = seqlm("export", network, "--to", "onnx")
    assert made.code == 0, made.err
    assert {"gru-onnx/model.onnx", "gru-onnx/tokenizer.json"} <= set(made.lines)
    assert "exists" in refused(seqlm("export", network, "--to", "onnx"))


def test_counting_and_scoring_ngrams_is_light(seqlm: Seqlm, ngrams: Path) -> None:
    """Else a count of n-grams would wait seconds for a library that it has no use for."""
    code = (
        "import sys; from seqlm.commands import run;"
        "test, model, corpus = sys.argv[1:];"
        "codes = [run(['perplexity', test, '-m', model]),"
        " run(['score', test, '-m', model, '--per', 'word']),"
        " run(['train-lm', corpus, '--arch', 'ngram', '-o', model + '-2', '-q'])];"
        "assert codes == [0, 0, 0], codes; sys.exit('torch' in sys.modules)"
    )
    corpus = ngrams.parents[1] / "c.txt"
    done = subprocess.run(
        [sys.executable, "-c", code, str(TEST), str(ngrams), str(corpus)], capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_no_model_and_no_such_format(seqlm: Seqlm) -> None:
    """Else the first try in an empty folder would end in a riddle."""
    assert "no language model" in refused(seqlm("export", "--to", "arpa"))
    assert "no word vectors" in refused(seqlm("export", "--to", "npy"))
    assert "parquet" in refused(seqlm("export", "x", "--to", "parquet"))
    assert "--to" in refused(seqlm("export", "x"))
    helped = seqlm("export", "--help")
    assert helped.code == 0 and "ctranslate2" in helped.text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_the_output(ngrams: Path) -> None:
    """Else a script would go on with a path that it never got."""
    command = [sys.executable, "-m", "seqlm", "export", str(ngrams), "--to", "arpa", "--force"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "error: " in done.stderr and "Traceback" not in done.stderr


def test_the_cache_folder_is_no_flag(
    seqlm: Seqlm, ngrams: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever keeps prepared texts elsewhere could measure nothing: --cache is a number."""
    monkeypatch.setenv("SEQLM_CACHE_DIR", str(tmp_path / "cache"))
    assert seqlm("perplexity", TEST, "-m", ngrams).code == 0
