"""``info``: the facts of a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seqlm.commands import options as shared
from seqlm.commands.output import align, flush, note, set_quiet, visible, write_json, write_line

_KEYS = ("kind", "arch", "parameters", "vocabulary", "bytes", "created")


def info(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Model folders.")
    ] = None,
    model: shared.Model = None,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Show what a model is, what it was trained on and how; its files are verified."""
    set_quiet(quiet)
    from seqlm.model_folder import KINDS, find_model, open_model

    chosen = [Path(name) for name in models or []]
    if not chosen:
        chosen = [find_model(model, tuple(KINDS))]
        note(f"model: {chosen[0]}")
    for path in chosen:
        record = facts(open_model(path))
        if as_json:
            write_json({"model": str(path), **record})
        else:
            rows = [["model", str(path)], *_rows(record)]
            for line in align([[visible(cell) for cell in row] for row in rows]):
                write_line(line)
    flush()


def facts(folder: Any) -> dict[str, Any]:
    """The contract's keys for one model folder."""
    config, train = folder.config, folder.train
    choices = train.get("choices", {})
    return {
        "kind": folder.kind,
        "arch": config.get("arch"),
        "parameters": choices.get("parameters", config.get("parameters")),
        "vocabulary": config.get("vocab_size", config.get("vocabulary")),
        "bytes": sum(folder.files.values()),
        "created": train.get("created"),
        "config": config,
        "train": train,
    }


def _rows(record: dict[str, Any]) -> list[list[str]]:
    rows = [
        [key, f"{record[key]:,}" if isinstance(record[key], int) else str(record[key])]
        for key in _KEYS
        if record[key] is not None
    ]
    for group in ("config", "train"):
        rows += [[f"{group}.{name}", text] for name, text in _flat(record[group])]
    return rows


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested objects, and those in lists, as dotted names."""
    rows: list[tuple[str, str]] = []
    for key, inner in value.items():
        if isinstance(inner, list) and inner and all(isinstance(part, dict) for part in inner):
            inner = {str(number): part for number, part in enumerate(inner, start=1)}
        if isinstance(inner, dict):
            rows += _flat(inner, f"{prefix}{key}.")
        elif inner is not None:
            rows.append((prefix + key, str(inner)))
    return rows
