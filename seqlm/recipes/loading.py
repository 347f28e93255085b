"""From a model folder to the object that uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlm.errors import ModelError
from seqlm.model_folder import ModelFolder, open_model
from seqlm.tokenizers import load_tokenizer

if TYPE_CHECKING:
    from seqlm.models.language_model import LanguageModel
    from seqlm.recipes.text_model import TextModel


def load(path: str | Path, device: str = "auto") -> Any:
    """Open whatever ``path`` holds: a language model, word vectors or a tokenizer.

    Args:
        path: a model folder.
        device: where a model computes.

    Raises:
        ModelError: the folder is missing, damaged, or of a kind that cannot be loaded.
    """
    folder = open_model(Path(path))
    if folder.kind == "tokenizer":
        return load_tokenizer(folder.tokenizer_files())
    if folder.kind == "language-model":
        return _language_model(folder, device)
    if folder.kind == "vectors":
        from seqlm.recipes.vector_folder import read_folder

        return read_folder(folder.path)
    raise ModelError(f"{path} holds {folder.kind}, which cannot be loaded yet", "seqlm info")


def load_language_model(path: str | Path, device: str = "auto") -> TextModel:
    """Open a language model.

    Raises:
        ModelError: the folder is missing, damaged, or holds something else.
    """
    return _language_model(open_model(Path(path), ("language-model",)), device)


def _language_model(folder: ModelFolder, device: str) -> TextModel:
    from seqlm.device import choose_device
    from seqlm.recipes.text_model import TextModel

    tokenizer = load_tokenizer(folder.tokenizer_files())
    chosen = choose_device(device)
    model = build(folder)
    if model.vocab_size != tokenizer.vocab_size:
        raise ModelError(f"{folder.path} is damaged: its tokenizer does not fit", "train it again")
    if hasattr(model, "to"):
        model.to(chosen).eval()
    return TextModel(model, tokenizer, chosen, folder.path)


def build(folder: ModelFolder) -> LanguageModel:
    """The network of a language-model folder, with its weights, on the CPU.

    Raises:
        ModelError: its configuration is not one of ours, or its weights do not fit.
    """
    if folder.config.get("arch") == "ngram":
        from seqlm.models.ngram_lm import NgramLM
        from seqlm.recipes.ngram import load_table

        return NgramLM(load_table(folder))

    from seqlm.models.networks import empty_network
    from seqlm.tensor_file import load_into, read_tensors

    try:
        model = empty_network(folder.config)
    except ValueError as error:
        message = f"{folder.path} is damaged: config.json makes no model: {error}"
        raise ModelError(message, "train it again") from error
    where = folder.file("model.safetensors")
    load_into(model, read_tensors(where), where)
    return model
