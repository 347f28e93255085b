"""``mix``: its signature, and what it shows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.new_folder import new_folder
from seqlm.commands.output import align, flush, note, set_quiet, write_json, write_line
from seqlm.config import TextOptions
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.recipes.mix import MixResult

_EXAMPLE = "seqlm mix models/lm-a models/lm-b --tune valid.txt"


def mix(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL...", help="Folders of language models.")
    ] = None,
    tune: Annotated[
        list[str] | None,
        typer.Option(help="Held-out text that the weights are fitted to [default: equal weights]."),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="W,W,...", help="The weights themselves.")
    ] = None,
    out: shared.Out = None,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    force: shared.Force = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Mix language models: the weighted sum of their probabilities, a model like any other.

    The weights are fitted by EM to the text of --tune. Models that share a tokenizer are mixed at
    each token, others at each line; such a mixture scores lines, and writes no text.
    """
    set_quiet(quiet)
    if not models:
        raise UsageError("mix needs two or more model folders", _EXAMPLE)
    if tune and weights:
        raise UsageError("--tune finds the weights that --weights would give", _EXAMPLE)
    shares = None if weights is None else _numbers(weights)
    from seqlm.data.corpus import Corpus

    text = Corpus(tune, TextOptions(encoding, errors)) if tune else None
    folder = new_folder(f"mix-{Path(models[0]).absolute().name}", out, force=force)

    from seqlm.recipes.mix import write_mixture

    if text is not None:
        from seqlm.device import set_threads

        set_threads(threads)
    result = write_mixture(folder, models, text, weights=shares, device=device, note=note)
    _show(result)
    if as_json:
        write_json(_record(result))
    else:
        write_line(str(folder))
    flush()


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"--weights {text!r} is no list of numbers", "--weights 2,1") from None


def _show(result: MixResult) -> None:
    """The weights as a table on stderr, and the perplexities they were found by."""
    each = result.perplexities or (math.nan,) * len(result.names)
    rows = [["model", "weight", "perplexity"]] if result.perplexities else [["model", "weight"]]
    for name, weight, perplexity in zip(result.names, result.weights, each, strict=True):
        rows.append([name, f"{weight:.4f}", f"{perplexity:.2f}"][: len(rows[0])])
    if result.perplexities:
        rows.append(["the mixture", "", f"{result.perplexity:.2f}"])
    for line in align(rows):
        note(line)
    if result.mixed == "line":
        note("the tokenizers differ: lines are mixed, so it scores lines and writes no text")


def _record(result: MixResult) -> dict[str, object]:
    return {
        "model": str(result.folder),
        "seconds": round(result.seconds, 3),
        "mixed": result.mixed,
        "members": list(result.names),
        "weights": list(result.weights),
        "tune_ppl": None if math.isnan(result.perplexity) else result.perplexity,
        "member_tune_ppl": list(result.perplexities),
    }
