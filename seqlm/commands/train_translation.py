"""``train-translate``: its signature, and what it shows of its plan."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.new_folder import corpus_name, new_folder
from seqlm.commands.output import set_quiet
from seqlm.commands.resuming import folder_to_resume
from seqlm.commands.training_display import Shown, display, duration
from seqlm.config import (
    Precision,
    SourceAttention,
    TextOptions,
    TranslationArch,
    TranslationOptions,
)
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.recipes.prepare_pairs import PreparedPairs
    from seqlm.recipes.train_request import TranslationRequest
    from seqlm.recipes.translation_choices import TranslationChoices

_DEFAULT = TranslationOptions()
_OPEN = "[default: chosen from the pairs and the time]"
_EXAMPLE = "seqlm train-translate --source a.txt --target b.txt"


def train_translate(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="Pairs: source, tab, target; - for stdin."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Sentences, one a line; with --target.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Their translations, line for line.")] = None,
    valid_source: Annotated[
        str | None, typer.Option(help="Held-out sentences [default: every 20th pair].")
    ] = None,
    valid_target: Annotated[str | None, typer.Option(help="Their translations.")] = None,
    valid: Annotated[
        str | None, typer.Option(help="Held-out pairs with tabs, where FILE is given.")
    ] = None,
    out: shared.Out = None,
    arch: Annotated[
        TranslationArch, typer.Option(help="A recurrent network, or the transformer.")
    ] = _DEFAULT.arch,
    tokenizer: Annotated[
        str, typer.Option(metavar="word|char|unigram|bpe|FOLDER", help="How text becomes tokens.")
    ] = _DEFAULT.tokenizer,
    separate_vocabularies: Annotated[
        bool, typer.Option("--separate-vocabularies", help="One for each language.")
    ] = False,
    vocab_size: Annotated[
        int | None, typer.Option(help="Most tokens of vocabulary.", min=3)
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(help="Rarer words or characters become unknown.", min=1)
    ] = None,
    max_length: Annotated[
        int, typer.Option(help="Tokens; longer pairs are left out.", min=1, max=1023)
    ] = _DEFAULT.max_length,
    budget: shared.Budget = None,
    epochs: Annotated[
        float | None, typer.Option(help="How often the pairs are read.", min=1e-6)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Updates to make.", min=1)] = None,
    hidden_size: Annotated[
        int | None, typer.Option(help=f"Features of a token {_OPEN}.", min=1, max=1 << 16)
    ] = None,
    inner_size: Annotated[
        int | None,
        typer.Option(help="Inside a feed-forward network [default: 4 times that].", min=1),
    ] = None,
    num_heads: Annotated[
        int | None, typer.Option(help="Of attention [default: one for 32 features].", min=1)
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option(help="Of encoder and decoder [default: 3, recurrent 1].", min=1)
    ] = None,
    attention: Annotated[
        SourceAttention, typer.Option(help="Recurrent: how the source is looked at.")
    ] = _DEFAULT.attention,
    bidirectional: Annotated[
        bool | None,
        typer.Option(help="Recurrent: read from both ends [default: with attention]."),
    ] = None,
    input_feeding: Annotated[
        bool, typer.Option(help="Recurrent: each step sees what the last one gave.")
    ] = _DEFAULT.input_feeding,
    peeky: Annotated[
        bool, typer.Option("--peeky", help="Recurrent: each step sees the whole source's vector.")
    ] = False,
    reverse_source: Annotated[
        bool, typer.Option("--reverse-source", help="Read sources from their end.")
    ] = False,
    dropout: Annotated[float | None, typer.Option(help=f"{_OPEN}", min=0, max=0.95)] = None,
    label_smoothing: Annotated[
        float, typer.Option(help="Share of probability for all tokens.", min=0, max=0.95)
    ] = _DEFAULT.label_smoothing,
    batch_tokens: Annotated[
        int, typer.Option(help="Tokens in a batch, about.", min=1, max=1 << 20)
    ] = _DEFAULT.batch_tokens,
    learning_rate: Annotated[
        float | None,
        typer.Option("--lr", "--learning-rate", help=f"The highest {_OPEN}.", min=0),
    ] = None,
    weight_decay: Annotated[float, typer.Option(help="AdamW's.", min=0)] = _DEFAULT.weight_decay,
    clip: Annotated[
        float, typer.Option(help="Largest norm of a gradient.", min=1e-9)
    ] = _DEFAULT.clip,
    warmup_steps: Annotated[
        int, typer.Option(help="Steps that warm up.", min=0)
    ] = _DEFAULT.warmup_steps,
    precision: Annotated[Precision, typer.Option(help="Of the layers.")] = _DEFAULT.precision,
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
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Train a translation model on pairs of sentences.

    The pairs are two files, --source and --target, or one FILE with a tab in each line. The model
    folder's path goes to stdout. Without --budget, --epochs or --steps the length of the training
    follows from the number of pairs; the plan is shown first.
    """
    set_quiet(quiet)
    given = dict(locals())
    from seqlm.training.budget import parse_duration

    given["budget"] = None if budget is None else parse_duration(budget)
    options = TranslationOptions(
        **{field.name: given[field.name] for field in fields(TranslationOptions)}
    )
    if resume:
        request = _request_to_resume(out)
    else:
        request = _new_request(
            _paths(file, source, target, "--source FILE --target FILE"),
            _paths(valid, valid_source, valid_target, "--valid-source FILE --valid-target FILE"),
            out,
            options,
            TextOptions(encoding, errors, normalization),
            device,
            threads,
            force=force,
            dry_run=dry_run,
        )
    from seqlm.commands import started
    from seqlm.recipes.train_translation import train_translation_model

    with display(as_json=as_json, quiet=quiet, shown=TRANSLATION) as listener:
        train_translation_model(request, listener, dry_run=dry_run, resume=resume, started=started)


