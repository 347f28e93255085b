"""Every bad text, in front of every command that reads one."""

from __future__ import annotations

from tests.bad_inputs import BAD_INPUTS, PLACES, WITHOUT_WORDS
from tests.faults import forks
from tests.faults.command_table import TEXT, Command, commands
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

FAILURES = ("silent", "traceback", "hang", "unclear")


def bad_texts(workplace: Workplace, count: int) -> Finding:
    """Put the first ``count`` bad inputs, and as many places without text, to every command."""
    finding = Finding("bad inputs over every command")
    cells = table(workplace, count)
    for command, row in cells.items():
        for title, seen in row.items():
            finding.check(not seen.startswith(FAILURES), f"{command}, {title}: {seen}")
    finding.figure = f"{len(cells)} command lines that read text"
    return finding


def table(workplace: Workplace, count: int = 1000) -> dict[str, dict[str, str]]:
    """By command and input, what a user would see."""
    place = workplace.fresh()
    for title, data in BAD_INPUTS.items():
        (place / title).write_bytes(data)
    (place / PLACES[1]).mkdir()
    found = {}
    for command in commands():
        if TEXT in command.line or command.stdin:
            titles = [*list(BAD_INPUTS)[:count], *(PLACES if TEXT in command.line else ())]
            found[command.title] = {title: _seen(place, command, title) for title in titles}
    workplace.discard(place)
    return found


def _seen(place: object, command: Command, title: str) -> str:
    """The outcome in a word or two."""
    stdin = b"" if TEXT in command.line else BAD_INPUTS[title]
    done = forks.run(command.arguments(text=title), place, stdin=stdin)  # type: ignore[arg-type]
    if done.hung:
        return "hang"
    if "Traceback" in done.err or done.code < 0:
        return f"traceback: {done.err[-200:]}"
    if done.code == 0:
        return command.wordless if title in _readable(command) else "silent"
    if done.is_clear_error and done.code == 2:
        return "refused"
    return f"unclear ({done.code}): {done.err[-200:]}"


def _readable(command: Command) -> tuple[str, ...]:
    """The inputs that a command may read to the end."""
    if command.wordless != "refused":
        return WITHOUT_WORDS
    return WITHOUT_WORDS[1:] if command.name in ("perplexity",) else ()
