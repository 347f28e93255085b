"""Between a model folder and an ARPA file."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from seqlm.errors import SeqlmError
from seqlm.model_folder import free_folder, open_model, publish, to_json
from seqlm.models.ngram_file import table_config, write_table
from seqlm.models.ngram_table import NgramTable
from seqlm.recipes.ngram import WEIGHTS, export_arpa, import_arpa, load_table
from seqlm.recipes.provenance import made_now
from seqlm.tokenizers import load_tokenizer
from seqlm.tokenizers.tokenizer import Tokenizer
from seqlm.whole_file import check_free


def open_ngrams(path: Path) -> tuple[NgramTable, Tokenizer]:
    """The n-grams of a model folder, or of an ARPA file.

    Raises:
        ModelError: the folder is missing, damaged, or of another kind.
        InputError: the file is no ARPA file, or is damaged.
    """
    if path.is_file():
        return import_arpa(path)
    folder = open_model(path, ("language-model",))
    return load_table(folder), load_tokenizer(folder.tokenizer_files())


def folder_to_arpa(path: Path, out: Path, *, force: bool = False) -> list[Path]:
    """Write a model folder (or an ARPA file, once more) as an ARPA file; the file.

    Args:
        path: the model.
        out: gzip if its name ends in ``.gz``.
        force: a file that is there may be replaced.

    Raises:
        InputError: ``out`` is not free, or a token that the format cannot hold.
        ModelError: the model is missing or damaged.
        SeqlmError: the disk is full.
    """
    check_free(out, force)
    table, tokenizer = open_ngrams(path)
    out.parent.mkdir(parents=True, exist_ok=True)
    export_arpa(table, tokenizer, out)
    return [out]


def arpa_to_folder(path: Path, out: Path, *, force: bool = False) -> list[Path]:
    """Write an ARPA file as a model folder, which opens at once; its files.

    Raises:
        InputError: ``out`` is not free; or the file is no ARPA file, or is damaged.
        SeqlmError: the disk is full.
    """
    free_folder(out, chosen=True, force=force)
    table, tokenizer = import_arpa(path)
    config = {
        "format": 1,
        "kind": "language-model",
        **table_config(table),
        "tokenizer": tokenizer.kind,
        "normalization": tokenizer.normalization,
    }
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with tempfile.TemporaryDirectory(prefix="seqlm-") as scratch:
            weights = Path(scratch) / WEIGHTS
            write_table(table, weights)
            files: dict[str, bytes | Path] = {
                WEIGHTS: weights,
                "train.json": to_json(_record(path, digest)),
                "README.md": _card(out.name, path.name, table).encode(),
                **tokenizer.to_files(),
            }
            publish(out, files, config)
    except OSError as error:
        raise SeqlmError(
            f"cannot write {out}: {error.strerror}", "free some space or choose another folder"
        ) from error
    return sorted(out.iterdir())


def _record(path: Path, digest: str) -> dict[str, object]:
    return {
        "made_from": {"file": str(path.absolute()), "sha256": digest},
        **made_now(),
    }


def _card(name: str, source: str, table: NgramTable) -> str:
    return f"""# {name}

An n-gram language model (order {table.order}, {table.vocab_size:,} words) that was read from
{source}.
"""
