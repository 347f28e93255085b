"""``evaluate`` as at a shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seqlm.recipes import translation_scores
from tests.commands.conftest import Seqlm
from tests.commands.test_command_line import PROGRAM, refused

REFERENCE = "The cat sat on the mat.\nA dog barked at the moon.\n비가 왔습니다.\n"
HYPOTHESES = b"The cat sat on a mat.\nA dog barked at the moon.\n\xeb\xb9\x84\xea\xb0\x80 \n"


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Three lines to be compared with."""
    path = tmp_path / "reference.txt"
    path.write_text(REFERENCE, encoding="utf-8")
    return path


def test_figures_are_those_of_sacrebleu(seqlm: Seqlm, reference: Path) -> None:
    """Else a published figure could not be compared with ours."""
    metrics = pytest.importorskip("sacrebleu.metrics")
    found = seqlm("evaluate", reference, "--json", stdin=HYPOTHESES)
    assert found.code == 0 and found.err == ""
    assert [list(record) for record in found.records] == [
        ["metric", "score", "lines", "signature"]
    ] * 3
    bleu, chrf, exact = found.records
    lines = HYPOTHESES.decode().splitlines()
    for record, metric in ((bleu, metrics.BLEU()), (chrf, metrics.CHRF())):
        expected = metric.corpus_score(lines, [REFERENCE.splitlines()]).score
        assert record["score"] == pytest.approx(expected, abs=1e-9)
        assert record["signature"] == str(metric.get_signature())
    assert "tok:13a" in bleu["signature"] and "version:" in bleu["signature"]
    assert (exact["metric"], exact["score"]) == ("exact", pytest.approx(100 / 3))
    table = seqlm("evaluate", reference, stdin=HYPOTHESES).table
    assert [row["metric"] for row in table] == ["BLEU", "chrF", "exact"]
    assert float(table[0]["score"]) == bleu["score"]
    assert len(seqlm("evaluate", reference, "--no-header", stdin=HYPOTHESES).lines) == 3


def test_options(seqlm: Seqlm, reference: Path, tmp_path: Path) -> None:
    """Else more references, another tokenizer or case would be ignored in silence."""
    pytest.importorskip("sacrebleu")
    (tmp_path / "found.txt").write_bytes(HYPOTHESES)
    (tmp_path / "other.txt").write_text("the cat sat on a mat.\n\n비가\n", encoding="utf-8")
    given = ("evaluate", reference, "other.txt", "--hypotheses", "found.txt", "--json")
    bleu, _, exact = seqlm(*given).records
    assert bleu["signature"].startswith("nrefs:2|case:mixed")
    assert exact["score"] == pytest.approx(200 / 3)
    bleu, _, exact = seqlm(*given, "--lowercase", "--tokenize", "char").records
    assert "case:lc" in bleu["signature"] and "tok:char" in bleu["signature"]
    assert exact["score"] == 100
    passed = seqlm("evaluate", reference, "--fail-under", "1", stdin=HYPOTHESES)
    failed = seqlm("evaluate", reference, "--fail-under", "99", stdin=HYPOTHESES)
    assert (passed.code, failed.code) == (0, 3)
    assert passed.out == failed.out and "under 99" in refused(failed, 3)[0]


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["reference.txt"], b"one\ntwo\n", "reference.txt has 3 lines and what is judged has 2"),
        (["reference.txt"], b"", "has 0"),
        (["empty.txt"], b"", "no line"),
        (["missing.txt"], b"a\n", "missing.txt"),
        (["-"], b"a\n", "twice"),
        (["."], b"a\n", "2 files"),
        (["reference.txt", "--hypotheses", "missing.txt"], b"", "missing.txt"),
        (["reference.txt"], b"caf\xe9\n", "line 1"),
        (["reference.txt", "--tokenize", "spm"], b"", "spm"),
        ([], b"a\n", "REFERENCE"),
    ],
)
def test_what_cannot_be_compared(
    seqlm: Seqlm,
    reference: Path,
    tmp_path: Path,
    arguments: list[str],
    stdin: bytes,
    message: str,
) -> None:
    """Else lines would be compared with those of another sentence."""
    (tmp_path / "empty.txt").touch()
    outcome = seqlm("evaluate", *arguments, stdin=stdin)
    assert message in refused(outcome)[0]
    assert outcome.out == b""


def test_without_sacrebleu(seqlm: Seqlm, reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a missing extra would be a traceback."""
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    error, hint = refused(seqlm("evaluate", reference, stdin=HYPOTHESES), 1)
    assert "sacreBLEU" in error and hint == "try: pip install 'seqlm[mt]'"


def test_a_tokenizer_that_is_not_installed(
    seqlm: Seqlm, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else --tokenize ko-mecab would be a traceback where mecab is missing."""

    class Missing:
        def BLEU(self, **_: object) -> None:
            raise RuntimeError("Korean tokenization requires extra dependencies")

    monkeypatch.setattr(translation_scores, "_sacrebleu", Missing)
    outcome = seqlm("evaluate", reference, "--tokenize", "ko-mecab", stdin=HYPOTHESES)
    assert refused(outcome, 1)[1] == "try: pip install 'sacrebleu[ko]'"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_an_error(reference: Path) -> None:
    """Else a figure that nobody could read would pass for a result."""
    pytest.importorskip("sacrebleu")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, "evaluate", str(reference)],
            input=HYPOTHESES,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("error: ")
