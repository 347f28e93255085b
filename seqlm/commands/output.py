"""How results and remarks leave: data as bytes on stdout, everything else on stderr.

A terminal gets an aligned table, a pipe gets TSV with a header, ``--json`` one object a line.
Text that comes from a corpus never goes through rich, and on a terminal its control characters
are shown as escapes.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# C0 and C1 controls (tab apart), and the marks that reorder or hide text on a screen.
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

quiet = False


def set_quiet(value: bool) -> None:
    """Remarks on stderr are dropped while ``value`` holds; errors are not."""
    global quiet
    quiet = value


def visible(text: str) -> str:
    """``text`` with every control character as a visible escape, for a terminal or a message."""
    return _CONTROLS.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def note(text: str) -> None:
    """One remark on stderr; nothing when it cannot be written: a lost stderr stops no work."""
    if not quiet:
        complain(text)


def complain(text: str) -> None:
    """One line on stderr even with ``--quiet``."""
    try:
        sys.stderr.write(visible(text) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def on_terminal() -> bool:
    """Whether results go to a screen."""
    return sys.stdout is not None and sys.stdout.isatty()


def write(text: str) -> None:
    """Result text to stdout as UTF-8 whatever the locale, escaped if a screen shows it."""
    if sys.stdout.isatty():
        text = "\n".join(visible(line) for line in text.split("\n"))
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))


def write_line(text: str) -> None:
    """A line of results; an inner line end cannot be there."""
    write(text + "\n")


def flush() -> None:
    """What was written is on its way; a broken pipe or a full disk shows here."""
    sys.stdout.buffer.flush()


def write_json(record: Mapping[str, Any]) -> None:
    """One object on one line; a number that is not finite is null."""
    finite = {key: _finite(value) for key, value in record.items()}
    line = json.dumps(finite, ensure_ascii=False, allow_nan=False)
    sys.stdout.buffer.write((visible(line) if on_terminal() else line).encode() + b"\n")


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Table:
    """Rows in the form that stdout wants; on a terminal they wait for ``close`` to be aligned.

    Args:
        columns: the keys of a row, in order.
        as_json: one JSON object a row.
        header: TSV and the aligned table begin with the columns' names.
        aligned: whether a terminal gets an aligned table (else TSV there too, as it is made).
    """

    def __init__(
        self,
        columns: Sequence[str],
        *,
        as_json: bool = False,
        header: bool = True,
        aligned: bool = True,
    ) -> None:
        self.columns = columns
        self.as_json = as_json
        self._waiting: list[list[str]] | None = [] if aligned and on_terminal() else None
        if header and not as_json:
            self._cells(list(columns))

    def row(self, record: Mapping[str, Any]) -> None:
        """One row; ``record`` has every column."""
        if self.as_json:
            write_json({column: record[column] for column in self.columns})
        else:
            short = self._waiting is not None
            self._cells([_cell(record[column], short) for column in self.columns])

    def _cells(self, cells: list[str]) -> None:
        if self.as_json or self._waiting is None:
            write_line("\t".join(cells))
        else:
            self._waiting.append([visible(cell) for cell in cells])

    def close(self) -> None:
        """Write what waits, and flush."""
        for line in align(self._waiting or []):
            write_line(line)
        flush()


def write_table(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    as_json: bool = False,
    header: bool = True,
) -> None:
    """All of ``rows`` as one table."""
    table = Table(columns, as_json=as_json, header=header)
    for record in rows:
        table.row(record)
    table.close()


def _cell(value: Any, short: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}" if short else repr(value)
    # A tab or a line end inside a cell would make another cell of it.
    return (
        str(value)
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
    )


def align(rows: list[list[str]]) -> list[str]:
    """Rows of cells as lines of equal columns; numbers to the right."""
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    numeric = [all(map(_is_number, column[1:])) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for cell, width, right in zip(row, widths, numeric, strict=True):
            space = " " * (width - display_width(cell))
            cells.append(space + cell if right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return lines


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def display_width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def coloured() -> bool:
    """Whether stderr may have colours and bars."""
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
