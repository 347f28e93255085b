"""Who may import whom, read off the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "seqlm"
FLOORS = [
    {"errors", "config", "state", "whole_file", "block_digests", "verified_folder", "compiled"},
    {"integer_tail", "rows"},
    {"data", "tokenizers", "device", "fast_normalizer", "sampling"},
    {"losses", "array_file"},
    {"tensor_file"},
    {"layers", "cells"},
    {"models"},
    {"model_folder", "evaluation", "decoding", "beam_search", "training"},
    {"recipes"},
    {"commands"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Every module that a file names in an import, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_go_downwards(file: Path) -> None:
    """Else the package would be a knot in which nothing can be changed alone."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] in ("__init__", "__main__"):
        return
    assert parts[0] in FLOOR, f"{parts[0]} has no floor yet"
    for name in imports(file):
        if name.startswith("seqlm."):
            assert FLOOR[room(name)] <= FLOOR[parts[0]], f"{file.name} imports {name}"
        if name.split(".")[0] in ("typer", "rich"):
            assert parts[0] == "commands", f"{file.name} imports {name}"
        if name.split(".")[0] == "sentencepiece":
            assert parts[0] == "tokenizers" and parts[1] == "subword", f"{file.name} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_below_the_commands_prints(file: Path) -> None:
    """Else a program that uses the package would find text in its output."""
    if file.parent.name == "commands":
        return
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print"
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                assert alias.name not in ("pickle", "shelve", "marshal"), "no pickle anywhere"