def _paths(file: str | None, source: str | None, target: str | None, both: str) -> tuple[str, ...]:
    """One path with both sides, or two; none where none is given."""
    if file is not None and (source or target):
        raise UsageError(f"pairs come from {file} or from {both}, not from all", _EXAMPLE)
    if (source is None) != (target is None):
        raise UsageError(f"two texts are needed: {both}", _EXAMPLE)
    if source is not None and target is not None:
        return (source, target)
    return () if file is None else (file,)


def _new_request(
    files: tuple[str, ...],
    valid: tuple[str, ...],
    out: str | None,
    options: TranslationOptions,
    text: TextOptions,
    device: str,
    threads: int | None,
    *,
    force: bool,
    dry_run: bool,
) -> TranslationRequest:
    """Check what can be checked before torch is imported: a wrong path answers at once."""
    from seqlm.data.pairs import PairedText

    if not files and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("train-translate needs pairs of sentences", _EXAMPLE)
    files = files or ("-",)
    PairedText(files, text)
    if valid:
        PairedText(valid, text)
    folder = new_folder(f"translate-{corpus_name(files[0])}", out, force=force or dry_run)

    from seqlm.recipes.train_request import TranslationRequest

    return TranslationRequest(files, valid, folder, text, options, device, threads)


def _request_to_resume(out: str | None) -> TranslationRequest:
    from seqlm.recipes.train_request import TRAIN_TRANSLATE, stored_request

    return stored_request(
        folder_to_resume(out, TRAIN_TRANSLATE), TRAIN_TRANSLATE, TranslationOptions
    )


def _plan_lines(
    request: TranslationRequest, prepared: PreparedPairs, choices: TranslationChoices, device: str
) -> list[str]:
    """Pairs, tokens, model, device and estimate, a line each."""
    options, plan = choices.options, choices.plan
    names = " and ".join("stdin" if name == "-" else name for name in request.files)
    held = " and ".join(request.valid) or prepared.facts["held_out"]
    pairs, left_out = prepared.train_pairs, prepared.facts["left_out"]
    shared = prepared.source is prepared.target
    sizes = {prepared.source.vocab_size, prepared.target.vocab_size}
    vocabulary = " and ".join(f"{size:,}" for size in sorted(sizes))
    looks = f", attention {options.attention}" if options.arch != "transformer" else ""
    return [
        f"pairs: {names}: {len(pairs):,} to train on, {left_out:,} left out; "
        f"held out: {held} ({len(prepared.valid_pairs):,} pairs)",
        f"tokens: {len(pairs.source):,} and {len(pairs.target):,}; {prepared.target.kind} "
        f"vocabulary of {vocabulary}, {'shared' if shared else 'one for each language'}",
        f"model: {options.arch}{looks}, {options.hidden_size} features, "
        f"{choices.parameters:,} parameters, dropout {options.dropout:g}, "
        f"learning rate {plan.learning_rate:g}",
        f"device: {device}, {choices.precision}",
        f"plan: {plan.steps:,} steps of about {options.batch_tokens:,} tokens, "
        f"{choices.epochs:.3g} epochs, about {duration(choices.seconds)}",
    ]


TRANSLATION = Shown(
    _plan_lines,
    ("seqlm translate test.txt", "seqlm translate test.txt | seqlm evaluate reference.txt"),
)
