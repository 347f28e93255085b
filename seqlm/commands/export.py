"""``export``: a model in another program's format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.output import flush, note, set_quiet, write_json, write_line

# The formats of seqlm.models.vector_formats, which needs numpy.
Format = Literal["word2vec-text", "word2vec-bin", "fasttext-vec", "npy", "projector"]


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model folder, or vectors.")],
    to: Annotated[Format, typer.Option("--to", help="The format.")],
    out: Annotated[str, typer.Option("-o", "--out", help="File to write; projector: a folder.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Write a model in another program's format; reading it back gives the same vectors.

    npy writes a matrix and, beside it, the words; the paths that were written go to stdout.
    """
    set_quiet(quiet)
    from seqlm.models.vector_formats import write_vectors
    from seqlm.recipes.vector_folder import load_vectors

    vectors = load_vectors(Path(model))
    for text in vectors.remarks:
        note(f"note: {text}")
    for path in write_vectors(vectors, Path(out), to, force=force):
        if as_json:
            write_json({"file": str(path), "format": to, "bytes": path.stat().st_size})
        else:
            write_line(str(path))
    flush()
