"""``train-lm``, ``perplexity``, ``score`` and ``generate`` as somebody at a shell meets them."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest

from tests.commands.conftest import CORPORA, Seqlm, small_corpus
from tests.commands.test_command_line import refused

TEXT = "the old man sat by the river\n\n  two  spaces and a word nobody knows: zyxwv \nend\n"
KOREAN = "할머니께서 강가에 앉으셨다\n\n고양이가 웃었다 🙂\n"
FIGURES = [
    "file",
    "lines",
    "words",
    "tokens",
    "bytes",
    "chars",
    "unknown",
    "log_prob",
    "ppl_token",
    "ppl_word",
    "bits_per_char",
    "bits_per_byte",
]


def test_three_lines_with_nothing_else_said(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the promise on top of the README would be broken."""
    small_corpus(tmp_path / "corpus.txt", lines=400)
    (tmp_path / "test.txt").write_text(TEXT)
    trained = seqlm("train-lm", "corpus.txt", "--steps", "5", "--vocab-size", "400")
    assert trained.code == 0, trained.err
    assert trained.text == "models/lm-corpus\n"
    measured = seqlm("perplexity", "test.txt")
    assert measured.code == 0
    assert "model: models/lm-corpus" in measured.err
    assert float(measured.table[0]["ppl_token"]) > 1
    written = seqlm("generate", "--prompt", "the old", "--max-tokens", "5")
    assert written.code == 0
    assert written.text.startswith("the old")


def test_a_model_folder_is_whole(seqlm: Seqlm, models: dict[str, Path], tmp_path: Path) -> None:
    """Else a model would not work on another machine."""
    moved = tmp_path / "moved"
    moved.mkdir()
    names = {file.name for file in models["unigram"].iterdir()}
    assert names == {
        "MANIFEST.json",
        "README.md",
        "config.json",
        "metrics.jsonl",
        "1.config.json",
        "1.model.safetensors",
        "2.config.json",
        "2.model.safetensors",
        "tokenizer.json",
        "tokenizer.model",
        "train.json",
    }
    for name in names:
        (moved / name).write_bytes((models["unigram"] / name).read_bytes())
    assert seqlm("score", "-m", moved, stdin=KOREAN.encode()).code == 0
    assert all(json.loads(line)["step"] for line in (moved / "metrics.jsonl").open())


def test_a_finished_model_is_never_overwritten(
    seqlm: Seqlm, models: dict[str, Path], tmp_path: Path
) -> None:
    """Else a night's training could be lost to a repeated command."""
    small_corpus(tmp_path / "c.txt", lines=60)
    common = ("--steps", "1", "--tokenizer", "char", "--hidden-size", "4", "-q")
    assert seqlm("train-lm", "c.txt", *common).text == "models/lm-c\n"
    assert seqlm("train-lm", "c.txt", *common).text == "models/lm-c-2\n"
    before = (tmp_path / "models/lm-c/MANIFEST.json").read_bytes()
    refused = seqlm("train-lm", "c.txt", *common, "-o", "models/lm-c")
    assert refused.code == 2 and "--force" in refused.err
    assert (tmp_path / "models/lm-c/MANIFEST.json").read_bytes() == before
    assert seqlm("train-lm", "c.txt", *common, "-o", "models/lm-c", "--force").code == 0
    assert (tmp_path / "models/lm-c/MANIFEST.json").read_bytes() != before


