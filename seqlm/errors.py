"""Everything that seqlm raises on purpose.

    SeqlmError            1    something failed while it ran
    ├── InputError        2    a text, a path or a value that was given cannot be used
    │   └── UsageError    2    the command line itself is wrong
    ├── ModelError        2    a model folder is missing, damaged or of another kind
    ├── CheckFailed       3    a check that was asked for did not hold
    └── Interrupted     130    Ctrl-C (130) or SIGTERM (143), after the state was saved

The number is the exit code. ``seqlm.commands.main`` turns each into one ``error:`` line and one
``try:`` line; programs that use the package catch ``SeqlmError``.
"""

from __future__ import annotations


class SeqlmError(Exception):
    """A failure with one line that says what is wrong and one that says what to type next.

    Args:
        message: what is wrong, one line, without a final full stop.
        hint: the command or the change that works; it is shown behind ``try:``.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(SeqlmError):
    """A text, a path or a value that was given cannot be used."""

    exit_code = 2


class UsageError(InputError):
    """The command line itself is wrong."""


class ModelError(SeqlmError):
    """A model folder is missing, damaged, or of another kind than the command needs."""

    exit_code = 2


class CheckFailed(SeqlmError):
    """A check that the user asked for did not hold, for example ``--fail-above``."""

    exit_code = 3


class Interrupted(SeqlmError):
    """The user stopped the run; what can be resumed has been saved."""

    def __init__(self, message: str, hint: str | None = None, exit_code: int = 130) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code
