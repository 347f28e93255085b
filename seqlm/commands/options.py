"""Option types that several commands share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

from seqlm.config import Errors, Normalization

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILE]...", help="Files, folders or globs; - or a pipe for stdin."),
]
TrainingFiles = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE...", help="Text: files, folders or globs; - for stdin."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "-m", "--model", help="Model folder [default: $SEQLM_MODEL, else the newest in models/]."
    ),
]
Out = Annotated[
    str | None, typer.Option("-o", "--out", help="Where the model goes [default: models/...].")
]
Device = Annotated[
    str,
    typer.Option("-d", "--device", metavar="auto|cpu|cuda|cuda:N|mps", help="Where to compute."),
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0, max=2**32 - 1)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="Leave out the line of column names.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but errors.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a finished model in that folder.")]
Threads = Annotated[int | None, typer.Option(help="Threads [default: all cores].", min=1, max=1024)]
Budget = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Wall-clock time for the whole training: 90s, 10m, 2h."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the training in that folder.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the plan and the estimate, and stop.")
]
Encoding = Annotated[
    str, typer.Option(help="How the bytes of the text are read: cp949, latin-1, ...")
]
DecodeErrors = Annotated[
    Errors,
    typer.Option(
        "--errors", help="A byte that cannot be read: stop, U+FFFD, or leave out its line."
    ),
]
Normalize = Annotated[
    Normalization, typer.Option("--normalization", help="Unicode form of the text.")
]
VectorDim = Annotated[int, typer.Option(help="Numbers in a vector.", min=1, max=4096)]
Window = Annotated[int, typer.Option(help="How far two words may be apart.", min=1, max=255)]
MinCount = Annotated[int, typer.Option(help="Rarer words are left out.", min=1)]
Subsample = Annotated[
    float, typer.Option(help="Share above which a word is thinned out; 0: none.", min=0, max=1)
]
Lowercase = Annotated[bool, typer.Option("--lowercase", help="Read the text in lower case.")]
