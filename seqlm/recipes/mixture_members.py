"""The models that go into a mixture: opened, taken apart, and fit for each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlm.errors import InputError, ModelError
from seqlm.model_folder import ModelFolder, open_model
from seqlm.recipes.mixture_folder import MAX_MEMBERS, Mixed, is_mixture, open_mixture


@dataclass(frozen=True)
class Member:
    """One model of a mixture to be written.

    Attributes:
        name: what is shown.
        folder: the model.
        tokenizer_files: its tokenizer, wherever that lies.
        weight: its share of the mixture.
        train: how it was trained, as its ``train.json`` or that of its mixture says.
    """

    name: str
    folder: ModelFolder
    tokenizer_files: dict[str, bytes]
    weight: float
    train: dict[str, Any]


def find_members(
    models: Sequence[ModelFolder | Path | str], weights: Sequence[float] | None
) -> tuple[list[Member], Mixed]:
    """The models that are mixed in the end, and what of them is mixed.

    A mixture among ``models`` is replaced by its members with the product of the weights; only
    where lines are mixed one that mixes tokens stays as it is.

    Raises:
        ModelError: a folder holds no language model, or is damaged.
        InputError: the models cannot be mixed.
    """
    opened = [_opened(model) for model in models]
    members = [
        Member(folder.path.name, folder, folder.tokenizer_files(), share, folder.train)
        for folder, share in zip(opened, _shares(weights, len(opened)), strict=True)
    ]
    members = [part for member in members for part in _taken_apart(member, "line")]
    mixed: Mixed = "line"
    if all(member.tokenizer_files == members[0].tokenizer_files for member in members):
        mixed = "token"
        members = [part for member in members for part in _taken_apart(member, "token")]
    _check(members, mixed)
    return members, mixed


def _opened(model: ModelFolder | Path | str) -> ModelFolder:
    if isinstance(model, ModelFolder):
        return model
    if Path(model).is_file():
        raise ModelError(f"{model} is a file, and mix needs model folders", "seqlm info models/*")
    return open_model(Path(model), ("language-model",))


def _shares(weights: Sequence[float] | None, count: int) -> list[float]:
    """Weights that sum to one."""
    if weights is None:
        return [1 / count] * count
    total = math.fsum(weights)
    if len(weights) != count or min(weights) < 0 or not 0 < total < math.inf:
        raise InputError(
            f"{len(weights)} weights for {count} models, or one that is negative, or all zero",
            f"--weights {','.join(['1'] * count)}",
        )
    return [weight / total for weight in weights]


def _taken_apart(member: Member, mixed: Mixed) -> list[Member]:
    """The members of a mixture of that kind; anything else as it is."""
    mixture = open_mixture(member.folder) if is_mixture(member.folder) else None
    if mixture is None or mixture.mixed != mixed:
        return [member]
    records = member.train.get("members", [{}] * len(mixture.weights))
    return [
        Member(
            name=f"{member.name}/{record.get('name', number)}",
            folder=folder,
            tokenizer_files=member.tokenizer_files
            if mixed == "token"
            else folder.tokenizer_files(),
            weight=member.weight * weight,
            train=record.get("train", {}),
        )
        for number, (folder, weight, record) in enumerate(
            zip(mixture.members, mixture.weights, records, strict=True), start=1
        )
    ]


def _check(members: list[Member], mixed: Mixed) -> None:
    """Refuse what cannot be mixed."""
    if not 2 <= len(members) <= MAX_MEMBERS:
        raise InputError(
            f"a mixture has 2 to {MAX_MEMBERS} models, not {len(members)}",
            "seqlm mix models/lm-a models/lm-b --tune valid.txt",
        )
    forms = {member.folder.config.get("normalization") for member in members}
    if mixed == "line" and len(forms) > 1:
        raise InputError(
            "the models read text in different Unicode forms",
            "train them with the same --normalization",
        )
