"""Which unfinished training ``--resume`` means."""

from __future__ import annotations

from pathlib import Path

from seqlm.commands.output import note
from seqlm.errors import InputError


def folder_to_resume(out: str | None, command: str) -> Path:
    """The folder that was named, else that of the newest training in ``models/``.

    Args:
        out: ``--out``.
        command: the one that began the training.

    Raises:
        InputError: there is none.
    """
    if out:
        return Path(out)
    from seqlm.model_folder import begun_by

    found = [
        (path.stat().st_mtime, path.parent.parent)
        for path in Path("models").glob("*/checkpoint/request.json")
        if begun_by(path.parent.parent) == command
    ]
    if not found:
        raise InputError(
            f"no training of {command} in models/ can be gone on with", f"seqlm {command} --help"
        )
    folder = max(found)[1]
    note(f"model: {folder}")
    return folder
