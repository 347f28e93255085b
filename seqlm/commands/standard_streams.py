"""The standard streams, made safe before anything is opened.

A process may be started without one of them. The first file that is opened then takes its number,
and what a library prints to "stderr" ends up in a model.
"""

from __future__ import annotations

import os
import sys

_FLAGS = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)


def secure_streams() -> None:
    """Take the numbers of closed streams with /dev/null; remarks then go there.

    ``sys.stdin`` and ``sys.stdout`` stay None where they were: nothing can be read, and results
    cannot be given.
    """
    for number, flags in enumerate(_FLAGS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest number that is free, which is this one
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (for good)


def from_keyboard() -> bool:
    """Whether stdin is a terminal, where somebody types."""
    return sys.stdin is not None and sys.stdin.isatty()
