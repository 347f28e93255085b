"""The command line: what is typed, what is shown, and how every run ends.

Exit codes: 0 done, 1 failed, 2 usage, input or model, 3 a check did not hold, 130 Ctrl-C,
141 broken pipe, 143 SIGTERM.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import Any

started = time.monotonic()
"""When the program began: a time budget counts from here."""

BROKEN_PIPE = 141


def main() -> None:
    """The ``seqlm`` program."""
    from seqlm.commands.standard_streams import secure_streams

    secure_streams()
    code = run(sys.argv[1:])
    sys.stdout = sys.stderr = None  # flushed already; nothing at exit
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Nothing is raised."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    if sys.stdout is None:
        return _fail("standard output is closed", "the same command with > FILE", 1)
    try:
        _dispatch(arguments)
        _flush()
    except BrokenPipeError:
        return _quiet_pipe()
    except KeyboardInterrupt:
        return _fail("stopped by Ctrl-C", None, 130)
    except Exception as error:
        if type(error).__name__ == "Exit":  # typer's, behind --help and --version
            return 0
        if debug:
            raise
        return _explain(error, arguments)
    return 0


def _dispatch(arguments: Sequence[str]) -> None:
    from seqlm.commands.app import app
    from seqlm.commands.settings import settings

    command = app_command(app)
    if "_SEQLM_COMPLETE" in os.environ:  # the shell asks what could be typed next
        command.main(prog_name="seqlm")
    # Not command.main(): that would turn a broken pipe and Ctrl-C into exit code 1.
    arguments = list(arguments) or ["--help"]
    with command.make_context("seqlm", arguments, default_map=settings(command)) as context:
        command.invoke(context)


def app_command(app: Any) -> Any:
    """The Typer application as the command that parses."""
    import typer.main

    return typer.main.get_command(app)


def _flush() -> None:
    """What is still buffered leaves now: a full disk must not pass for success."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _explain(error: Exception, arguments: Sequence[str]) -> int:
    """One ``error:`` line and one ``try:`` line for whatever went wrong; the exit code."""
    from seqlm.commands.try_lines import as_command, with_less_memory, with_option
    from seqlm.errors import OutOfMemory, SeqlmError, is_out_of_memory

    if isinstance(error, OutOfMemory):
        return _fail(error.message, with_option(arguments, error.option), 1)
    if isinstance(error, SeqlmError):
        return _fail(error.message, as_command(error.hint, arguments), error.exit_code)
    if hasattr(error, "format_message"):  # typer's own usage errors
        return _fail(*_usage(error, arguments), 2)
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return _fail(
            f"{error.strerror}{where}", "check the path, its rights and the disk's space", 1
        )
    if is_out_of_memory(error):
        return _fail("out of memory", with_less_memory(arguments), 1)
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    return _fail(f"unexpected: {what}", with_option(arguments, "--debug"), 1)


def _usage(error: Any, arguments: Sequence[str]) -> tuple[str, str]:
    """Message and hint for a command line that does not parse."""
    message = str(error.format_message()).rstrip(".").replace("\n", " ")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "seqlm"
    if command == "seqlm" and arguments and "No such command" in message:
        close = _closest(arguments[0])
        if close:
            return message, f"seqlm {close} --help"
    return message, f"{command} --help"


def _closest(name: str) -> str | None:
    import difflib

    from seqlm.commands.app import app

    found = difflib.get_close_matches(name, app_command(app).commands, 1)
    return found[0] if found else None


def _fail(message: str, hint: str | None, code: int) -> int:
    from seqlm.commands.output import complain

    complain(f"error: {' '.join(message.split())}")
    if hint:
        complain(f"try: {' '.join(hint.split())}")
    return code


def _quiet_pipe() -> int:
    """The reader of our pipe has gone: end without a word, and without one at exit either."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    return BROKEN_PIPE
