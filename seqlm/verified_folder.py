"""Folders that appear whole or not at all, and are verified before they are believed.

A verified folder holds plain files and ``MANIFEST.json``, which names each of them with its length
and sha256 (of a file over 64 MB, of every 64 MB of it). It is built beside its target, flushed to
the disk, read back, and renamed into place, so that a crash, a full disk or ``kill -9`` at any
moment leaves the old folder or the new one.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

from seqlm.block_digests import BlockDigests, has_digests, well_formed
from seqlm.errors import InputError, ModelError, SeqlmError

MANIFEST = "MANIFEST.json"
FORMAT = 1
MAX_JSON_BYTES = 1 << 20
MAX_FILES = 64
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def write_folder(target: Path, files: Mapping[str, bytes | Path]) -> None:
    """Put ``files`` (their bytes, or where to copy them from) at ``target``, whole or not at all.

    What stood at ``target`` stays as it was until the new folder has been read back and verified.

    Raises:
        SeqlmError: if the disk is full, a write fails, or what was written reads back differently.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.parent / f".{target.name}.{os.getpid()}.tmp"
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir()
        entries = {name: _write_file(building / name, data) for name, data in files.items()}
        manifest = {"format": FORMAT, "files": entries}
        _write_file(building / MANIFEST, json.dumps(manifest, indent=1).encode())
        _sync_folder(building)
        verify_folder(building)
        _swap_into_place(building, target)
        try:
            _sync_folder(target.parent)
        except OSError:
            _swap_into_place(target, building)  # what failed leaves no trace
            raise
    except OSError as error:
        raise SeqlmError(
            f"cannot write {target}: {error.strerror or error}",
            "free some space or choose another folder with -o; what was there is unchanged",
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_file(path: Path, data: bytes | Path) -> dict[str, Any]:
    """Write and flush one file; its entry in the manifest."""
    digests = BlockDigests()
    with open(path, "xb") as out:
        for chunk in _chunks(data):
            out.write(chunk)
            digests.update(chunk)
        out.flush()
        os.fsync(out.fileno())
    return {"bytes": digests.length, "sha256": digests.result()}


def _chunks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    with open(data, "rb") as source:
        while chunk := source.read(1 << 20):
            yield chunk


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap_into_place(building: Path, target: Path) -> None:
    """Rename ``building`` to ``target``; a folder already there ends up under the other name."""
    if not target.exists():
        os.rename(building, target)
    elif not _exchange(building, target):
        # No atomic exchange here: the old folder is out of sight for an instant, never lost.
        aside = building.with_suffix(".old")
        os.rename(target, aside)
        os.rename(building, target)
        os.rename(aside, building)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step (Linux's renameat2); False where that cannot be done."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(call(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)


def verify_folder(folder: Path) -> dict[str, dict[str, Any]]:
    """Check every file of ``folder`` against its manifest; the manifest's entries by file name.

    Raises:
        ModelError: names the file and what is wrong with it.
    """
    entries = read_manifest(folder)
    for name, entry in entries.items():
        with open_regular(folder / name) as file:
            length = os.fstat(file.fileno()).st_size
            if length != entry["bytes"]:
                raise _damaged(folder, f"{name} has {length} bytes instead of {entry['bytes']}")
            if not has_digests(file, length, entry["sha256"]):
                raise _damaged(folder, f"{name} is not what was saved (its sha256 differs)")
    return entries


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """The manifest's entries, checked for shape only; the files themselves are not read."""
    manifest = read_json(folder / MANIFEST)
    entries = manifest.get("files")
    if manifest.get("format") != FORMAT:
        raise ModelError(
            f"{folder} has format {str(manifest.get('format'))[:20]}, this seqlm reads {FORMAT}",
            "pip install --upgrade seqlm",
        )
    if not isinstance(entries, dict) or not 0 < len(entries) <= MAX_FILES:
        raise _damaged(folder, f"{MANIFEST} lists no files")
    for name, entry in entries.items():
        sound = (
            _FILE_NAME.fullmatch(name)
            and isinstance(entry, dict)
            and set(entry) == {"bytes", "sha256"}
            and type(entry["bytes"]) is int
            and well_formed(entry["sha256"])
        )
        if not sound:
            raise _damaged(folder, f"{MANIFEST} has a malformed entry")
    return entries


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of at most 1 MB with finite numbers only."""
    with open_regular(path) as file:
        data = file.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise _damaged(path.parent, f"{path.name} is larger than {MAX_JSON_BYTES} bytes")
    return parse_json(data, path)


def parse_json(data: bytes, path: Path) -> dict[str, Any]:
    """``data`` as a JSON object; ``path`` is only for the error."""

    def refuse_constant(text: str) -> float:
        raise ValueError(f"{text} is not a finite number")

    try:
        value = json.loads(data, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _damaged(path.parent, f"{path.name} is not valid JSON") from error
    if not isinstance(value, dict):
        raise _damaged(path.parent, f"{path.name} holds no JSON object")
    return value


def open_regular(path: Path) -> BufferedReader:
    """Open a plain file for reading: no link is followed, no FIFO or device is waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _damaged(path.parent, f"{path.name} cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _damaged(path.parent, f"{path.name} is not a plain file")
    return os.fdopen(descriptor, "rb")


def _damaged(folder: Path, what: str) -> ModelError:
    return ModelError(f"{folder} is damaged: {what}", "train it again, or copy the folder anew")


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the right to write ``target``; a second process is refused at once.

    The lock is a hidden file beside the target; the system gives it back when a process dies.

    Raises:
        InputError: if another process holds it.
    """
    import fcntl

    new = not target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.parent / f".{target.name}.lock"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise InputError(
                f"another training is writing {target}",
                "wait for it, or choose another folder with -o",
            ) from error
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                break
        os.close(descriptor)  # its last holder removed the file between our two calls
    try:
        for left in target.parent.glob(f".{glob.escape(target.name)}.*.tmp"):
            shutil.rmtree(left, ignore_errors=True)  # of a process that was killed
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)
        if new:
            with contextlib.suppress(OSError):
                target.parent.rmdir()  # nothing was put there: it goes as it came
