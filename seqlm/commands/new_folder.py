"""Where a new model goes, and what it is called."""

from __future__ import annotations

from pathlib import Path

from seqlm.commands.output import note


def new_folder(usual: str, out: str | None, *, force: bool) -> Path:
    """The folder for a new model; another one than the usual is said.

    Args:
        usual: its name in ``models/``.
        out: ``--out``, which goes before it.
        force: what stands there may be replaced, or nothing is going to be written.

    Raises:
        InputError: ``out`` is not free and ``force`` is not set.
    """
    from seqlm.model_folder import free_folder

    wanted = Path(out) if out else Path("models") / usual
    folder = free_folder(wanted, chosen=out is not None, force=force)
    if folder != wanted:
        note(f"{wanted} is there already: the new one goes to {folder}")
    return folder


def corpus_name(file: str) -> str:
    """What a model is called after its text: ``data/news.txt.gz`` gives ``news``."""
    name = "stdin" if file == "-" else Path(file).absolute().name
    stem = name.split(".")[0] or name.strip(".")
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in stem).strip("-") or "corpus"
