"""From a translation model's folder to what translates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqlm.data.padding import padded
from seqlm.device import choose_device
from seqlm.errors import ModelError
from seqlm.model_folder import ModelFolder, open_model
from seqlm.models.translation_model import TranslationModel
from seqlm.models.translation_networks import empty_translation_model
from seqlm.recipes.tokenizer_pair import TOKENIZER_FILES, load_tokenizer_pair
from seqlm.tensor_file import load_into, read_tensors
from seqlm.tokenizers import Tokenizer

KIND = "translation"


@dataclass(frozen=True)
class LoadedTranslation:
    """A translation model with its vocabularies.

    Attributes:
        model: in evaluation mode, on its device.
        source: the tokenizer of what is translated.
        target: the tokenizer of translations; the same object where the vocabulary is shared.
        device: where the model is.
        path: its folder.
        reverse_source: the model reads sources from their last token to their first.
        config: ``config.json``.
    """

    model: TranslationModel
    source: Tokenizer
    target: Tokenizer
    device: torch.device
    path: Path
    reverse_source: bool
    config: dict[str, Any]


def load_translation(path: str | Path | ModelFolder, device: str = "auto") -> LoadedTranslation:
    """Open a translation model.

    Raises:
        ModelError: the folder is missing, damaged, or holds something else.
    """
    folder = path if isinstance(path, ModelFolder) else open_model(Path(path), (KIND,))
    source, target = load_tokenizer_pair(
        {name: folder.read(name) for name in TOKENIZER_FILES if name in folder.files}
    )
    chosen = choose_device(device)
    reverse_source = folder.config.get("reverse_source")
    try:
        model = empty_translation_model(folder.config)
    except ValueError as error:
        raise _damaged(folder, f"config.json makes no model: {error}") from error
    if type(reverse_source) is not bool:
        raise _damaged(folder, "config.json does not say in which direction sources are read")
    fitting = (source.vocab_size, target.vocab_size) == (
        folder.config["source_vocab_size"],
        folder.config["vocab_size"],
    )
    if not fitting or (source is target) != folder.config["shared"]:
        raise _damaged(folder, "its tokenizers do not fit")
    where = folder.file("model.safetensors")
    load_into(model, read_tensors(where), where)
    model.to(chosen).eval()
    return LoadedTranslation(
        model, source, target, chosen, folder.path, reverse_source, folder.config
    )


def _damaged(folder: ModelFolder, what: str) -> ModelError:
    return ModelError(f"{folder.path} is damaged: {what}", "train it again")


def source_batch(loaded: LoadedTranslation, lines: Sequence[str]) -> tuple[Tensor, Tensor]:
    """What ``encode`` takes: ids (lines, source), ended and padded, and lengths (lines,).

    Args:
        loaded: the model.
        lines: at least one; they may be empty.
    """
    ids, counts = loaded.source.encode_lines(lines)
    rows = np.split(ids, np.cumsum(counts)[:-1])
    if loaded.reverse_source:
        rows = [row[::-1] for row in rows]
    source, lengths = padded(rows)
    return source.to(loaded.device), lengths.to(loaded.device)
