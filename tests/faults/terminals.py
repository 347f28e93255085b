"""Text from strangers on a terminal: no control character of it reaches the screen."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.faults import forks
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_PIECES = (
    "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bc", "\x9b2J", "\x90q", "\x07",
    "\x08\x08", "\r", "\x0b", "\x0c", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u202d",
    "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "[bold]", "[/foo]", "[a]", ":smile:",
    "[link=http://x]", "%s", "{}", "\\x1b", "the ", "old ", "영화 ", "\t", "   ", "\u0301", "👨",
)  # fmt: skip
_BATCH = 500


def hostile_strings(count: int) -> list[str]:
    """Lines with escapes, controls, marks that turn text around, and markup."""
    chance = Random("terminals")
    return ["".join(chance.choices(_PIECES, k=chance.randint(1, 12))) for _ in range(count)]


def terminals(workplace: Workplace, count: int) -> Finding:
    """Show ``count`` hostile lines on a pseudo-terminal through commands, errors and remarks."""
    finding = Finding("hostile strings on a pseudo-terminal: no control byte")
    lines = hostile_strings(count)
    place = workplace.fresh()
    shown = 0
    for start in range(0, count, _BATCH):
        batch = lines[start : start + _BATCH]
        (place / "hostile.txt").write_text("\n".join(batch) + "\n", encoding="utf-8")
        for arguments in _ARGUMENTS:
            seen = _on_a_terminal(arguments, place)
            shown += len(seen)
            found = _CONTROLS.search(seen.decode(errors="replace").replace("\r\n", "\n"))
            finding.check(not found, f"{arguments}: {found}")
    seen = _on_a_terminal([], place, before=lambda: _messages(lines))
    shown += len(seen)
    found = _CONTROLS.search(seen.decode(errors="replace").replace("\r\n", "\n"))
    finding.check(not found, f"messages: {found}")
    finding.cases = count
    finding.figure = f"{shown >> 10:,} kB shown by {len(_ARGUMENTS)} commands and in messages"
    workplace.discard(place)
    return finding


_ARGUMENTS = (
    ["tokenize", "hostile.txt", "-m", "models/lm"],
    ["tokenize", "hostile.txt", "-m", "models/char", "--json"],
    ["score", "hostile.txt", "-m", "models/lm", "--per", "word", "--threads", "1"],
    ["neighbors", "-m", "models/vectors", "\x1b[31mred\x1b]0;x\x07", "\u202eevil"],
    ["perplexity", "miss\x1b[31ming\x07", "-m", "models/lm"],
    ["info", "miss\x9b31ming\u202e"],
)


def _messages(lines: list[str]) -> None:
    """In a fork: every line as a result, in a table, in a remark and in an error."""
    from seqlm.commands import output
    from seqlm.errors import InputError

    table = output.Table(("text", "value"))
    for line in lines:
        output.note(line)
        output.write_line(line)
        output.write_json({"text": line})
        table.row({"text": line, "value": 1})
    table.close()
    import seqlm.commands

    for line in lines:
        seqlm.commands._explain(InputError(line, line), [])
    os._exit(0)


def _on_a_terminal(
    arguments: list[str], place: Path, before: Callable[[], None] = lambda: None
) -> bytes:
    """What a screen gets from a command whose three streams are a terminal."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    seen: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(master, seen))

    def start() -> None:
        os.environ["TERM"] = "xterm-256color"
        before()

    reader.start()
    try:
        forks.run(arguments, place, stdin=Path(name), stdout=name, stderr=name, before=start)
    finally:
        os.close(slave)
        reader.join()
        os.close(master)
    return b"".join(seen)


def _read_all(master: int, seen: list[bytes]) -> None:
    try:
        while data := os.read(master, 1 << 16):
            seen.append(data)
    except OSError:  # the last one who had it open has closed it
        pass
