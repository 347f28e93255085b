"""What stands behind ``try:``: the command line that was typed, changed as an error asks for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

_LESS_MEMORY = {"--batch-size": 8, "--batch-tokens": 256, "--max-words": 50_000, "--min-count": 20}
"""The first of these options that a command has is what it is asked to run with."""
_LEAVE_OUT = "leave out "


def as_command(hint: str | None, arguments: Sequence[str]) -> str | None:
    """A hint that is options alone, to add or to leave out, as the whole command line.

    Args:
        hint: of an error.
        arguments: what was typed behind ``seqlm``.
    """
    if hint and hint.startswith("-"):  # of an option that is there twice the last value counts
        return with_option(arguments, hint)
    if hint and hint.startswith(_LEAVE_OUT):
        left_out = hint.removeprefix(_LEAVE_OUT).split(", ")
        return f"seqlm {shlex.join(_without(arguments, left_out))}"
    return hint


def with_option(arguments: Sequence[str], option: str) -> str:
    """The command line with an option more."""
    return f"seqlm {shlex.join(arguments)} {option}"


def with_less_memory(arguments: Sequence[str]) -> str:
    """The command line with a lower number of what it holds in memory at once."""
    options = {name for parameter in _parameters(arguments) for name in parameter.opts}
    for option, value in _LESS_MEMORY.items():
        if option in options:
            return with_option(arguments, f"{option} {value}")
    return "a smaller model or text, or a machine with more memory"


def _without(arguments: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """The arguments but these options and their values."""
    flags = [set(one.opts) for one in _parameters(arguments) if getattr(one, "is_flag", False)]
    is_value = False
    for argument in arguments:
        if argument.partition("=")[0] in options:
            is_value = "=" not in argument and argument not in set().union(*flags)
        elif is_value:
            is_value = False
        else:
            yield argument


def _parameters(arguments: Sequence[str]) -> Sequence[Any]:
    """The options of the command that was typed."""
    from seqlm.commands import app_command
    from seqlm.commands.app import app

    command = app_command(app).commands.get(arguments[0] if arguments else "")
    return tuple(getattr(command, "params", ()))
