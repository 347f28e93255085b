"""What FILE... names: files, folders and globs, checked before anything is read."""

from __future__ import annotations

import difflib
import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqlm.errors import InputError

STDIN = "-"


def find_inputs(paths: Sequence[str | Path]) -> list[str]:
    """Return the files that ``paths`` name, in order; ``-`` stays as it is.

    A folder stands for every file below it, sorted, without hidden ones; a name that is no file
    and holds ``*``, ``?`` or ``[`` is a glob (``**`` goes through folders).

    Raises:
        InputError: a path that is missing, not readable, a device, a folder without files, or
            standard input named twice.
    """
    found = [name for path in paths for name in _find(os.fspath(path))]
    if found.count(STDIN) > 1:
        raise InputError("standard input is named twice", "the same command with one -")
    return found


def _find(path: str) -> Iterator[str]:
    if path == STDIN:
        yield path
    elif not os.path.lexists(path) and glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True))
        if not matches:
            raise InputError(f"no file matches {path}", f"ls {_nearest_folder(path)}")
        for match in matches:
            yield from _find(match)
    else:
        yield from _checked(path)


def _checked(path: str) -> Iterator[str]:
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        raise InputError(f"there is no file {path!r}", _missing_hint(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {path!r}: {reason}", f"ls -l {path}") from None
    if stat.S_ISDIR(mode):
        yield from _files_below(path)
        return
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise InputError(
            f"{path} is a device or a socket, not a text file", "a file, or - for stdin"
        )
    if not os.access(path, os.R_OK):
        raise InputError(f"cannot read {path}: permission denied", f"ls -l {path}")
    yield path


def _files_below(folder: str) -> Iterator[str]:
    names: list[str] = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names += (str(Path(root, name)) for name in files if not name.startswith("."))
    if not names:
        raise InputError(f"the folder {folder} holds no text file", f"ls {folder}")
    for name in sorted(names):
        yield from _checked(name)


def _missing_hint(path: str) -> str:
    """The nearest name in the same folder, or the command that shows what is there."""
    folder = Path(path).parent
    try:
        there = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        there = []
    near = difflib.get_close_matches(Path(path).name, sorted(there), n=1)
    if near:
        return f"the same command with {folder / near[0]}"
    return f"ls {_nearest_folder(path)}"


def _nearest_folder(path: str) -> Path:
    """The deepest folder above ``path`` that exists."""
    return next(folder for folder in Path(path).parents if folder.is_dir())


def is_line(text: str) -> bool:
    """Whether a text that JSON brought could stand in a file: one line, no half of a character."""
    return "\n" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
