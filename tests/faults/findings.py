"""What a part of the harness found, and how it is shown."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Finding:
    """What a part tried and what went wrong.

    Attributes:
        test: what was tried, in words.
        cases: how many times.
        figure: what was measured beside the failures.
        failures: one line each; there should be none.
        seconds: how long it took.
    """

    test: str
    cases: int = 0
    figure: str = ""
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def check(self, holds: bool, complaint: str) -> bool:
        """Count a case, and note the complaint if it does not hold."""
        self.cases += 1
        if not holds:
            self.failures.append(complaint)
        return holds

    def row(self) -> str:
        """A row of the markdown table."""
        failed = f"**{len(self.failures):,}**" if self.failures else "0"
        return f"| {self.test} | {self.cases:,} | {failed} | {self.figure} |"

    def append_to(self, path: Path) -> None:
        """Add a line of JSON to a file, so that nothing is lost if a later part fails."""
        record = asdict(self) | {"at": time.strftime("%Y-%m-%d %H:%M:%S")}
        record["failures"] = self.failures[:50]
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


HEADER = "| test | cases | failed | figure |\n| --- | ---: | ---: | --- |"
