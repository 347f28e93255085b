"""The user's cache of prepared texts: one verified folder for each text and its settings.

It is ``$SEQLM_CACHE_DIR``, else ``$XDG_CACHE_HOME/seqlm``, else ``~/.cache/seqlm``. Whatever is
damaged in it is made again, and what was not used for 30 days is removed.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from seqlm.errors import ModelError, SeqlmError
from seqlm.verified_folder import verify_folder, write_folder

T = TypeVar("T")

DAY = 86_400.0
UNUSED = 30 * DAY
ABANDONED = 2 * DAY
BUILDING = ".building-"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def cache_folder() -> Path:
    """Where prepared texts are kept; it need not exist."""
    if given := os.environ.get("SEQLM_CACHE_DIR"):
        return Path(given)
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given, "seqlm")
    return Path(os.path.expanduser("~"), ".cache", "seqlm")


class PreparedCache:
    """Looks entries up and keeps new ones.

    Attributes:
        note: why an entry could not be kept, once ``keep`` was called; else None.
    """

    def __init__(self) -> None:
        self.root = cache_folder() / "prepared"
        self.note: str | None = None

    def find(self, key: str, load: Callable[[Path], T]) -> T | None:
        """Give ``load(folder)`` for the entry of ``key``; a damaged entry is removed.

        Returns:
            None if there is no entry, or none that can be used.
        """
        folder = self.root / key
        if not folder.is_dir():
            return None
        try:
            verify_folder(folder)
            loaded = load(folder)
        except (ModelError, ValueError, KeyError, TypeError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        with suppress(OSError):
            os.utime(folder)
        return loaded

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder to make an entry in, gone afterwards; files mapped from it stay readable.

        Raises:
            SeqlmError: the disk is full.
        """
        folder = self._new_folder()
        try:
            yield folder
        except OSError as error:
            raise _no_room(folder, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, key: str, folder: Path, load: Callable[[Path], T]) -> T:
        """Put the files of ``folder`` into the cache as the entry of ``key``, and load it.

        Raises:
            SeqlmError: the disk is full.
        """
        if folder.parent == self.root:
            try:
                write_folder(
                    self.root / key, {path.name: path for path in sorted(folder.iterdir())}
                )
            except SeqlmError as error:
                if not (self.root / key).is_dir():  # else another process was quicker
                    raise SeqlmError(error.message, _HINT) from error
            self._clean()
            with suppress(OSError):  # another process has just replaced it
                return load(self.root / key)
        return load(folder)

    def _new_folder(self) -> Path:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=BUILDING, dir=self.root))
        except OSError as error:
            if error.errno in NO_ROOM:
                raise _no_room(self.root, error) from error
            self.note = (
                f"{self.root} cannot be written, so the tokens are not kept for another time"
            )
            return Path(tempfile.mkdtemp(prefix="seqlm-"))

    def _clean(self) -> None:
        """Remove what was not used for long, and what a killed process left behind."""
        now = time.time()
        with suppress(OSError):
            for folder in self.root.iterdir():
                limit = ABANDONED if folder.name.startswith(".") else UNUSED
                with suppress(OSError):
                    if now - folder.stat().st_mtime > limit:
                        shutil.rmtree(folder, ignore_errors=True)


_HINT = "the same command with SEQLM_CACHE_DIR set to a folder that has room"


def _no_room(folder: Path, error: OSError) -> SeqlmError:
    return SeqlmError(f"cannot write the tokens in {folder}: {error.strerror or error}", _HINT)
