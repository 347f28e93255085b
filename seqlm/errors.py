"""Everything that seqlm raises on purpose.

    SeqlmError            1    something failed while it ran
    ├── InputError        2    a text, a path or a value that was given cannot be used
    │   └── UsageError    2    the command line itself is wrong
    ├── ModelError        2    a model folder is missing, damaged or of another kind
    ├── OutOfMemory       1    there is too little memory; it knows the option that would fit
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


class OutOfMemory(SeqlmError):
    """There is too little memory for what was asked.

    Args:
        option: added to the same command line, it fits: ``--batch-size 16``.
    """

    def __init__(self, option: str) -> None:
        super().__init__("out of memory", f"the same command with {option}")
        self.option = option


_OUT_OF_MEMORY = ("allocate memory", "out of memory", "could not create a primitive")
"""What torch says; the last one is oneDNN's, whose buffers found no room."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: Python's and numpy's error, or torch's for the CPU or a device."""
    if isinstance(error, MemoryError | OutOfMemory):
        return True
    said = str(error)
    return isinstance(error, RuntimeError) and any(words in said for words in _OUT_OF_MEMORY)


class CheckFailed(SeqlmError):
    """A check that the user asked for did not hold, for example ``--fail-above``."""

    exit_code = 3


class Interrupted(SeqlmError):
    """The user stopped the run; what can be resumed has been saved."""

    def __init__(self, message: str, hint: str | None = None, exit_code: int = 130) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code
