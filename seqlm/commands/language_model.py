"""``train-lm``: its signature; and the language model that a command is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from seqlm.commands import options as shared
from seqlm.commands.new_folder import corpus_name, new_folder
from seqlm.commands.output import note, set_quiet
from seqlm.commands.resuming import folder_to_resume
from seqlm.commands.settings import was_given
from seqlm.commands.standard_streams import from_keyboard
from seqlm.config import Arch, LanguageModelOptions, Loss, Precision, Preset, TextOptions
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.recipes.text_model import TextModel
    from seqlm.recipes.text_scores import TextScores
    from seqlm.recipes.train_request import TrainRequest
    from seqlm.recipes.writing import TextWriter

_DEFAULT = LanguageModelOptions()
Opened = TypeVar("Opened", "TextModel", "TextScores", "TextWriter")
_OPEN = "[default: chosen from the text and the time]"


def train_lm(
    call: typer.Context,
    files: shared.TrainingFiles = None,
    valid: Annotated[
        list[str] | None, typer.Option(help="Held-out text [default: every 20th line of FILE].")
    ] = None,
    out: shared.Out = None,
    arch: Annotated[
        Arch,
        typer.Option(help="The network, or counted n-grams; auto mixes the best of both."),
    ] = _DEFAULT.arch,
    members: Annotated[
        int | None,
        typer.Option(help="Networks trained side by side and mixed.", min=1, max=11),
    ] = None,
    preset: Annotated[
        Preset | None,
        typer.Option(help="What the literature published; flags go before it.", metavar="NAME"),
    ] = None,
    order: Annotated[
        int | None, typer.Option(help="Longest n-gram [default: 5, characters 10].", min=1, max=16)
    ] = None,
    tokenizer: Annotated[
        str, typer.Option(metavar="word|char|unigram|bpe|FOLDER", help="How text becomes tokens.")
    ] = _DEFAULT.tokenizer,
    vocab_size: Annotated[
        int | None, typer.Option(help="Most tokens of vocabulary.", min=3)
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(help="Rarer words or characters become unknown.", min=1)
    ] = None,
    budget: shared.Budget = None,
    epochs: Annotated[
        float | None, typer.Option(help="How often the text is read.", min=1e-6)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Updates to make.", min=1)] = None,
    hidden_size: Annotated[
        int | None, typer.Option(help=f"Features of a layer {_OPEN}.", min=1, max=1 << 16)
    ] = None,
    embedding_size: Annotated[
        int | None,
        typer.Option(help="Features of a token [default: as the layers].", min=1, max=1 << 16),
    ] = None,
    embeddings: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Word vectors that the first layer starts from."),
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option(help="Layers [default: 1, transformer 4].", min=1, max=64)
    ] = _DEFAULT.num_layers,
    context: Annotated[
        int | None,
        typer.Option(
            help="Tokens that a window (5) or a transformer's layer (64) sees.", min=1, max=1024
        ),
    ] = _DEFAULT.context,
    num_heads: Annotated[
        int | None, typer.Option("--heads", help="Of a transformer's attention.", min=1, max=1024)
    ] = _DEFAULT.num_heads,
    tied: Annotated[bool, typer.Option(help="The output layer is the embedding.")] = _DEFAULT.tied,
    skip: Annotated[
        bool, typer.Option(help="Layers add their input to their output.")
    ] = _DEFAULT.skip,
    dropout: Annotated[float | None, typer.Option(help=f"{_OPEN}", min=0, max=0.95)] = None,
    narrow_last: Annotated[
        bool, typer.Option(help="The last recurrent layer is as wide as the embedding.")
    ] = _DEFAULT.narrow_last,
    input_dropout: Annotated[
        float | None, typer.Option(help="Of what goes in [default: the same].", min=0, max=0.95)
    ] = None,
    hidden_dropout: Annotated[
        float | None, typer.Option(help="Between layers [default: the same].", min=0, max=0.95)
    ] = None,
    embedding_dropout: Annotated[
        float, typer.Option(help="Of whole words.", min=0, max=0.95)
    ] = _DEFAULT.embedding_dropout,
    weight_drop: Annotated[
        float | None, typer.Option(help=f"Of recurrent weights {_OPEN}.", min=0, max=0.95)
    ] = None,
    activation_penalty: Annotated[
        float | None,
        typer.Option(help=f"Weight of the features' mean square in the loss {_OPEN}.", min=0),
    ] = None,
    slowness_penalty: Annotated[
        float | None,
        typer.Option(help=f"The same of their change from token to token {_OPEN}.", min=0),
    ] = None,
    batch_size: Annotated[
        int, typer.Option(help="Rows of text side by side.", min=1, max=1 << 16)
    ] = _DEFAULT.batch_size,
    chunk_length: Annotated[
        int, typer.Option(help="Tokens that gradients flow back through.", min=1, max=1 << 16)
    ] = _DEFAULT.chunk_length,
    learning_rate: Annotated[
        float | None,
        typer.Option("--lr", "--learning-rate", help=f"The highest {_OPEN}.", min=0),
    ] = None,
    weight_decay: Annotated[float, typer.Option(help="AdamW's.", min=0)] = _DEFAULT.weight_decay,
    clip: Annotated[
        float, typer.Option(help="Largest norm of a gradient.", min=1e-9)
    ] = _DEFAULT.clip,
    warmup: Annotated[
        float, typer.Option(help="Share of the steps that warm up.", min=0, max=1)
    ] = _DEFAULT.warmup,
    loss: Annotated[
        Loss, typer.Option(help="Softmax over all tokens, or over a sample.")
    ] = _DEFAULT.loss,
    samples: Annotated[
        int, typer.Option(help="Draws of a sampled loss.", min=1)
    ] = _DEFAULT.samples,
    precision: Annotated[
        Precision, typer.Option(help="Of the matrix products.")
    ] = _DEFAULT.precision,
    patience: Annotated[
        int, typer.Option(help="Evaluations without a better one before it stops; 0: never.", min=0)
    ] = _DEFAULT.patience,
    seed: shared.Seed = _DEFAULT.seed,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    normalization: shared.Normalize = "NFC",
    resume: shared.Resume = False,
    force: shared.Force = False,
    dry_run: shared.DryRun = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show each layer and why each choice was made; or the n-grams."
        ),
    ] = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Train a language model on text.

    The model folder's path goes to stdout. Without --budget, --epochs or --steps the length of the
    training follows from the size of the text; the plan is shown first.
    """
    set_quiet(quiet)
    given = {
        name: value
        for name, value in locals().items()
        if name in LanguageModelOptions.__dataclass_fields__ and was_given(call, name)
    }
    from seqlm.recipes.presets import with_preset
    from seqlm.recipes.shape_choices import settle_shape
    from seqlm.training.budget import parse_duration

    if budget is not None:
        given["budget"] = parse_duration(budget)
    if embeddings is not None:
        given["embeddings"] = str(Path(embeddings).absolute())
    settled = with_preset(preset, given)

    settle_shape(settled)  # what does not go together is said before anything is read
    if resume:
        request = _request_to_resume(out)
    else:
        request = _new_request(
            files or [],
            valid or [],
            out,
            settled,
            TextOptions(encoding, errors, normalization),
            device,
            threads,
            force=force,
            dry_run=dry_run,
        )
    from seqlm.commands import started
    from seqlm.commands.training_display import EXPLAINED, LANGUAGE_MODEL, display, ngram_lines

    shown = EXPLAINED if explain else LANGUAGE_MODEL
    with display(as_json=as_json, quiet=quiet, shown=shown) as listener:
        from seqlm.recipes.train_lm import train_lm as train

        result = train(request, listener, dry_run=dry_run, resume=resume, started=started)
        if explain and result.folder is not None and request.options.arch == "ngram":
            from seqlm.model_folder import open_model

            for line in ngram_lines(open_model(result.folder).config):
                note(line)


