"""Which unfinished training ``--resume`` means."""

from __future__ import annotations

from pathlib import Path

from seqlm.commands.output import note
from seqlm.errors import InputError, ModelError


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
    from seqlm.recipes.train_request import CHECKPOINTS, REQUEST, TRAIN_LM
    from seqlm.verified_folder import read_json

    found: list[tuple[float, Path]] = []
    for path in Path("models").glob(f"*/{CHECKPOINTS}/{REQUEST}"):
        try:
            began = read_json(path).get("command", TRAIN_LM)
        except ModelError:
            continue
        if began == command:
            found.append((path.stat().st_mtime, path.parent.parent))
    if not found:
        raise InputError(
            f"no training of {command} in models/ can be gone on with", f"seqlm {command} --help"
        )
    folder = max(found)[1]
    note(f"model: {folder}")
    return folder
