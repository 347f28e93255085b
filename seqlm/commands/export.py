"""``export``: a model in another program's format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.output import flush, note, set_quiet, write_json, write_line
from seqlm.config import ExportFormat, Quantization


def export(
    to: Annotated[ExportFormat, typer.Option("--to", help="The format.")],
    path: Annotated[
        str | None,
        typer.Argument(metavar="[MODEL]", help="A model folder, vectors, or an ARPA file."),
    ] = None,
    model: shared.Model = None,
    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            help="File to write, or folder [default: here, by the model's name]; gzip: FILE.gz.",
        ),
    ] = None,
    quantization: Annotated[
        Quantization, typer.Option(help="Of the weights, with --to ctranslate2.")
    ] = "none",
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Write a model in another program's format; the paths that were written go to stdout.

    Vectors: word2vec-text, word2vec-bin, fasttext-vec, npy, projector. N-gram models: arpa, and
    seqlm makes a model folder of an ARPA file. Networks: onnx. Translating transformers: hf,
    ctranslate2.
    """
    set_quiet(quiet)
    from seqlm.model_folder import find_model
    from seqlm.recipes.export import export_model, kind_for

    chosen = Path(path) if path else find_model(model, (kind_for(to),))
    if not path:
        note(f"model: {chosen}")
    target = Path(out) if out else None
    written, remarks = export_model(chosen, to, target, quantization=quantization, force=force)
    for text in remarks:
        note(f"note: {text}")
    for file in written:
        if as_json:
            write_json({"file": str(file), "format": to, "bytes": file.stat().st_size})
        else:
            write_line(str(file))
    flush()
