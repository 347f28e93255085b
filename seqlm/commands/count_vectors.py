"""``train-count-vectors``: its signature, and what it shows."""

from __future__ import annotations

from typing import Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.new_folder import corpus_name, new_folder
from seqlm.commands.output import flush, note, set_quiet, write_json, write_line
from seqlm.config import CountVectorOptions, TextOptions, Weighting

_DEFAULT = CountVectorOptions()


def train_count_vectors(
    files: shared.TrainingFiles = None,
    out: shared.Out = None,
    dim: shared.VectorDim = _DEFAULT.dim,
    window: shared.Window = _DEFAULT.window,
    weighting: Annotated[
        Weighting, typer.Option(help="Near pairs count more, as word2vec's; or all the same.")
    ] = _DEFAULT.weighting,
    min_count: shared.MinCount = _DEFAULT.min_count,
    subsample: shared.Subsample = _DEFAULT.subsample,
    shift: Annotated[
        float, typer.Option(help="k of the shifted PMI; 1: none.", min=1e-6)
    ] = _DEFAULT.shift,
    smoothing: Annotated[
        float, typer.Option(help="Exponent of the contexts' counts.", min=0, max=1)
    ] = _DEFAULT.smoothing,
    eigenvalues: Annotated[
        float, typer.Option(help="Exponent of the singular values.", min=0, max=1)
    ] = _DEFAULT.eigenvalues,
    iterations: Annotated[
        int, typer.Option(help="Of the randomised SVD.", min=0, max=100)
    ] = _DEFAULT.iterations,
    lowercase: shared.Lowercase = _DEFAULT.lowercase,
    seed: shared.Seed = _DEFAULT.seed,
    threads: shared.Threads = None,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    normalization: shared.Normalize = TextOptions.normalization,
    force: shared.Force = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Make word vectors by counting: co-occurrences, PPMI, truncated SVD.

    The model folder's path goes to stdout.
    """
    set_quiet(quiet)
    options = CountVectorOptions(
        dim, window, weighting, min_count, subsample, shift, smoothing, eigenvalues, iterations,
        lowercase, seed,
    )  # fmt: skip
    from seqlm.data.corpus import Corpus

    corpus = Corpus(files or [], TextOptions(encoding, errors, normalization), spool=True)
    folder = new_folder(f"vectors-{corpus_name((files or ['-'])[0])}", out, force=force)

    from seqlm.device import set_threads
    from seqlm.recipes.train_count_vectors import train_count_vectors as train

    set_threads(threads)
    done = train(corpus, options, folder, lambda stage: note(f"{stage} ..."))
    for text in done.notes:
        note(f"note: {text}")
    note(f"next: seqlm neighbors -m {folder} {done.example}")
    if as_json:
        write_json({"model": str(folder), **done.figures})
    else:
        write_line(str(folder))
    flush()