def _new_request(
    files: list[str],
    valid: list[str],
    out: str | None,
    settled: LanguageModelOptions,
    text: TextOptions,
    device: str,
    threads: int | None,
    *,
    force: bool,
    dry_run: bool,
) -> TrainRequest:
    """Check what can be checked before torch is imported: a wrong path answers at once."""
    from seqlm.data.corpus import Corpus

    if not files and from_keyboard():
        raise UsageError("train-lm needs a text", "seqlm train-lm corpus.txt")
    files = files or ["-"]
    Corpus(files, text)
    if valid:
        Corpus(valid, text)
    folder = new_folder(f"lm-{corpus_name(files[0])}", out, force=force or dry_run)

    from seqlm.recipes.train_request import TrainRequest

    return TrainRequest(tuple(files), tuple(valid), folder, text, settled, device, threads)


def _request_to_resume(out: str | None) -> TrainRequest:
    from seqlm.recipes.train_request import TRAIN_LM, read_request

    return read_request(folder_to_resume(out, TRAIN_LM))


def open_language_model(model: str | None, device: str, threads: int | None = None) -> TextModel:
    """Find the model, say which one it is, load it."""
    from seqlm.recipes.loading import load_language_model

    return _open(load_language_model, model, device, threads)


def open_scores(model: str | None, device: str, threads: int | None = None) -> TextScores:
    """As ``open_language_model``; a mixture that gives probabilities of lines only will do."""
    from seqlm.recipes.loading import load_scores

    return _open(load_scores, model, device, threads)


def open_writer(model: str | None, device: str, threads: int | None = None) -> TextWriter:
    """As ``open_language_model``, to write with alone."""
    from seqlm.recipes.loading import load_writer

    return _open(load_writer, model, device, threads)


def _open(
    load: Callable[[Path, str], Opened], model: str | None, device: str, threads: int | None
) -> Opened:
    from seqlm.model_folder import find_model

    path = find_model(model, ("language-model",))
    loaded = load(path, device)
    if loaded.needs_torch:
        from seqlm.device import set_threads

        set_threads(threads)
    note(f"model: {path}")
    return loaded
