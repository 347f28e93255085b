"""What a stranger could put into a model folder: nothing runs, nothing outside is read."""

from __future__ import annotations

import io
import json
import os
import pickle
import resource
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqlm.errors import ModelError
from seqlm.verified_folder import MANIFEST
from tests.faults.damage import forge_manifest
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

SECONDS = 1.0
MEMORY = 100 << 20
CANARY = "canary"


class _Canary:
    """Unpickled, it makes a file."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (CANARY,)


def _forge(place: Path) -> None:
    files = {p.name: p.read_bytes() for p in place.iterdir() if p.is_file() and not p.is_symlink()}
    forge_manifest(files)
    (place / MANIFEST).write_bytes(files[MANIFEST])


def _replace(name: str, data: Callable[[], bytes]) -> Callable[[Path], None]:
    def do(place: Path) -> None:
        if (place / name).exists():
            (place / name).write_bytes(data())
            if name != MANIFEST:
                _forge(place)

    return do


def _config(**values: object) -> Callable[[Path], None]:
    def do(place: Path) -> None:
        config = json.loads((place / "config.json").read_bytes())
        used = {name: value for name, value in values.items() if name in config}
        if used:
            (place / "config.json").write_text(json.dumps(config | used))
            _forge(place)

    return do


def _zip() -> bytes:
    """A torch archive: a zip with a pickle in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Canary()))
    return out.getvalue()


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * (1 << 28))
    return out.getvalue()


def _tensors(count: int) -> bytes:
    """A safetensors file of so many empty tensors."""
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({f"t{number}": entry for number in range(count)}).encode()
    return len(header).to_bytes(8, "little") + header


def _long_header() -> bytes:
    return (1 << 62).to_bytes(8, "little") + b"{}"


def _pickled_npy() -> bytes:
    import numpy as np

    out = io.BytesIO()
    np.lib.format.write_array(out, np.array([_Canary()], object), allow_pickle=True)
    return out.getvalue()


def _huge_npy() -> bytes:
    import numpy as np

    out = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 1 << 10)}
    np.lib.format.write_array_header_1_0(out, header)
    return out.getvalue()


def _link(name: str, target: str) -> Callable[[Path], None]:
    def do(place: Path) -> None:
        if (place / name).exists():
            (place / name).unlink()
            (place / name).symlink_to(target)

    return do


def _same_through_a_link(place: Path) -> None:
    """The right bytes, but outside the folder."""
    outside = place.with_name("outside.json")
    shutil.move(place / "config.json", outside)
    (place / "config.json").symlink_to(outside)


def _fifo(name: str) -> Callable[[Path], None]:
    def do(place: Path) -> None:
        if (place / name).exists():
            (place / name).unlink()
            os.mkfifo(place / name)

    return do


def _manifest(entries: dict[str, object]) -> Callable[[Path], None]:
    def do(place: Path) -> None:
        manifest = json.loads((place / MANIFEST).read_bytes())
        manifest["files"] |= entries
        (place / MANIFEST).write_text(json.dumps(manifest))

    return do


_ENTRY = {"bytes": 4, "sha256": "0" * 64}
_PICKLE = pickle.dumps(_Canary())
_WEIGHTS = ("model.safetensors", "vectors.npy", "tokenizer.model")
_DEEP = b"[" * 200_000
_WIDE = b'{"a": "' + b"x" * (1 << 21) + b'"}'

