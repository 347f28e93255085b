"""Functions compiled to machine code: numba, and where its results are kept.

Only modules that hold such functions import this one, so whatever does without them (looking up
neighbours, evaluating vectors) needs no numba. Compiled code is kept in the user's cache, also
where the package itself lies in a folder that cannot be written; the second process loads in
milliseconds what the first compiled in seconds.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from seqlm.errors import SeqlmError

Function = TypeVar("Function", bound=Callable[..., Any])


def _keep_compiled_code() -> None:
    """Give numba a folder of ours, unless the user gave one; it reads this when it is imported."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(os.environ.get("SEQLM_CACHE") or Path(home, "seqlm"), "compiled")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    os.environ["NUMBA_CACHE_DIR"] = str(folder) if writable else tempfile.mkdtemp(prefix="seqlm-")


_keep_compiled_code()
try:
    import numba
    from numba.extending import intrinsic as _intrinsic
except ImportError as error:
    raise SeqlmError(
        "training word vectors needs numba, which is not installed", "pip install 'seqlm[vectors]'"
    ) from error


def kernel(function: Function) -> Function:
    """Compile ``function`` when it is first called; it runs without the interpreter's lock."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def part(function: Function) -> Function:
    """Compile ``function`` into every kernel that calls it."""
    return cast(Function, numba.njit(forceinline=True, error_model="numpy")(function))


def instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose machine code is written here: see ``numba.extending.intrinsic``."""
    return cast(Callable[..., Any], _intrinsic(function))
