"""What ``mix`` does: models in, one folder out that holds them and the weights of their mixture."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqlm.data.corpus import Corpus
from seqlm.errors import InputError
from seqlm.evaluation import perplexity
from seqlm.model_folder import ModelFolder, publish, to_json
from seqlm.models.mixture_weights import mixed_log_probs, mixture_weights
from seqlm.recipes.mixture_folder import ARCH, Mixed
from seqlm.recipes.mixture_members import Member, find_members
from seqlm.recipes.mixture_tuning import Tuning, line_log_probs, token_log_probs
from seqlm.recipes.provenance import made_now
from seqlm.verified_folder import locked

__all__ = ["MixResult", "mix_into", "mixture_weights", "write_mixture"]

_OWN_FILES = ("config.json", "train.json", "metrics.jsonl", "README.md")


@dataclass(frozen=True)
class MixResult:
    """A mixture that was written.

    Attributes:
        folder: the model folder.
        mixed: the probabilities of tokens, or of lines where the tokenizers differ.
        names: of the members.
        weights: of the members.
        perplexities: of the members on the tuning text, per token and line end, or, where lines
            are mixed, per word and line end; empty without a tuning text.
        perplexity: of the mixture on the tuning text; NaN without one.
        seconds: that it took.
    """

    folder: Path
    mixed: Mixed
    names: tuple[str, ...]
    weights: tuple[float, ...]
    perplexities: tuple[float, ...]
    perplexity: float
    seconds: float


def write_mixture(
    folder: Path,
    models: Sequence[ModelFolder | Path | str],
    tune: Corpus | NDArray[np.integer] | None = None,
    *,
    weights: Sequence[float] | None = None,
    device: str = "auto",
    note: Callable[[str], None] = lambda text: None,
) -> MixResult:
    """Mix language models and write the mixture as a model folder.

    Mixtures among ``models`` are taken apart, each of their members with the product of weights.

    Args:
        folder: where it goes; it may be replaced.
        models: finished language-model folders.
        tune: held-out text, or its ids with ``END_ID`` at the end of each line, that the weights
            are fitted to by EM.
        weights: of ``models``, where there is no text to tune on; they need not sum to one. Equal
            ones if there are none.
        device: where networks compute.
        note: gets remarks, a sentence each.

    Raises:
        ModelError: a folder holds no language model, or is damaged.
        InputError: the models cannot be mixed, or there is nothing in the tuning text.
    """
    with locked(folder):
        return mix_into(folder, models, tune, weights=weights, device=device, note=note)


def mix_into(
    folder: Path,
    models: Sequence[ModelFolder | Path | str],
    tune: Corpus | NDArray[np.integer] | None = None,
    *,
    weights: Sequence[float] | None = None,
    device: str = "auto",
    train: Mapping[str, Any] = MappingProxyType({}),
    metrics: bytes | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> MixResult:
    """``write_mixture`` for whoever holds the lock of ``folder``.

    Args:
        train: what ``train.json`` holds beside the members and the tuning.
        metrics: ``metrics.jsonl``, where the members were trained for this mixture.
    """
    started = time.monotonic()
    members, mixed = find_members(models, weights)
    found = _tuned(members, mixed, tune, device, note) if tune is not None else None
    if isinstance(tune, Corpus) and not tune.report.words:
        raise InputError("there is nothing but white space to tune on", "--tune FILE")
    if found is not None:
        start = [member.weight for member in members]
        fitted = mixture_weights(found.log_probs, start if all(start) else None)
        members = [
            replace(member, weight=float(weight))
            for member, weight in zip(members, fitted, strict=True)
        ]
    result = _result(folder, mixed, members, found, started)
    more = {} if metrics is None else {"metrics.jsonl": metrics}
    _publish(result, members, _record(result, members, found) | dict(train), more)
    return result


def _tuned(
    members: list[Member],
    mixed: Mixed,
    tune: Corpus | NDArray[np.integer],
    device: str,
    note: Callable[[str], None],
) -> Tuning:
    if mixed == "token":
        return token_log_probs(members, tune, device, note)
    if not isinstance(tune, Corpus):
        raise InputError("models of unlike tokenizers are tuned on text, not on ids", "--tune FILE")
    return line_log_probs(members, tune, device, note)


def _result(
    folder: Path, mixed: Mixed, members: list[Member], found: Tuning | None, started: float
) -> MixResult:
    weights = tuple(member.weight for member in members)
    each: tuple[float, ...] = ()
    of_mixture = math.nan
    if found is not None:
        each = tuple(perplexity(float(row.sum()), found.units) for row in found.log_probs)
        of_mixture = perplexity(math.fsum(mixed_log_probs(found.log_probs, weights)), found.units)
    names = tuple(member.name for member in members)
    return MixResult(folder, mixed, names, weights, each, of_mixture, time.monotonic() - started)


def _publish(
    result: MixResult,
    members: list[Member],
    train: dict[str, Any],
    more: Mapping[str, bytes],
) -> None:
    shared = result.mixed == "token"
    files: dict[str, bytes | Path] = dict(more)
    if shared:
        files |= members[0].tokenizer_files
    for number, member in enumerate(members, start=1):
        left_out = {*_OWN_FILES, *(member.tokenizer_files if shared else ())}
        names = [name for name in member.folder.files if name not in left_out]
        files |= {f"{number}.{name}": member.folder.file(name) for name in names}
        files[f"{number}.config.json"] = to_json(member.folder.config)
    files["train.json"] = to_json(train)
    files["README.md"] = _card(result).encode()
    first = members[0].folder.config
    config = {
        "format": 1,
        "kind": "language-model",
        "arch": ARCH,
        "mixed": result.mixed,
        "members": [str(member.folder.config["arch"]) for member in members],
        "weights": list(result.weights),
        "parameters": sum(map(_parameters, members)),
        "vocab_size": first["vocab_size"] if shared else None,
        "tokenizer": first["tokenizer"] if shared else None,
        "normalization": first["normalization"],
    }
    publish(result.folder, files, config)


def _parameters(member: Member) -> int:
    """Numbers that a member learned: a network's weights, or one for each n-gram."""
    learned = member.train.get("choices", {}).get("parameters")
    return int(learned or sum(member.folder.config.get("num_ngrams", [])))


def _record(result: MixResult, members: list[Member], found: Tuning | None) -> dict[str, Any]:
    """``train.json``: what was mixed, on what it was tuned, and how each member was trained."""
    each = result.perplexities or (None,) * len(members)
    return {
        "members": [
            {"name": member.name, "weight": member.weight, "tune_ppl": ppl}
            | {"train": member.train}
            for member, ppl in zip(members, each, strict=True)
        ],
        "tune": found.facts | {"ppl": result.perplexity} if found is not None else None,
        "seconds": round(result.seconds, 3),
        **made_now("torch"),
    }


def _card(result: MixResult) -> str:
    what = "each token" if result.mixed == "token" else "each line"
    each = result.perplexities or (math.nan,) * len(result.names)
    rows = zip(result.names, result.weights, each, strict=True)
    table = "\n".join(
        f"| {name} | {weight:.4f} | {'' if math.isnan(ppl) else f'{ppl:.2f}'} |"
        for name, weight, ppl in rows
    )
    last = "" if math.isnan(result.perplexity) else f"{result.perplexity:.2f}"
    return f"""# {result.folder.name}

A mixture of {len(result.names)} language models made by seqlm: the probability of {what} is the \
weighted sum of theirs.

| model | weight | perplexity of the tuning text |
| --- | --- | --- |
{table}
| the mixture | | {last} |
"""
