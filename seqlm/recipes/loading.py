"""From a model folder to the object that uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlm.errors import ModelError
from seqlm.model_folder import ModelFolder, open_model
from seqlm.recipes.mixture_folder import is_mixture, lines_only, mixed_by, open_mixture
from seqlm.tokenizers import load_tokenizer

if TYPE_CHECKING:
    import torch

    from seqlm.models.language_model import LanguageModel
    from seqlm.recipes.text_model import TextModel
    from seqlm.recipes.text_scores import TextScores
    from seqlm.recipes.writing import TextWriter


def load(path: str | Path, device: str = "auto") -> Any:
    """Open whatever ``path`` holds: a language or translation model, vectors or a tokenizer.

    Args:
        path: a model folder, or an ARPA file.
        device: where a model computes.

    Raises:
        ModelError: the folder is missing, damaged, or of a kind that cannot be loaded.
    """
    if Path(path).is_file():
        return _arpa_model(Path(path), device)
    folder = open_model(Path(path))
    if folder.kind == "tokenizer":
        from seqlm.recipes.tokenizer import tokenizer_of

        return tokenizer_of(folder)
    if folder.kind == "language-model":
        return load_scores_of(folder, device)
    if folder.kind == "vectors":
        from seqlm.recipes.vector_folder import read_folder

        return read_folder(folder.path)
    if folder.kind == "translation":
        from seqlm.recipes.translation_folder import load_translation
        from seqlm.recipes.translator import Translator

        return Translator(load_translation(folder, device))
    raise ModelError(f"{path} holds {folder.kind}, which cannot be loaded yet", "seqlm info")


def load_language_model(path: str | Path, device: str = "auto") -> TextModel:
    """Open a language model: a model folder, or an ARPA file of words.

    Raises:
        ModelError: the folder is missing, damaged, or holds something else.
        InputError: the file is no ARPA file, or is damaged.
    """
    if Path(path).is_file():
        return _arpa_model(Path(path), device)
    return _language_model(open_model(Path(path), ("language-model",)), device)


def load_writer(path: str | Path, device: str = "auto") -> TextWriter:
    """Open a language model to write with: in numpy where that can be, which is ready at once.

    Raises:
        ModelError: the folder is missing, damaged, or holds something else.
        InputError: the file is no ARPA file, or is damaged.
    """
    if Path(path).is_file():
        return _arpa_model(Path(path), device).writer()
    folder = open_model(Path(path), ("language-model",))
    from seqlm.recipes.numpy_steps import numpy_steps
    from seqlm.recipes.writing import TextWriter

    steps = numpy_steps(folder) if device in ("auto", "cpu") else None
    if steps is None:
        return _language_model(folder, device).writer()
    tokenizer = load_tokenizer(folder.tokenizer_files())
    _check_fit(folder, steps.vocab_size, tokenizer.vocab_size)
    return TextWriter(steps, tokenizer, needs_torch=False)


def load_scores(path: str | Path, device: str = "auto") -> TextScores:
    """Open whatever gives texts probabilities: a language model, or a mixture that mixes lines.

    Raises:
        ModelError: the folder is missing, damaged, or holds something else.
        InputError: the file is no ARPA file, or is damaged.
    """
    if Path(path).is_file():
        return _arpa_model(Path(path), device)
    return load_scores_of(open_model(Path(path), ("language-model",)), device)


def load_scores_of(folder: ModelFolder, device: str) -> TextScores:
    """What ``load_scores`` gives, of a folder that is open."""
    if mixed_by(folder) == "token":
        return _language_model(folder, device)
    from seqlm.recipes.line_mixture import LineMixture

    mixture = open_mixture(folder)
    members = [load_scores_of(member, device) for member in mixture.members]
    return LineMixture(members, mixture.weights, folder.path)


def _arpa_model(path: Path, device: str) -> TextModel:
    from seqlm.models.ngram_lm import NgramLM
    from seqlm.recipes.ngram import import_arpa
    from seqlm.recipes.text_model import TextModel

    table, tokenizer = import_arpa(path)
    return TextModel(NgramLM(table), tokenizer, _device_of(device, "ngram"), path)


def _device_of(name: str, arch: str) -> torch.device | str:
    """The device called ``name``; torch is not asked for the one that counting always uses."""
    if arch == "ngram" and name in ("auto", "cpu"):
        return "cpu"
    from seqlm.device import choose_device

    return choose_device(name)


def _language_model(folder: ModelFolder, device: str) -> TextModel:
    from seqlm.recipes.text_model import TextModel

    if mixed_by(folder) == "line":
        raise lines_only(folder.path)
    tokenizer = load_tokenizer(folder.tokenizer_files())
    chosen = _device_of(device, str(folder.config.get("arch")))
    model = build(folder)
    _check_fit(folder, model.vocab_size, tokenizer.vocab_size)
    if hasattr(model, "to"):
        model.to(chosen).eval()
    return TextModel(model, tokenizer, chosen, folder.path)


def _check_fit(folder: ModelFolder, of_model: int, of_tokenizer: int) -> None:
    if not of_model == of_tokenizer == folder.config.get("vocab_size"):
        raise ModelError(f"{folder.path} is damaged: its tokenizer does not fit", "train it again")


def build(folder: ModelFolder) -> LanguageModel:
    """The network of a language-model folder, with its weights, on the CPU.

    Raises:
        ModelError: its configuration is not one of ours, or its weights do not fit.
    """
    if folder.config.get("arch") == "ngram":
        from seqlm.models.ngram_lm import NgramLM
        from seqlm.recipes.ngram import load_table

        return NgramLM(load_table(folder))

    if is_mixture(folder):
        return _build_mixture(folder)

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


def _build_mixture(folder: ModelFolder) -> LanguageModel:
    from seqlm.models.mixture_lm import MixtureLM

    mixture = open_mixture(folder)
    members = [build(member) for member in mixture.members]
    if len({member.vocab_size for member in members}) > 1:
        raise ModelError(f"{folder.path} is damaged: its members do not fit", "mix them again")
    return MixtureLM(members, mixture.weights)