HOSTILE: dict[str, Callable[[Path], None]] = {
    **{f"a pickle as {name}": _replace(name, lambda: _PICKLE) for name in _WEIGHTS},
    **{f"a torch archive as {name}": _replace(name, _zip) for name in _WEIGHTS},
    **{f"a zip bomb as {name}": _replace(name, _zip_bomb) for name in _WEIGHTS},
    "a pickle in vectors.npy": _replace("vectors.npy", _pickled_npy),
    "a vectors.npy that would be huge": _replace("vectors.npy", _huge_npy),
    "300,000 tensors": _replace("model.safetensors", lambda: _tensors(300_000)),
    "12,000 tensors": _replace("model.safetensors", lambda: _tensors(12_000)),
    "a header without end": _replace("model.safetensors", _long_header),
    **{f"deep JSON as {n}": _replace(n, lambda: _DEEP) for n in ("config.json", "tokenizer.json")},
    **{f"2 MB of JSON as {n}": _replace(n, lambda: _WIDE) for n in ("config.json", MANIFEST)},
    "a long number in config.json": _replace(
        "config.json", lambda: b'{"kind": "language-model", "vocab_size": ' + b"9" * 500_000 + b"}"
    ),
    "a vocabulary of a billion": _config(vocab_size=10**9),
    "a million layers": _config(num_layers=10**6),
    "2^60 features": _config(hidden_size=1 << 60, dim=1 << 60),
    "a path as architecture": _config(arch="../../evil"),
    "a module as architecture": _config(arch="os.system"),
    "../ in the manifest": _manifest({"../../../etc/passwd": _ENTRY}),
    "/etc/passwd in the manifest": _manifest({"/etc/passwd": _ENTRY}),
    "10,000 files in the manifest": _manifest({f"f{n}": _ENTRY for n in range(10_000)}),
    "a device in the manifest": _manifest({"null": _ENTRY}),
    **{f"a link to /etc/passwd as {n}": _link(n, "/etc/passwd") for n in ("config.json", MANIFEST)},
    "config.json through a link": _same_through_a_link,
    **{f"a link without end as {n}": _link(n, "/dev/zero") for n in (*_WEIGHTS, "config.json")},
    **{f"a FIFO as {n}": _fifo(n) for n in (*_WEIGHTS, "config.json", MANIFEST)},
}


def hostile_folders(workplace: Workplace, count: int) -> Finding:
    """Each hostile thing in each kind of model, for the first ``count`` kinds."""
    workplace.make_models()
    finding = Finding("hostile model folders: refused, nothing run, nothing outside read")
    slowest, most = 0.0, 0
    for original in sorted((workplace.template / "models").glob("[!.]*"))[:count]:
        for title, attack in HOSTILE.items():
            place = workplace.folder / "hostile" / "model"
            shutil.copytree(original, place)
            before = {path.name: path.read_bytes() for path in place.iterdir()}
            attack(place)
            if not _same(place, before):
                complaint, seconds, memory = _open_in_a_fork(workplace, place)
                slowest, most = max(slowest, seconds), max(most, memory)
                finding.check(not complaint, f"{original.name}, {title}: {complaint}")
            shutil.rmtree(place.parent)
    finding.figure = f"slowest {slowest:.2f} s of CPU; {most >> 20} MB at most"
    return finding


def _same(place: Path, before: dict[str, bytes]) -> bool:
    return all(
        path.is_file() and not path.is_symlink() and before.get(path.name) == path.read_bytes()
        for path in place.iterdir()
    )


def _open_in_a_fork(workplace: Workplace, place: Path) -> tuple[str, float, int]:
    """What is wrong with how a folder was received; seconds of CPU and bytes it took."""
    report = workplace.folder / "report"
    report.write_text("")
    child = os.fork()
    if child == 0:
        os.chdir(place.parent)
        report.write_text("\t".join(map(str, _received(place))))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        return f"crash: {code}", 0.0, 0
    complaint, seconds, memory = report.read_text().split("\t")
    return complaint, float(seconds), int(memory)


def _received(place: Path) -> tuple[str, float, int]:
    import seqlm.recipes.loading
    import seqlm.tensor_file

    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    complaint = "accepted"
    try:
        seqlm.load(place, device="cpu")
    except ModelError as error:
        complaint = "the secret is in the message" if "root:" in error.message else ""
    except BaseException as error:
        complaint = f"{type(error).__name__}: {str(error)[:200]}".replace("\t", " ")
    seconds = time.process_time() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) << 10
    if (place.parent / CANARY).exists():
        complaint = "something in it ran"
    elif not complaint and (seconds > SECONDS or memory > MEMORY):
        complaint = f"{seconds:.2f} s, {memory >> 20} MB"
    return complaint, seconds, memory
