"""Functions compiled to machine code: numba, and where its results are kept.

Only modules that hold such functions import this one, so whatever does without them (looking up
neighbours, evaluating vectors) needs no numba. Compiled code is kept in the user's cache, also
where the package itself lies in a folder that cannot be written; the second process loads in
milliseconds what the first compiled in seconds.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from seqlm.errors import SeqlmError

try:
    import numba
    from numba.extending import intrinsic as _intrinsic
except ImportError as error:
    raise SeqlmError(
        "training word vectors needs numba, which is not installed", "pip install 'seqlm[vectors]'"
    ) from error

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def _folder() -> str:
    """Where compiled code is kept: in a folder of its own for each state of the package's source.

    numba looks only at the file of the kernel itself, not at those of the parts it is made of;
    kernels and their parts are in these files.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    base = os.environ.get("SEQLM_CACHE_DIR") or Path(home, "seqlm")
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for sources in ("compiled/*.py", "data/*.py", "models/*word*.py"):
        for path in sorted(package.glob(sources)):
            digest.update(path.name.encode() + path.read_bytes())
    folder = Path(base, "compiled", digest.hexdigest()[:16])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    return str(folder) if writable else tempfile.mkdtemp(prefix="seqlm-")


def kernel(function: Function) -> Function:
    """Compile ``function`` when it is first called; it runs without the interpreter's lock."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _folder()  # numba reads it while it decorates a function
    try:
        return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
    finally:
        config.CACHE_DIR = before


def part(function: Function) -> Function:
    """Compile ``function`` into every kernel that calls it."""
    return cast(Function, numba.njit(forceinline=True, error_model="numpy")(function))


def instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose machine code is written here: see ``numba.extending.intrinsic``."""
    return cast(Callable[..., Any], _intrinsic(function))
