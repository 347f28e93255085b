"""A model folder: finding it, opening it, publishing it.

    model.safetensors  config.json  tokenizer.json  [tokenizer.model]
    train.json  metrics.jsonl  README.md  MANIFEST.json

A folder is finished once it has a ``MANIFEST.json``; a training under way has ``checkpoint/``
instead. Nothing in a model folder is a pickle and nothing in it runs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqlm.errors import InputError, ModelError
from seqlm.verified_folder import (
    MANIFEST,
    open_regular,
    parse_json,
    read_json,
    verify_folder,
    write_folder,
)

KINDS = {
    "language-model": ("a language model", "seqlm train-lm corpus.txt"),
    "vectors": ("word vectors", "seqlm train-word2vec corpus.txt"),
    "tokenizer": ("a tokenizer", "seqlm train-tokenizer corpus.txt"),
    "translation": ("a translation model", "seqlm train-translate --source a.txt --target b.txt"),
}


@dataclass(frozen=True)
class ModelFolder:
    """A finished model folder whose every file has been verified.

    Attributes:
        path: the folder.
        config: ``config.json``: ``kind``, ``arch`` and what the model is built from.
        files: the names and lengths in bytes of its files.
        prefix: what the names begin with on disk; a member of a mixture has one.
    """

    path: Path
    config: dict[str, Any]
    files: dict[str, int]
    prefix: str = ""

    @property
    def kind(self) -> str:
        return str(self.config["kind"])

    @property
    def train(self) -> dict[str, Any]:
        """``train.json``: arguments, seed, versions, hashes of the corpora, hardware, time."""
        return read_json(self.file("train.json")) if "train.json" in self.files else {}

    def read(self, name: str) -> bytes:
        """The bytes of one of the folder's files.

        Raises:
            ModelError: if the folder has no such file.
        """
        with open_regular(self.file(name)) as file:
            return file.read()

    def file(self, name: str) -> Path:
        """The path of one of the folder's files.

        Raises:
            ModelError: if the folder has no such file.
        """
        if name not in self.files:
            raise ModelError(f"{self.path} has no {name}", "train it again")
        return self.path / (self.prefix + name)

    def member(self, number: int) -> ModelFolder:
        """The model whose files lie in this folder under the names ``NUMBER.*``.

        Raises:
            ModelError: there is no such model.
        """
        inner = f"{number}."
        files = {
            name.removeprefix(inner): size
            for name, size in self.files.items()
            if name.startswith(inner)
        }
        member = ModelFolder(self.path, {}, files, self.prefix + inner)
        config = read_json(member.file("config.json"))
        _check_kind(self.path, config.get("kind"), (self.kind,))
        return replace(member, config=config)

    def tokenizer_files(self) -> dict[str, bytes]:
        """What ``seqlm.tokenizers.load_tokenizer`` needs."""
        names = ("tokenizer.json", "tokenizer.model")
        return {name: self.read(name) for name in names if name in self.files}


def publish(folder: Path, files: Mapping[str, bytes | Path], config: Mapping[str, Any]) -> None:
    """Write a finished model at ``folder`` in one step, in place of anything that stood there.

    Args:
        folder: where; the caller has settled that it may be replaced (``free_folder``).
        files: everything but ``config.json``.
        config: must hold ``kind``.
    """
    if config.get("kind") not in KINDS:
        raise ValueError(f"unknown kind of model: {config.get('kind')!r}")
    write_folder(folder, {"config.json": to_json(config), **files})


def to_json(value: Mapping[str, Any]) -> bytes:
    """``value`` as indented UTF-8 JSON; ValueError where a number is not finite."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def open_model(folder: Path, kinds: Collection[str] = tuple(KINDS)) -> ModelFolder:
    """Open a finished model folder and verify every file in it.

    Args:
        folder: the model folder.
        kinds: the kinds that the caller can use.

    Raises:
        ModelError: the folder is missing, unfinished, damaged, or of another kind.
    """
    if not folder.is_dir():
        what = "is a file, not a model folder" if folder.exists() else "does not exist"
        arpa = folder.is_file() and ".arpa" in folder.name
        hint = f"seqlm export {folder} --to seqlm" if arpa else "seqlm info models/*"
        raise ModelError(f"{folder} {what}", hint)
    if not (folder / MANIFEST).exists():
        raise ModelError(*_unfinished(folder))
    entries = verify_folder(folder)
    if "config.json" not in entries:
        raise ModelError(f"{folder} has no config.json", "train it again")
    config = parse_json((folder / "config.json").read_bytes(), folder / "config.json")
    _check_kind(folder, config.get("kind"), kinds)
    return ModelFolder(folder, config, {name: entry["bytes"] for name, entry in entries.items()})


