"""Ways to damage a model folder, held in memory as a dict of file names and bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from random import Random

from seqlm.verified_folder import MANIFEST

Files = dict[str, bytes]


def _victim(files: Files, chance: Random) -> str:
    return chance.choice(sorted(name for name in files if files[name]))


def flip(files: Files, chance: Random) -> None:
    """One bit, or a few."""
    name = _victim(files, chance)
    data = bytearray(files[name])
    for _ in range(chance.choice((1, 1, 1, 3, 30))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    files[name] = bytes(data)


def cut(files: Files, chance: Random) -> None:
    """The end of a file is gone, or all of it."""
    name = _victim(files, chance)
    files[name] = files[name][: chance.choice((0, 1, chance.randrange(len(files[name]))))]


def remove(files: Files, chance: Random) -> None:
    """A file is gone."""
    del files[_victim(files, chance)]


def swap(files: Files, chance: Random) -> None:
    """Two files under each other's name."""
    one, other = chance.sample(sorted(files), 2)
    files[one], files[other] = files[other], files[one]


def insert(files: Files, chance: Random) -> None:
    """Bytes that were not there, or a piece of the file once more."""
    name = _victim(files, chance)
    data, at = files[name], chance.randrange(len(files[name]))
    start = chance.randrange(len(data))
    piece = chance.choice((chance.randbytes(8), b"\0" * 64, data[start : start + 40]))
    files[name] = data[:at] + piece + data[at:]


def zeros(files: Files, chance: Random) -> None:
    """A stretch of zeros, as a disk leaves it."""
    name = _victim(files, chance)
    data, at = files[name], chance.randrange(len(files[name]))
    length = min(chance.choice((1, 16, 512, 4096)), len(data) - at)
    files[name] = data[:at] + b"\0" * length + data[at + length :]


def odd_value(files: Files, chance: Random) -> None:
    """A value of a JSON file, or of a safetensors header, is another one."""
    names = sorted(name for name in files if name.endswith((".json", ".safetensors")))
    name = chance.choice(names)
    data = files[name]
    header = int.from_bytes(data[:8], "little") if name.endswith(".safetensors") else 0
    try:
        value = json.loads(data[8 : 8 + header] if header else data)
    except ValueError:
        return flip(files, chance)
    _change(value, chance)
    changed = json.dumps(value).encode()
    if header:
        changed = len(changed).to_bytes(8, "little") + changed + data[8 + header :]
    files[name] = changed
    return None


_ODD = (None, True, -1, 0, 2**31, 2**63, 10**30, 1e308, -0.5, "", "x", "../../etc/passwd", [], {},
        [[]], {"a": 1}, "F64", "I64", [0, 0], [2**40, 2**40], "\x00", "\ud800")  # fmt: skip


def _change(value: object, chance: Random) -> None:
    """Replace, remove or add something at a random depth."""
    while isinstance(value, dict | list) and value:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = chance.choice(keys)
        inner = value[key]  # type: ignore[index]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
            value = inner
            continue
        if chance.random() < 0.15:
            del value[key]  # type: ignore[arg-type]
        else:
            value[key] = chance.choice(_ODD)  # type: ignore[index]
        return


RAW: tuple[Callable[[Files, Random], None], ...] = (flip, cut, remove, swap, insert, zeros)
FORGED = (*RAW, odd_value, odd_value, odd_value)


def forge_manifest(files: Files) -> None:
    """Let the manifest say what is there now, so that the parsers behind it are reached."""
    entries = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
        if name != MANIFEST
    }
    files[MANIFEST] = json.dumps({"format": 1, "files": entries}).encode()
