"""Files that appear whole or not at all, and only where there is room for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from shlex import quote

from seqlm.errors import InputError, SeqlmError


def check_free(target: Path, force: bool) -> None:
    """Refuse a path at which nothing may be written, before anything is computed.

    Raises:
        InputError: there is a folder, or a file and not ``force``.
    """
    if target.is_dir() or (target.exists() and not force):
        instead = target.with_name(f"new-{target.name}")
        what = "is a folder" if target.is_dir() else "already exists; --force would replace it"
        raise InputError(f"{target} {what}", f"-o {quote(str(instead))}")


@contextmanager
def whole_file(path: Path) -> Iterator[BufferedWriter]:
    """A file that stands at ``path`` once the block ends well, and never in part.

    Raises:
        SeqlmError: the disk is full or a write fails; what stood there is unchanged.
    """
    building = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(building, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(building, path)
    except OSError as error:
        raise SeqlmError(
            f"cannot write {path}: {error.strerror}", "free some space or choose another path"
        ) from error
    finally:
        building.unlink(missing_ok=True)
