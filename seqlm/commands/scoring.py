"""``perplexity`` and ``score``: signatures, and what they show."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.adaptation import (
    Adaptation,
    Cache,
    CacheHorizon,
    CacheTheta,
    CacheTune,
    CacheWeight,
    Dynamic,
    DynamicRate,
)
from seqlm.commands.output import Table, flush, note, set_quiet
from seqlm.config import TextOptions
from seqlm.errors import CheckFailed, InputError

Context = Annotated[
    Literal["stream", "line"],
    typer.Option(help="stream: the state runs on from line to line; line: each starts afresh."),
]
BatchSize = Annotated[int, typer.Option(help="Lines at once with --context line.", min=1)]
ChunkLength = Annotated[int, typer.Option(help="Tokens read at once.", min=1)]


def perplexity(
    files: shared.Files = None,
    model: shared.Model = None,
    context: Context = "stream",
    cache: Cache = None,
    cache_theta: CacheTheta = None,
    cache_weight: CacheWeight = None,
    cache_horizon: CacheHorizon = None,
    tune: CacheTune = None,
    dynamic: Dynamic = False,
    dynamic_rate: DynamicRate = None,
    fail_above: Annotated[
        float | None,
        typer.Option(help="Exit with 3 if a file's perplexity per token is higher."),
    ] = None,
    batch_size: BatchSize = 32,
    chunk_length: ChunkLength = 256,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Measure how well a language model predicts text: a row for each file.

    ppl_token divides by tokens + lines, ppl_word by words + lines, bits_per_byte by the raw UTF-8
    bytes: the last two compare models with different tokenizers.
    """
    set_quiet(quiet)
    adaptation = Adaptation(
        cache, cache_theta, cache_weight, cache_horizon, tune, dynamic, dynamic_rate
    )
    adaptation.check(context)
    from seqlm.data.corpus import Corpus, ReadReport

    text = TextOptions(encoding, errors, "none")
    Corpus(files or [], text)
    loaded, adapted = adaptation.open_model(model, device, threads, text)
    corpus = Corpus(files or [], TextOptions(encoding, errors, loaded.tokenizer.normalization))

    from seqlm.evaluation import Figures, Tally

    table = Table(("file", *Figures._fields, *adapted), as_json=as_json, header=not no_header)
    highest = 0.0
    for source in corpus.sources:
        tally, report = Tally(), ReadReport()
        blocks = source.blocks(report)
        for scored in loaded.scored(
            blocks, context=context, batch_size=batch_size, chunk_length=chunk_length
        ):
            tally.add(scored)
        figures = tally.figures()
        if not figures.lines:
            raise InputError(f"{source.name} has no text", "a file with at least one line")
        for remark in report.remarks():
            note(f"{source.name}: {remark}")
        highest = max(highest, figures.ppl_token)
        table.row({"file": source.name, **figures._asdict(), **adapted})
    table.close()
    if fail_above is not None and highest > fail_above:
        raise CheckFailed(
            f"the perplexity {highest:.4g} is above {fail_above:g}", "seqlm score --per word FILE"
        )


def score(
    files: shared.Files = None,
    model: shared.Model = None,
    per: Annotated[
        Literal["line", "word", "token"], typer.Option(help="A row for each of these.")
    ] = "line",
    context: Context = "stream",
    cache: Cache = None,
    cache_theta: CacheTheta = None,
    cache_weight: CacheWeight = None,
    cache_horizon: CacheHorizon = None,
    tune: CacheTune = None,
    dynamic: Dynamic = False,
    dynamic_rate: DynamicRate = None,
    batch_size: BatchSize = 32,
    chunk_length: ChunkLength = 256,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Give the log-probability of each line, word or token; surprisal is in bits.

    The values of a line's words, or tokens, sum to the line's; the end of the line is the last of
    them, with the text </s>.
    """
    set_quiet(quiet)
    adaptation = Adaptation(
        cache, cache_theta, cache_weight, cache_horizon, tune, dynamic, dynamic_rate
    )
    adaptation.check(context)
    from seqlm.data.corpus import Corpus

    text = TextOptions(encoding, errors, "none")
    Corpus(files or [], text)
    loaded, adapted = adaptation.open_model(model, device, threads, text, lines=per == "line")
    corpus = Corpus(files or [], TextOptions(encoding, errors, loaded.tokenizer.normalization))

    from seqlm.commands.scores import COLUMNS, rows

    table = Table((*COLUMNS[per], *adapted), as_json=as_json, header=not no_header, aligned=False)
    scored = loaded.scored(
        corpus.blocks(), context=context, batch_size=batch_size, chunk_length=chunk_length
    )
    for block in rows(scored, loaded.tokenizer, per):
        for row in block:
            table.row(row | adapted)
        flush()
    table.close()
    for remark in corpus.report.remarks():
        note(remark)
