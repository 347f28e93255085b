"""When, where and with what a model was made."""

from __future__ import annotations

import datetime
import platform
from importlib import metadata
from typing import Any

from seqlm import __version__


def made_now(*packages: str) -> dict[str, Any]:
    """The entries of ``train.json`` that every model has.

    Args:
        packages: whose versions matter, beside our own and Python's.
    """
    versions = {name: metadata.version(name) for name in packages}
    return {
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {"seqlm": __version__, **versions, "python": platform.python_version()},
    }
