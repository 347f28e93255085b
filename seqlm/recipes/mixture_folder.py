"""How a mixture lies in a model folder, and how it is read back.

``config.json`` has the ``arch`` mixture, the ``weights``, and what is ``mixed``: the probability of
each token, where all members have one tokenizer, else that of each line. The members' files lie
beside it under the names ``1.config.json``, ``1.model.safetensors``, ``2.config.json``...; a
tokenizer that they share lies there once, under its own name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from seqlm.errors import ModelError
from seqlm.model_folder import ModelFolder

ARCH = "mixture"
MAX_MEMBERS = 12
"""So that the files of all stay below the number that a folder may have."""
Mixed = Literal["token", "line"]


@dataclass(frozen=True)
class MixtureFolder:
    """A mixture's members and their weights.

    Attributes:
        members: each of them as a model folder.
        weights: how much of the mixture each is; they sum to one.
        mixed: the probabilities of tokens or of lines.
    """

    members: tuple[ModelFolder, ...]
    weights: tuple[float, ...]
    mixed: Mixed


def is_mixture(folder: ModelFolder) -> bool:
    """Whether a language-model folder holds a mixture."""
    return folder.config.get("arch") == ARCH


def open_mixture(folder: ModelFolder) -> MixtureFolder:
    """The members and weights of a folder whose ``arch`` is mixture.

    Raises:
        ModelError: its configuration is not one of ours, or a member is missing.
    """
    weights, mixed = folder.config.get("weights"), folder.config.get("mixed")
    sound = (
        mixed in get_args(Mixed)
        and isinstance(weights, list)
        and 1 <= len(weights) <= MAX_MEMBERS
        and all(type(weight) is float and 0 <= weight <= 1 for weight in weights)
        and math.isclose(math.fsum(weights), 1, abs_tol=1e-6)
    )
    if not sound:
        raise ModelError(f"{folder.path} is damaged: config.json makes no model", "mix it again")
    assert isinstance(weights, list)
    members = tuple(folder.member(number) for number in range(1, len(weights) + 1))
    for member in members:
        # Mixtures are written flat; only one by lines may hold others, which mix tokens.
        if is_mixture(member) and (mixed, member.config.get("mixed")) != ("line", "token"):
            raise ModelError(f"{folder.path} is damaged: a mixture in a mixture", "mix it again")
    return MixtureFolder(members, tuple(weights), cast(Mixed, mixed))


def mixed_by(folder: ModelFolder) -> Mixed:
    """What the model in ``folder`` gives probabilities of: lines only, or every token."""
    return open_mixture(folder).mixed if is_mixture(folder) else "token"


def lines_only(path: Path | None) -> ModelError:
    """What is said where a mixture by lines cannot do what was asked."""
    return ModelError(
        f"{path} mixes models of unlike tokenizers: it gives probabilities of lines only",
        f"seqlm score -m {path} FILE, or mix models that share a tokenizer",
    )
