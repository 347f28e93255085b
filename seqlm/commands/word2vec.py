"""``train-word2vec``: its signature, and what it shows."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.new_folder import corpus_name, new_folder
from seqlm.commands.output import flush, note, set_quiet, write_json, write_line
from seqlm.commands.resuming import folder_to_resume
from seqlm.commands.standard_streams import from_keyboard
from seqlm.commands.training_display import duration
from seqlm.config import TextOptions, Word2VecOptions
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.data.word_counts import WordIds
    from seqlm.recipes.word2vec_records import Word2VecRequest
    from seqlm.training.chunks import ChunkPlan

_DEFAULT = Word2VecOptions()


def train_word2vec(
    files: shared.TrainingFiles = None,
    out: shared.Out = None,
    arch: Annotated[
        Literal["skipgram", "cbow"], typer.Option(help="Predict the neighbours, or from them.")
    ] = _DEFAULT.arch,
    dim: shared.VectorDim = _DEFAULT.dim,
    window: shared.Window = _DEFAULT.window,
    negative: Annotated[
        int, typer.Option(help="Words that each pair is told apart from.", min=1, max=100)
    ] = _DEFAULT.negative,
    subsample: shared.Subsample = _DEFAULT.subsample,
    min_count: shared.MinCount = _DEFAULT.min_count,
    max_words: Annotated[
        int | None, typer.Option(help="The most words of vocabulary.", min=2)
    ] = _DEFAULT.max_words,
    epochs: Annotated[
        int, typer.Option(help="How often the text is read.", min=1, max=100_000)
    ] = _DEFAULT.epochs,
    budget: shared.Budget = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--lr", "--learning-rate", help="The first [default: 0.025, cbow 0.05].", min=1e-9
        ),
    ] = _DEFAULT.learning_rate,
    lowercase: shared.Lowercase = _DEFAULT.lowercase,
    phrases: Annotated[
        bool, typer.Option("--phrases", help="Join pairs that often stand together: new_york.")
    ] = _DEFAULT.phrases,
    phrase_threshold: Annotated[
        float, typer.Option(help="How much oftener than by chance.", min=0)
    ] = _DEFAULT.phrase_threshold,
    subwords: Annotated[
        bool, typer.Option("--subwords", help="Vectors for unknown words too, from their parts.")
    ] = _DEFAULT.subwords,
    min_part: Annotated[
        int, typer.Option(help="Letters of the shortest part.", min=1, max=64)
    ] = _DEFAULT.min_part,
    max_part: Annotated[
        int, typer.Option(help="Letters of the longest part.", min=1, max=64)
    ] = _DEFAULT.max_part,
    jamo: Annotated[
        bool, typer.Option("--jamo", help="Parts of Hangul are of jamo, three a syllable.")
    ] = _DEFAULT.jamo,
    buckets: Annotated[
        int, typer.Option(help="Most rows that parts share.", min=1, max=2**31 - 1)
    ] = _DEFAULT.buckets,
    seed: shared.Seed = _DEFAULT.seed,
    threads: shared.Threads = None,
    device: shared.Device = "auto",
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    normalization: shared.Normalize = TextOptions.normalization,
    resume: shared.Resume = False,
    force: shared.Force = False,
    dry_run: shared.DryRun = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Learn word vectors with word2vec: skip-gram or CBOW with negative sampling.

    The model folder's path goes to stdout. With --threads 1 the same seed gives the same bytes.
    """
    set_quiet(quiet)
    given = dict(locals())
    from seqlm.training.budget import parse_duration

    given["budget"] = None if budget is None else parse_duration(budget)
    given["subwords"] = subwords or jamo
    options = Word2VecOptions(**{item.name: given[item.name] for item in fields(Word2VecOptions)})
    if min_part > max_part:
        raise UsageError(
            f"--min-part {min_part} is more than --max-part {max_part}", f"--max-part {min_part}"
        )
    if device.startswith("cuda") and options.subwords:
        raise UsageError("parts of words are not learnt on a GPU", "--device cpu")
    if resume:
        request = _request_to_resume(out)
    else:
        text = TextOptions(encoding, errors, normalization)
        request = _new_request(
            files or [], out, text, options, threads, device, force=force, dry_run=dry_run
        )

    from seqlm.commands import started
    from seqlm.recipes.train_word2vec import train_word2vec as train

    display = _Display(as_json)
    done = train(request, display, resume=resume, dry_run=dry_run, started=started)
    if dry_run:
        return
    note(f"next: seqlm neighbors -m {request.folder} {done.example}")
    if as_json:
        write_json({"model": str(request.folder), "seconds": round(done.seconds, 3)})
    else:
        write_line(str(request.folder))
    flush()


def _new_request(
    files: list[str],
    out: str | None,
    text: TextOptions,
    options: Word2VecOptions,
    threads: int | None,
    device: str,
    *,
    force: bool,
    dry_run: bool,
) -> Word2VecRequest:
    """Check what can be checked before anything heavy is imported."""
    from seqlm.data.corpus import Corpus
    from seqlm.recipes.word2vec_records import Word2VecRequest

    if not files and from_keyboard():
        raise UsageError("train-word2vec needs a text", "seqlm train-word2vec corpus.txt")
    files = files or ["-"]
    Corpus(files, text)
    folder = new_folder(f"vectors-{corpus_name(files[0])}", out, force=force or dry_run)
    return Word2VecRequest(tuple(files), folder, text, options, threads or _cores(), device)


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _request_to_resume(out: str | None) -> Word2VecRequest:
    from seqlm.recipes.word2vec_records import read_request

    return read_request(folder_to_resume(out, "train-word2vec"))


class _Display:
    """One plain line an evaluation on stderr, and with ``--json`` an object on stdout."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def note(self, text: str) -> None:
        note(text)

    def planned(self, text: WordIds, plan: ChunkPlan, seconds: float | None) -> None:
        note(
            f"corpus: {text.num_words:,} words, {text.num_different:,} different; "
            f"{len(text.words):,} have vectors; {int((text.held_out >= 0).sum()):,} held out"
        )
        about = "" if seconds is None else f", about {duration(seconds)}"
        note(f"plan: {plan.total / plan.per_epoch:.3g} epochs{about}")

    def evaluated(self, record: dict[str, Any], epochs: float) -> None:
        held = "" if record["valid_loss"] is None else f"held-out {record['valid_loss']:.4f}  "
        note(
            f"epoch {record['epoch']:g}/{epochs:.3g}  loss {record['train_loss']:.4f}  {held}"
            f"{record['tokens_per_second']:,} words/s"
        )
        if self._as_json:
            write_json(record)
            flush()
