"""A training on a terminal: a live bar while it runs, a curve and a sample when it is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from seqlm.commands.output import visible, write_line
from seqlm.commands.training_display import (
    PlainDisplay,
    Shown,
    duration,
    result_words,
    sparkline,
)

if TYPE_CHECKING:
    from seqlm.recipes.train_request import Request, TrainResult
    from seqlm.training.fit import Run

_SHOWN_EVERY = 5  # steps between two updates of the bar


class LiveDisplay(PlainDisplay):
    """A bar with loss, held-out perplexity, bits per byte, tokens a second and time left."""

    def __init__(self, shown: Shown) -> None:
        super().__init__(shown)
        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        self._progress = Progress(
            BarColumn(30), TextColumn("{task.fields[words]}", markup=False), console=self._console
        )
        self._bar = self._progress.add_task("", words="", visible=False)
        self._latest = ""
        self._train = "", ""

    def __enter__(self) -> LiveDisplay:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._console.print(Text(visible(text)))

    def planned(self, request: Request[Any], prepared: Any, choices: Any, device: str) -> None:
        """Everything is settled: show it, and the empty bar."""
        self.begin(choices.plan.steps)
        for line in self.shown.plan_lines(request, prepared, choices, device):
            label, _, rest = line.partition(": ")
            self._console.print(Text(f"{label:>7}  ", style="bold") + Text(visible(rest)))
        self._progress.update(self._bar, total=self.steps, completed=0, visible=True)

    def stepped(self, run: Run) -> None:
        """One more step."""
        super().stepped(run)
        if run.step % _SHOWN_EVERY == 0 or run.position == self.steps:
            self._show(run)

    def _show(self, run: Run) -> None:
        if run.interval_tokens:
            loss = run.interval_loss / run.interval_tokens
            pace = run.interval_tokens / max(1e-9, run.interval_seconds)
            self._train = f"loss {loss:.3f}  ", f"{pace:,.0f} tokens/s  "
        loss_words, pace_words = self._train
        left = duration(self.seconds_left(run.position))
        words = f"{loss_words}{self._latest}{pace_words}{left} left"
        self._progress.update(self._bar, completed=run.position, words=words)

    def evaluated(self, run: Run, record: dict[str, Any]) -> None:
        """One more look at the held-out text."""
        self._latest = (
            f"held-out ppl {record['valid_ppl_token']:.2f}  "
            f"{record['valid_bits_per_byte']:.3f} bits/byte  "
        )
        self._show(run)

    def finished(self, result: TrainResult) -> None:
        """A curve, a sample, where the model is, and the two next commands."""
        self._progress.stop()
        losses = [record["valid_loss"] for record in result.evaluations]
        folder = str(result.folder)
        self.note(f"held-out loss {sparkline(losses)}  {result_words(result)}")
        if self.shown.sample is not None:
            self.note(f"a sample: {self.shown.sample(Path(folder))}")
        self.note(f"the model is in {folder} ({duration(result.seconds)}); next:")
        for command in self.shown.next_commands:
            self.note(f"  {command}")
        write_line(folder)
