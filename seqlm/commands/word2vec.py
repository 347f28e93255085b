"""``train-word2vec``: its signature, and what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.language_model import corpus_name
from seqlm.commands.output import flush, note, set_quiet, write_json, write_line
from seqlm.config import TextOptions, Word2VecOptions

_DEFAULT = Word2VecOptions()


def train_word2vec(
    files: shared.TrainingFiles = None,
    out: shared.Out = None,
    arch: Annotated[
        Literal["skipgram", "cbow"], typer.Option(help="Predict the neighbours, or from them.")
    ] = _DEFAULT.arch,
    dim: Annotated[int, typer.Option(help="Numbers in a vector.", min=1, max=4096)] = _DEFAULT.dim,
    window: Annotated[
        int, typer.Option(help="How far two words may be apart.", min=1, max=255)
    ] = _DEFAULT.window,
    negative: Annotated[
        int, typer.Option(help="Words that each pair is told apart from.", min=1, max=100)
    ] = _DEFAULT.negative,
    subsample: Annotated[
        float, typer.Option(help="Share above which a word is thinned out; 0: none.", min=0)
    ] = _DEFAULT.subsample,
    min_count: Annotated[
        int, typer.Option(help="Rarer words are left out.", min=1)
    ] = _DEFAULT.min_count,
    epochs: Annotated[
        int, typer.Option(help="How often the text is read.", min=1)
    ] = _DEFAULT.epochs,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--lr", "--learning-rate", help="The first [default: 0.025, cbow 0.05].", min=0
        ),
    ] = _DEFAULT.learning_rate,
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Read the text in lower case.")
    ] = _DEFAULT.lowercase,
    seed: shared.Seed = _DEFAULT.seed,
    threads: shared.Threads = None,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    normalization: shared.Normalize = TextOptions.normalization,
    force: shared.Force = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Learn word vectors with word2vec: skip-gram or CBOW with negative sampling.

    The model folder's path goes to stdout. With --threads 1 the same seed gives the same bytes.
    """
    set_quiet(quiet)
    options = Word2VecOptions(
        arch, dim, window, negative, subsample, min_count, epochs, learning_rate, lowercase, seed
    )
    from seqlm.data.corpus import Corpus
    from seqlm.model_folder import free_folder

    corpus = Corpus(files or [], TextOptions(encoding, errors, normalization), spool=True)
    wanted = Path(out) if out else Path("models") / f"vectors-{corpus_name((files or ['-'])[0])}"
    folder = free_folder(wanted, chosen=out is not None, force=force)
    if folder != wanted:
        note(f"{wanted} is there already: these vectors go to {folder}")

    from seqlm.recipes.train_word2vec import train_word2vec as train

    def show(record: dict[str, Any]) -> None:
        held = f"held-out {record['valid_loss']:.4f}  " if record["valid_loss"] else ""
        note(
            f"epoch {record['epoch']:g}/{epochs}  loss {record['train_loss']:.4f}  {held}"
            f"{record['tokens_per_second']:,} words/s"
        )
        if as_json:
            write_json(record)
            flush()

    done = train(corpus, options, folder, threads=threads, on_note=note, on_record=show)
    for text in done.notes:
        note(f"note: {text}")
    note(f"next: seqlm neighbors -m {folder} {done.example}")
    if as_json:
        write_json({"model": str(folder), "seconds": round(done.seconds, 3)})
    else:
        write_line(str(folder))
    flush()
