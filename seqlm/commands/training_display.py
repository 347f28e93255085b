"""What a training shows: a live bar on a terminal, plain lines in a pipe, or JSON."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlm.commands import output
from seqlm.commands.output import note, write_json, write_line

if TYPE_CHECKING:
    from seqlm.recipes.language_model_choices import Choices
    from seqlm.recipes.prepare import Prepared
    from seqlm.recipes.train_request import Request, TrainRequest, TrainResult
    from seqlm.training.fit import Run

_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Shown:
    """What is said of one kind of model.

    Attributes:
        plan_lines: the plan, from request, prepared text, choices and device, a line each.
        next_commands: what to type when it is trained.
        sample: something that the finished model in a folder writes.
    """

    plan_lines: Callable[[Any, Any, Any, str], list[str]]
    next_commands: tuple[str, ...]
    sample: Callable[[Path], str] | None = None


@contextlib.contextmanager
def display(*, as_json: bool, quiet: bool, shown: Shown | None = None) -> Iterator[PlainDisplay]:
    """The display that fits: rich on a terminal that wants it, else lines.

    Args:
        as_json: evaluations are JSON on stdout.
        quiet: nothing on stderr.
        shown: what is said; of a language model where it is not given.
    """
    shown = shown or LANGUAGE_MODEL
    if output.coloured() and not quiet and not as_json:
        from seqlm.commands.live_display import LiveDisplay

        with LiveDisplay(shown) as live:
            yield live
    else:
        yield PlainDisplay(shown, as_json=as_json)


class PlainDisplay:
    """One plain line an evaluation on stderr; on stdout the model's path, or JSON."""

    def __init__(self, shown: Shown, *, as_json: bool = False) -> None:
        self.shown = shown
        self.as_json = as_json
        self.steps = 0
        self.step_at_start: int | None = None
        self.first_step = 0.0

    def note(self, text: str) -> None:
        """Something that the user should know."""
        note(text)

    def planned(self, request: Request[Any], prepared: Any, choices: Any, device: str) -> None:
        """Everything is settled: show it."""
        self.begin(choices.plan.steps)
        for line in self.shown.plan_lines(request, prepared, choices, device):
            note(line)

    def begin(self, steps: int) -> None:
        """A training of so many steps starts, the first one or another round."""
        self.steps = steps
        self.step_at_start = None

    def stepped(self, run: Run) -> None:
        """One more step."""
        if self.step_at_start is None:
            self.step_at_start, self.first_step = run.position, time.monotonic()

    def seconds_left(self, position: int) -> float:
        """What the rest of the plan will take at the pace so far."""
        done = position - (self.step_at_start or 0)
        if done <= 0:
            return 0.0
        return max(0, self.steps - position) * (time.monotonic() - self.first_step) / done

    def evaluated(self, run: Run, record: dict[str, Any]) -> None:
        """One more look at the held-out text."""
        note(evaluation_line(record, self.steps, self.seconds_left(run.position)))
        if self.as_json:
            write_json(record)
            output.flush()

    def finished(self, result: TrainResult) -> None:
        """The model folder is there."""
        note(f"held-out {result_words(result)} after {duration(result.seconds)}")
        if self.as_json:
            write_json(
                {
                    "model": str(result.folder),
                    "seconds": round(result.seconds, 3),
                    "valid_loss": result.valid_loss,
                }
            )
        else:
            write_line(str(result.folder))
        output.flush()


def plan_lines(
    request: TrainRequest, prepared: Prepared, choices: Choices, device: str
) -> list[str]:
    """Corpus, tokens, model, device and estimate, a line each."""
    options, plan = choices.options, choices.plan
    facts = prepared.train
    names = ", ".join("stdin" if name == "-" else name for name in request.files[:3])
    more = f" and {len(request.files) - 3} more" if len(request.files) > 3 else ""
    held = ", ".join(request.valid) or prepared.facts["held_out"]
    softmax = f"sampled softmax ({choices.samples:,})" if choices.samples else "full softmax"
    return [
        f"corpus: {names}{more}: {facts.num_lines:,} lines, {facts.num_words:,} words, "
        f"{facts.num_bytes:,} bytes; held out: {held} ({prepared.valid.num_lines:,} lines)",
        f"tokens: {len(facts):,} to train on, {len(prepared.valid):,} held out; "
        f"{prepared.tokenizer.kind} vocabulary of {prepared.tokenizer.vocab_size:,}",
        f"model: {options.arch}, {options.num_layers} x {options.hidden_size}, "
        f"{choices.parameters:,} parameters, {softmax}, dropout {options.dropout:g}, "
        f"learning rate {plan.learning_rate:g}",
        f"device: {device}, {choices.precision}",
        f"plan: {plan.steps:,} steps of {options.batch_size} x {options.chunk_length} tokens, "
        f"{choices.epochs:.3g} epochs, about {duration(choices.seconds)}",
    ]


def _sample(folder: Path) -> str:
    from seqlm.recipes.loading import load_language_model

    return load_language_model(folder, "cpu").generate(max_tokens=40).text


LANGUAGE_MODEL = Shown(
    plan_lines, ("seqlm perplexity test.txt", 'seqlm generate --prompt "..."'), _sample
)


def explained_plan_lines(
    request: TrainRequest, prepared: Prepared, choices: Choices, device: str
) -> list[str]:
    """The plan, then each part of the network, then why each choice was made."""
    from seqlm.recipes.explanation import Layer, layers, reasons

    vocab_size = prepared.tokenizer.vocab_size
    parts = layers(choices.options, vocab_size)
    rows = [[*part[:3], f"{part.parameters:,}"] for part in parts]
    rows.append(["total", "", "", f"{choices.parameters:,}"])
    return [
        *plan_lines(request, prepared, choices, device),
        *output.align([list(Layer._fields), *rows]),
        *reasons(request.options, choices, vocab_size, len(prepared.train)),
    ]


EXPLAINED = replace(LANGUAGE_MODEL, plan_lines=explained_plan_lines)


def ngram_lines(config: dict[str, Any]) -> list[str]:
    """How many n-grams of each order a counted model holds, and its discounts, in a table."""
    rows = [
        [str(order), f"{number:,}", *(f"{value:.4f}" for value in discounts)]
        for order, (number, discounts) in enumerate(
            zip(config["num_ngrams"], config["discounts"], strict=True), start=1
        )
    ]
    return output.align([["order", "ngrams", "D1", "D2", "D3+"], *rows])


def evaluation_line(record: dict[str, Any], steps: int, left: float) -> str:
    """One evaluation in words."""
    return (
        f"step {record['step']:,}/{steps:,}  train {record['train_loss']:.3f}  "
        f"valid {record['valid_loss']:.3f}  ppl {record['valid_ppl_token']:.2f}  "
        f"bits/byte {record['valid_bits_per_byte']:.4f}  "
        f"{record['tokens_per_second']:,.0f} tokens/s  {duration(left)} left"
    )


def result_words(result: TrainResult) -> str:
    """The figures of the weights that were kept."""
    best = min(result.evaluations, key=lambda record: record["valid_loss"])
    return (
        f"perplexity {best['valid_ppl_token']:.2f} per token, "
        f"{best['valid_ppl_word']:.2f} per word, {best['valid_bits_per_byte']:.4f} bits per byte"
    )


def sparkline(values: list[float]) -> str:
    """A curve in one line of characters, lowest value lowest."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(_BARS[min(7, int(8 * (value - low) / span))] for value in values)


def duration(seconds: float) -> str:
    """``42s``, ``4m 10s`` or ``2h 05m``."""
    if not math.isfinite(seconds):
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
