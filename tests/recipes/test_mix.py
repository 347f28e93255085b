"""Mixtures as model folders: what is written, read back, taken apart and refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus
from seqlm.errors import InputError, ModelError
from seqlm.evaluation import ScoredBlock
from seqlm.model_folder import open_model
from seqlm.recipes.loading import load
from seqlm.recipes.mix import write_mixture
from seqlm.recipes.text_scores import TextScores
from seqlm.verified_folder import verify_folder, write_folder
from tests.commands.conftest import CORPORA

LINES = ["the old man sat by the river", "", "a girl laughed"]
TUNE = CORPORA / "english.test.txt"


def log_probs(folder: Path) -> list[float]:
    return load(folder, "cpu").score(LINES, context="line")


def test_a_mixture_is_the_weighted_sum(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else the file on disk would be another model than the one whose weights were found."""
    result = write_mixture(tmp_path / "m", [mixable["lstm"], mixable["ngram"]], Corpus([TUNE]))
    assert result.mixed == "token"
    assert math.fsum(result.weights) == pytest.approx(1)
    assert result.perplexity < min(result.perplexities) + 1e-4
    measured = load(tmp_path / "m").perplexity(TUNE.read_text().splitlines())
    assert measured.ppl_token == pytest.approx(result.perplexity, rel=1e-5)
    parts = [load(mixable[name]) for name in ("lstm", "ngram")]
    rows = [_scored(part).log_probs for part in parts]
    expected = np.log(np.array(result.weights) @ np.exp(rows))
    found = _scored(load(tmp_path / "m")).log_probs
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_ids_tune_as_their_text_does(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else a training that mixes at its end would find other weights than the command."""
    models = [mixable["lstm"], mixable["ngram"]]
    text = tmp_path / "t.txt"
    text.write_text("\n".join(LINES) + "\n")
    ids = _scored(load(models[0])).ids
    one = write_mixture(tmp_path / "one", models, Corpus([text]))
    other = write_mixture(tmp_path / "other", models, ids.astype(np.uint16))
    assert one.weights == other.weights


def test_a_mixture_in_a_mixture(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else mixing one more model in would double the files, or change the model."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    write_mixture(inner, [mixable["lstm"], mixable["ngram"]], weights=[3, 1])
    result = write_mixture(outer, [inner, mixable["gru"]], weights=[0.5, 0.5])
    assert result.weights == pytest.approx((0.375, 0.125, 0.5))
    assert result.names == ("inner/lstm", "inner/ngram", "gru")
    flat = tmp_path / "flat"
    members = [mixable[name] for name in ("lstm", "ngram", "gru")]
    write_mixture(flat, members, weights=result.weights)
    assert log_probs(outer) == pytest.approx(log_probs(flat))
    members = json.loads((outer / "train.json").read_text())["members"]
    assert all(member["train"]["request"] for member in members)


def test_unlike_tokenizers_are_mixed_by_lines(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else the probabilities of tokens that are not the same would be added up."""
    models = [mixable["char"], mixable["lstm"]]
    result = write_mixture(tmp_path / "m", models, weights=[1, 3])
    assert result.mixed == "line"
    parts = np.array([log_probs(model) for model in models])
    expected = np.logaddexp(parts[0] + np.log(0.25), parts[1] + np.log(0.75))
    assert log_probs(tmp_path / "m") == pytest.approx(expected.tolist())
    with pytest.raises(ModelError, match="lines only"):
        load(tmp_path / "m").generate("the")


def test_a_line_in_parts_is_mixed_as_a_whole(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else a line longer than a block would get a probability of its own making."""
    write_mixture(tmp_path / "m", [mixable["char"], mixable["lstm"]])
    model = load(tmp_path / "m")
    parts = [
        Block(["sea", "the old"], continues=False, open_end=True, num_bytes=11),
        Block([" man sat"], continues=True, open_end=True, num_bytes=8),
        Block([" down", "end"], continues=True, open_end=False, num_bytes=10),
    ]
    in_parts = sum(float(scored.log_probs.sum()) for scored in model.scored(parts))
    assert in_parts == pytest.approx(sum(model.score(["sea", "the old man sat down", "end"])))


def test_token_mixtures_inside_a_line_mixture(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else a good word mixture could not be joined by a model of characters."""
    words, both = tmp_path / "words", tmp_path / "both"
    write_mixture(words, [mixable["lstm"], mixable["ngram"]])
    write_mixture(both, [words, mixable["char"]], Corpus([TUNE]))
    assert load(both).score(LINES)
    again = write_mixture(tmp_path / "again", [both, mixable["char"]])
    assert again.names == ("both/words", "both/char", "char")


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": [0.5, 0.6]},
        {"weights": [0.5, 0.5, 0.0]},
        {"weights": ["a", "b"]},
        {"weights": [float("1e999"), 0.0]},
        {"mixed": "word"},
        {"mixed": "line"},
        {"vocab_size": 3, "weights": [1]},
    ],
)
def test_a_damaged_mixture_is_refused(
    mixable: dict[str, Path], tmp_path: Path, damage: dict[str, object]
) -> None:
    """Else a folder that was made to deceive would be believed."""
    write_mixture(tmp_path / "m", [mixable["lstm"], mixable["ngram"]])
    files = {name: (tmp_path / "m" / name).read_bytes() for name in verify_folder(tmp_path / "m")}
    config = json.loads(files["config.json"]) | damage
    write_folder(tmp_path / "bad", files | {"config.json": json.dumps(config).encode()})
    with pytest.raises(ModelError):
        load(tmp_path / "bad")


def test_a_member_that_is_itself_is_refused(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else loading would go round in circles."""
    write_mixture(tmp_path / "m", [mixable["lstm"], mixable["ngram"]])
    files = {name: (tmp_path / "m" / name).read_bytes() for name in verify_folder(tmp_path / "m")}
    write_folder(tmp_path / "bad", files | {"1.config.json": files["config.json"]})
    with pytest.raises(ModelError):
        load(tmp_path / "bad")


def test_what_cannot_be_mixed(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else a mistake would give a model that means nothing."""
    one, two = mixable["lstm"], mixable["ngram"]
    for models, weights in (([one], None), ([one] * 13, None), ([one, two], [1, -1])):
        with pytest.raises(InputError):
            write_mixture(tmp_path / "m", models, weights=weights)
    (tmp_path / "empty").write_text("")
    with pytest.raises(InputError):
        write_mixture(tmp_path / "m", [one, two], Corpus([tmp_path / "empty"]))
    with pytest.raises(ModelError):
        write_mixture(tmp_path / "m", [one, tmp_path / "empty"])
    assert not (tmp_path / "m").exists()


def test_a_mixture_stands_alone(mixable: dict[str, Path], tmp_path: Path) -> None:
    """Else it would not work on another machine, where its members are not."""
    write_mixture(tmp_path / "m", [mixable["lstm"], mixable["ngram"]])
    names = set(open_model(tmp_path / "m").files)
    member = {"config.json", "model.safetensors"}
    assert names == {"config.json", "train.json", "README.md", "tokenizer.json"} | {
        f"{number}.{name}" for number in (1, 2) for name in member
    }


def _scored(model: TextScores) -> ScoredBlock:
    (scored,) = model.scored([Block(LINES, continues=False, open_end=False, num_bytes=0)])
    return scored
