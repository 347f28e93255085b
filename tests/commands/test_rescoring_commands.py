"""``rescore`` and ``choose`` as somebody at a shell meets them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Seqlm

LISTS = (
    "u1\tman old the sat\t-1\n"
    "u1\tthe old man sat\t-2\n"
    "u2\tgirl a laughed\t-1\n"
    "u2\ta girl laughed\t-2\n"
)
QUESTIONS = "the ___ man\told\tlaughed\n\na girl ___\tthe\tlaughed\n"
SPELLING = "선생님이 교실로 부리나케 ___\t잘려갔다\t달려갔다\n"


def test_lists_are_re_ranked(seqlm: Seqlm, mixable: dict[str, Path]) -> None:
    """Else the hypothesis that is no language would stay in front."""
    common = ("rescore", "-m", mixable["ngram"])
    records = seqlm(*common, "--json", stdin=LISTS.encode()).records
    keys = ["id", "rank", "text", "score", "lm_log_prob", "list_score"]
    assert all(list(record) == keys for record in records)
    assert [record["text"] for record in records if record["rank"] == 1] == [
        "the old man sat",
        "a girl laughed",
    ]
    first = records[0]
    assert first["score"] == pytest.approx(first["list_score"] + first["lm_log_prob"])
    table = seqlm(*common, stdin=LISTS.encode()).table
    assert [row["text"] for row in table] == [record["text"] for record in records]
    best = seqlm(*common, "--best", stdin=LISTS.encode())
    assert best.text == "the old man sat\na girl laughed\n"
    as_it_was = seqlm(*common, "--best", "--lm-weight", "0", stdin=LISTS.encode())
    assert as_it_was.text == "man old the sat\ngirl a laughed\n"
    again = seqlm(*common, "--best", stdin=seqlm(*common, "--json", stdin=LISTS.encode()).out)
    assert again.text == best.text


def test_weights_are_tuned_and_said(seqlm: Seqlm, mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else good weights would have to be guessed, or could not be used on another list."""
    (tmp_path / "refs").write_text("the old man sat\na girl laughed\n")
    common = ("rescore", "-m", mixable["ngram"], "--best")
    tuned = seqlm(*common, "--tune", "refs", "--metric", "cer", stdin=LISTS.encode())
    assert tuned.text == "the old man sat\na girl laughed\n"
    assert "re-ranked 0.00%" in tuned.err
    said = next(line for line in tuned.err.splitlines() if line.startswith("weights: "))
    used = seqlm(*common, *said.removeprefix("weights: ").split(), stdin=LISTS.encode())
    assert used.text == tuned.text


def test_choices(seqlm: Seqlm, mixable: dict[str, Path]) -> None:
    """Else a speller could not ask which word is meant."""
    common = ("choose", "-m", mixable["lstm"])
    records = seqlm(*common, "--json", stdin=QUESTIONS.encode()).records
    keys = ["line", "text", "candidate", "rank", "log_prob", "probability"]
    assert all(list(record) == keys for record in records)
    assert [record["line"] for record in records] == [1, 1, 3, 3]
    assert records[0]["probability"] + records[1]["probability"] == pytest.approx(1)
    assert [row["rank"] for row in seqlm(*common, stdin=QUESTIONS.encode()).table] == [*"1212"]
    best = seqlm(*common, "--best", stdin=QUESTIONS.encode())
    assert len(best.lines) == 2 and "___" not in best.text


def test_korean_spelling(seqlm: Seqlm, tmp_path: Path) -> None:
    """A teacher does not get cut off into a classroom in a hurry: 달려갔다, not 잘려갔다."""
    lines = ["아이가 학교로 달려갔다", "선생님이 교실로 뛰어갔다", "나무가 바람에 잘려 나갔다"]
    (tmp_path / "ko.txt").write_text("\n".join(lines * 5) + "\n", encoding="utf-8")
    trained = seqlm("train-lm", "ko.txt", "--arch", "ngram", "--tokenizer", "char", "-o", "ko")
    assert trained.code == 0, trained.err
    first, second = seqlm("choose", "-m", "ko", "--json", stdin=SPELLING.encode()).records
    assert first["candidate"] == "달려갔다" and second["candidate"] == "잘려갔다"
    assert first["probability"] > 0.5


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["rescore"], "", "no n-best list"),
        (["rescore"], "u1 a\n", "line 1"),
        (["rescore", "missing.txt"], "", "missing.txt"),
        (["rescore", "--format", "csv"], "a\tb\n", "csv"),
        (["rescore", "--tune", "refs", "--lm-weight", "1"], LISTS, "finds both"),
        (["rescore", "--tune", "refs"], LISTS, "1 lines for 2 lists"),
        (["rescore", "--tune", "refs"], "", "no n-best list"),
        (["rescore", "--scores", "refs"], LISTS, "refs, line 1"),
        (["choose"], "no blank\ta\tb\n", "line 1"),
        (["choose", "missing.txt"], "", "missing.txt"),
        (["choose", "-m", "nowhere"], "", "nowhere"),
    ],
)
def test_bad_input(
    seqlm: Seqlm,
    mixable: dict[str, Path],
    tmp_path: Path,
    arguments: list[str],
    stdin: str,
    message: str,
) -> None:
    """Else a mistake would end in a traceback, or in an order that means nothing."""
    (tmp_path / "refs").write_text("one line\n")
    model = [] if "-m" in arguments else ["-m", mixable["ngram"]]
    outcome = seqlm(*arguments, *model, stdin=stdin.encode())
    assert outcome.code == 2 and "Traceback" not in outcome.err
    error, hint = outcome.err.splitlines()[-2:]
    assert error.startswith("error: ") and message in error and hint.startswith("try: ")


def test_help_is_light_and_pipes_are_quiet(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else help would take seconds, and `| head -1` end in an error."""
    program = f"{sys.executable} -m seqlm"
    (tmp_path / "lists").write_text(LISTS * 1 + "".join(f"v{i}\ta b\n" for i in range(9000)))
    (tmp_path / "questions").write_text(QUESTIONS * 2000)
    for command, file in (("rescore", "lists"), ("choose", "questions")):
        line = f"{program} {command} -q -m {mixable['ngram']} {tmp_path / file} | head -1"
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr, done.stdout.count("\n")) == (141, "", 1)
        line = f"{program} {command} -q -m {mixable['ngram']} {tmp_path / file} > /dev/full"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
        assert done.returncode == 1 and done.stderr.startswith("error: ")