def test_json_of_a_training(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a script could not follow a training."""
    small_corpus(tmp_path / "c.txt", lines=60)
    done = seqlm(
        "train-lm", "c.txt", "--steps", "3", "--tokenizer", "char", "--hidden-size", "4", "--json"
    )
    *evaluations, last = done.records
    assert evaluations
    for record in evaluations:
        assert {"step", "seconds", "tokens_per_second", "train_loss", "valid_loss"} <= set(record)
    assert last["model"] == "models/lm-c" and last["seconds"] > 0


def test_a_dry_run_trains_nothing(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else the estimate would cost what it estimates."""
    small_corpus(tmp_path / "c.txt", lines=60)
    done = seqlm("train-lm", "c.txt", "--tokenizer", "char", "--epochs", "2", "--dry-run")
    assert done.code == 0 and "plan:" in done.err
    assert done.out == b"" and not (tmp_path / "models/lm-c").exists()


@pytest.mark.parametrize("kind", ["word", "char", "unigram"])
def test_perplexity_is_one_number(
    seqlm: Seqlm, models: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    """Else a perplexity would depend on how it was computed, and none could be compared."""
    text = "".join((CORPORA / "korean.test.txt").open(encoding="utf-8").readlines()[:60]) + TEXT
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    (tmp_path / "t.gz").write_bytes(gzip.compress(text.encode()))
    for context in ("stream", "line"):
        common = ("perplexity", "-m", models[kind], "--json", "--context", context)
        (reference,) = seqlm(*common, "t.txt").records
        assert list(reference)[: len(FIGURES)] == FIGURES
        others = [seqlm(*common, "t.gz"), seqlm(*common, stdin=text.encode())]
        others += [seqlm(*common, "t.txt", "--batch-size", size) for size in (1, 8, 64)]
        others += [seqlm(*common, "t.txt", "--chunk-length", size) for size in (1, 16, 512)]
        for other in others:
            (record,) = other.records
            assert record.pop("file") in ("t.txt", "t.gz", "-")
            for key in FIGURES[1:]:
                assert record[key] == pytest.approx(reference[key], rel=1e-6), key


def test_figures_mean_what_they_say(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else perplexities would be divided by the wrong count."""
    (record,) = seqlm(
        "perplexity", "-m", models["unigram"], "--json", stdin=KOREAN.encode()
    ).records
    raw = KOREAN.encode()
    assert (record["lines"], record["words"], record["bytes"]) == (3, 6, len(raw))
    assert record["chars"] == len(KOREAN)
    assert record["unknown"] == 0
    bits = -record["log_prob"] / math.log(2)
    assert record["bits_per_byte"] == pytest.approx(bits / len(raw))
    assert record["ppl_word"] == pytest.approx(math.exp(-record["log_prob"] / (6 + 3)))
    assert record["ppl_token"] == pytest.approx(
        math.exp(-record["log_prob"] / (record["tokens"] + 3))
    )


def test_unknown_words_are_counted_and_charged(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else a small vocabulary would look like a good model."""
    (record,) = seqlm("perplexity", "-m", models["word"], "--json", stdin=b"the zyxwv\n").records
    assert record["unknown"] == 1
    assert record["log_prob"] < record["log_prob_known"] < 0
    assert record["ppl_token_known"] == pytest.approx(math.exp(-record["log_prob_known"] / 2))


@pytest.mark.parametrize("kind", ["word", "char", "unigram"])
@pytest.mark.parametrize("context", ["stream", "line"])
def test_words_and_tokens_sum_to_the_line(
    seqlm: Seqlm, models: dict[str, Path], kind: str, context: str
) -> None:
    """Else surprisals would not add up, and none of them could be believed."""
    stdin = (TEXT + KOREAN).encode()
    common = ("score", "-m", models[kind], "--json", "--context", context)
    lines = seqlm(*common, stdin=stdin).records
    assert [record["line"] for record in lines] == list(range(1, 8))
    for per in ("word", "token"):
        pieces = seqlm(*common, "--per", per, stdin=stdin).records
        for line in lines:
            own = [piece for piece in pieces if piece["line"] == line["line"]]
            assert math.fsum(piece["log_prob"] for piece in own) == pytest.approx(line["log_prob"])
            assert own[-1]["text"] == "</s>"
            assert [piece["position"] for piece in own] == list(range(1, len(own) + 1))
            assert len(own) - 1 == line["tokens" if per == "token" else "words"]
    assert [line["words"] for line in lines] == [
        len(text.split()) for text in (TEXT + KOREAN).split("\n")[:-1]
    ]


def test_words_are_shown_as_they_stand(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else a surprisal could not be matched with its word."""
    words = seqlm("score", "-m", models["unigram"], "--per", "word", stdin=KOREAN.encode()).table
    assert [row["text"] for row in words if row["line"] == "3"] == [
        "고양이가",
        "웃었다",
        "🙂",
        "</s>",
    ]


def test_the_sum_of_the_lines_is_the_text(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else score and perplexity would measure two different things."""
    stdin = (TEXT + KOREAN).encode()
    lines = seqlm("score", "-m", models["unigram"], stdin=stdin).table
    (whole,) = seqlm("perplexity", "-m", models["unigram"], "--json", stdin=stdin).records
    total = math.fsum(float(row["log_prob"]) for row in lines)
    assert total == pytest.approx(whole["log_prob"], rel=1e-9)


def test_generation_is_repeatable_and_varied(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else a seed would mean nothing, or every sample would be the same."""
    common = (
        "generate",
        "-m",
        models["word"],
        "--prompt",
        "the old",
        "--max-tokens",
        "8",
        "-n",
        "3",
    )
    first, again = seqlm(*common, "--seed", "5"), seqlm(*common, "--seed", "5")
    assert first.out == again.out
    assert first.out != seqlm(*common, "--seed", "6").out
    assert len(set(first.lines)) > 1
    assert all(line.startswith("the old") for line in first.lines)
    assert "<unk>" not in first.text


def test_generated_json(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else a program could not tell why a text ended."""
    common = ("generate", "-m", models["char"], "--json", "--prompt", "강가")
    (cut,) = seqlm(*common, "--max-tokens", "3").records
    assert list(cut) == ["prompt", "text", "log_prob", "tokens", "stop"]
    assert (cut["stop"], cut["tokens"]) == ("length", 3)
    (long,) = seqlm(*common, "--max-tokens", "400", "--seed", "3").records
    middle = long["text"][4:6]
    (stopped,) = seqlm(*common, "--max-tokens", "400", "--seed", "3", "--stop", middle).records
    assert stopped["stop"] == "stop"
    assert stopped["text"] == long["text"][: long["text"].index(middle)]


def test_log_prob_of_a_text_is_what_score_gives(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else generation and scoring would follow two models."""
    (made,) = seqlm("generate", "-m", models["char"], "--json", "--max-tokens", "300").records
    assert made["stop"] == "end"
    (scored,) = seqlm(
        "score", "-m", models["char"], "--json", stdin=made["text"].encode() + b"\n"
    ).records
    assert scored["log_prob"] == pytest.approx(made["log_prob"], rel=1e-4)


def test_a_prompt_of_several_lines(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else the lines before the last would be forgotten."""
    prompt = "the old man\nthe girl"
    made = seqlm("generate", "-m", models["word"], "--max-tokens", "3", stdin=prompt.encode())
    assert made.text.startswith(prompt)
    beam = seqlm("generate", "-m", models["word"], "--beam", "3", "--json", "-p", prompt).records[0]
    greedy = seqlm(
        "generate", "-m", models["word"], "--temperature", "0", "--json", "-p", prompt
    ).records[0]
    assert beam["log_prob"] >= greedy["log_prob"] - 1e-6


def test_the_check_that_was_asked_for(seqlm: Seqlm, models: dict[str, Path]) -> None:
    """Else a build could not fail on a bad model."""
    common = ("perplexity", "-m", models["word"], "--fail-above")
    assert seqlm(*common, "1e9", stdin=TEXT.encode()).code == 0
    failed = seqlm(*common, "1.5", stdin=TEXT.encode())
    assert "above 1.5" in refused(failed, 3)[0]


def test_the_vocabulary_never_sees_held_out_text(seqlm: Seqlm, tmp_path: Path) -> None:
    """Else a held-out perplexity would be too good."""
    small_corpus(tmp_path / "train.txt", lines=60)
    (tmp_path / "valid.txt").write_text("xylophone quartz\n")
    seqlm(
        "train-lm",
        "train.txt",
        "--valid",
        "valid.txt",
        "--tokenizer",
        "word",
        "--steps",
        "1",
        "--hidden-size",
        "4",
        "-q",
        "-o",
        "m",
    )
    vocabulary = (tmp_path / "m/tokenizer.json").read_text()
    assert "xylophone" not in vocabulary and "the" in vocabulary