def _unfinished(folder: Path) -> tuple[str, str]:
    if (folder / "checkpoint").is_dir():
        command = f"seqlm {begun_by(folder)} --resume -o {folder}"
        return f"the training of {folder} was not finished", command
    return f"{folder} is not a model folder (it has no {MANIFEST})", "seqlm info models/*"


def begun_by(folder: Path) -> str:
    """The command whose training stands unfinished in ``folder``."""
    try:
        return str(read_json(folder / "checkpoint" / "request.json").get("command", "train-lm"))
    except ModelError:
        return "train-lm"


def _check_kind(folder: Path, kind: Any, kinds: Collection[str]) -> None:
    if not isinstance(kind, str) or kind not in KINDS:
        raise ModelError(f"{folder} holds no kind of model that seqlm knows", "train it again")
    if kind not in kinds:
        wanted = " or ".join(KINDS[name][0] for name in kinds)
        raise ModelError(
            f"{folder} holds {KINDS[kind][0]}, and this command needs {wanted}",
            KINDS[next(iter(kinds))][1],
        )


def find_model(given: str | None, kinds: Collection[str]) -> Path:
    """The model a command uses: what was given, else the newest finished one of ``kinds``.

    Args:
        given: ``-m`` or ``$SEQLM_MODEL``.
        kinds: the kinds that fit, as in ``config.json``.

    Raises:
        ModelError: there is none.
    """
    named = given or os.environ.get("SEQLM_MODEL")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        found = _finished(folder / "models", kinds)
        if found:
            newest = max(found, key=lambda path: (path / MANIFEST).stat().st_mtime_ns)
            return Path(os.path.relpath(newest)) if folder == here else newest
    wanted, command = KINDS[next(iter(kinds))]
    raise ModelError(f"there is no {wanted.removeprefix('a ')} in models/ here or above", command)


def _finished(models: Path, kinds: Collection[str]) -> list[Path]:
    found = []
    for folder in models.glob("[!.]*") if models.is_dir() else ():
        if (folder / MANIFEST).is_file():
            try:
                kind = read_json(folder / "config.json").get("kind")
            except ModelError:
                continue
            if isinstance(kind, str) and kind in kinds:
                found.append(folder)
    return found


def free_folder(wanted: Path, *, chosen: bool, force: bool) -> Path:
    """Where a new model may go: ``wanted``, or the next free name ``wanted-2``, ``wanted-3``...

    Args:
        wanted: the name asked for, or made from the corpus's name.
        chosen: the user gave this very name (``-o``): then another folder is never taken.
        force: a finished model there may be replaced.

    Raises:
        InputError: ``wanted`` was chosen, is not free and ``force`` is not set.
    """
    if force or _is_free(wanted):
        return wanted
    if chosen and (wanted / "checkpoint").is_dir():
        raise InputError(
            f"{wanted} holds a training that was not finished",
            f"seqlm {begun_by(wanted)} --resume -o {wanted}, or --force to begin anew",
        )
    if chosen:
        raise InputError(
            f"{wanted} already exists",
            f"add --force to replace it, or choose another: -o {wanted}-2",
        )
    number = 2
    while not _is_free(wanted.with_name(f"{wanted.name}-{number}")):
        number += 1
    return wanted.with_name(f"{wanted.name}-{number}")


def _is_free(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
