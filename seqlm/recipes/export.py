"""A model in another program's format: what each kind of model can be written as, and by whom."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import get_args

from seqlm.config import ExportFormat, Quantization, VectorFormat
from seqlm.errors import InputError
from seqlm.model_folder import KINDS
from seqlm.verified_folder import MANIFEST, read_json

VECTOR_FORMATS: tuple[VectorFormat, ...] = get_args(VectorFormat)
_KIND = {
    "arpa": "language-model",
    "onnx": "language-model",
    "hf": "translation",
    "ctranslate2": "translation",
    "seqlm": "language-model",
} | dict.fromkeys(VECTOR_FORMATS, "vectors")
_ENDINGS = {
    "word2vec-text": ".txt",
    "word2vec-bin": ".bin",
    "fasttext-vec": ".vec",
    "npy": ".npy",
    "arpa": ".arpa",
}
"""Of formats that are files; the others are folders."""


def kind_for(to: ExportFormat) -> str:
    """The kind of model that this format is for, where no model is named."""
    return _KIND[to]


def formats_of(path: Path) -> tuple[str, tuple[ExportFormat, ...]]:
    """What a model is, in words, and the formats that it can be written in.

    Nothing is verified yet: a folder that is none gets every format, and its reader's error.
    """
    if path.is_file():
        return "a file", (*VECTOR_FORMATS, "arpa", "seqlm")
    if not (path / MANIFEST).is_file():
        return "a folder", get_args(ExportFormat)
    config = read_json(path / "config.json")
    kind, arch = config.get("kind"), str(config.get("arch"))
    if kind == "vectors":
        return KINDS[kind][0], VECTOR_FORMATS
    if kind == "language-model" and arch == "ngram":
        return "an n-gram model", ("arpa",)
    if kind == "language-model" and arch == "mixture":
        return "a mixture", ()
    if kind == "language-model":
        return f"a language model of arch {arch}", ("onnx",)
    if kind == "translation" and arch == "transformer":
        return "a translating transformer", ("hf", "ctranslate2")
    return f"{KINDS[kind][0]} of arch {arch}" if kind in KINDS else "no model", ()


def default_out(path: Path, to: ExportFormat) -> Path:
    """Where a model goes if nobody says: beside, under its name, ``lm-news.arpa``."""
    name = path.absolute().name
    if path.is_file():
        name = name.split(".")[0]
    if to == "seqlm":
        return Path("models") / f"lm-{name.removeprefix('lm-')}"
    return Path(name + _ENDINGS.get(to, f"-{to}"))


def export_model(
    path: Path,
    to: ExportFormat,
    out: Path | None = None,
    *,
    quantization: Quantization = "none",
    force: bool = False,
) -> tuple[list[Path], tuple[str, ...]]:
    """Write a model in another format.

    Args:
        path: a model folder; a file of vectors, or an ARPA file.
        to: the format.
        out: the file or folder to write; None is ``default_out``.
        quantization: of the weights, for ctranslate2.
        force: what stands there may be replaced.

    Returns:
        The files that were written, and what is to be said about them.

    Raises:
        InputError: this model has no such format, or ``out`` is not free.
        ModelError: the model is missing or damaged.
        SeqlmError: the disk is full, or a package that the format needs is not installed.
    """
    what, formats = formats_of(path)
    if to not in formats:
        others = f", but {', '.join(formats)}" if formats else ""
        message = f"{path} is {what}, which has no {to} form{others}"
        raise InputError(message, _instead(path, formats))
    out = out or default_out(path, to)
    if to in VECTOR_FORMATS:
        from seqlm.models.vector_formats import write_vectors
        from seqlm.recipes.vector_folder import load_vectors

        vectors = load_vectors(path)
        return write_vectors(vectors, out, to, force=force), tuple(vectors.remarks)
    if to == "arpa":
        from seqlm.recipes.arpa_files import folder_to_arpa

        return folder_to_arpa(path, out, force=force), ()
    if to == "seqlm":
        from seqlm.recipes.arpa_files import arpa_to_folder

        return arpa_to_folder(path, out, force=force), ()
    if to == "onnx":
        from seqlm.recipes.onnx_export import export_onnx

        return export_onnx(path, out, force=force), ()
    if to == "hf":
        from seqlm.recipes.hf_export import export_hf

        return export_hf(path, out, force=force), ()
    from seqlm.recipes.ctranslate2_export import export_ctranslate2

    return export_ctranslate2(path, out, quantization, force=force), ()


def _instead(path: Path, formats: tuple[ExportFormat, ...]) -> str:
    if not formats:
        return "seqlm info models/*"
    return f"seqlm export {quote(str(path))} --to {formats[0]}"
