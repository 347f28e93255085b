"""``translate``: its signature, and lines as they are translated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.attention_display import AttentionWish
from seqlm.commands.output import (
    Table,
    flush,
    note,
    on_terminal,
    set_quiet,
    write_json,
    write_line,
)
from seqlm.commands.standard_streams import from_keyboard
from seqlm.config import DecodingOptions, Engine, Quantization, TextOptions
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.data.corpus import Corpus
    from seqlm.recipes.translator import Translated, Translator

_DEFAULT = DecodingOptions()
_KEYS = ("line", "source", "rank", "text", "score")


def translate(
    files: shared.Files = None,
    model: shared.Model = None,
    beam: Annotated[
        int | None,
        typer.Option(help="Hypotheses of the search; 1: greedy [default: 5].", min=1, max=1000),
    ] = None,
    length_penalty: Annotated[
        float, typer.Option(help="0: by probability, favours short ones; 1: per token.")
    ] = _DEFAULT.length_penalty,
    nbest: Annotated[
        int, typer.Option(help="Translations of each line, as a table.", min=1, max=1000)
    ] = _DEFAULT.nbest,
    max_length: Annotated[
        int | None,
        typer.Option(help="Most tokens of one [default: twice the source's and 20].", min=1),
    ] = _DEFAULT.max_length,
    sample: Annotated[bool, typer.Option("--sample", help="Draw instead of searching.")] = False,
    temperature: Annotated[
        float, typer.Option(help="Of the draws: below 1 bolder, above 1 wilder.", min=0)
    ] = _DEFAULT.temperature,
    top_k: Annotated[
        int, typer.Option(help="Draw from the k most probable tokens; 0: all.", min=0)
    ] = _DEFAULT.top_k,
    top_p: Annotated[
        float, typer.Option(help="Draw from the tokens that hold this probability.", min=0, max=1)
    ] = _DEFAULT.top_p,
    min_p: Annotated[
        float,
        typer.Option(help="Draw from tokens this share as probable as the best.", min=0, max=1),
    ] = _DEFAULT.min_p,
    score: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Score these translations instead, line by line."),
    ] = None,
    attention: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write where it looked in the first line: .json, .svg, .png; - shows it.",
        ),
    ] = None,
    layer: Annotated[
        int | None, typer.Option(help="Of the attention, from 1 [default: the mean].")
    ] = None,
    head: Annotated[
        int | None, typer.Option(help="Of the attention, from 1 [default: the mean].")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="What computes; ctranslate2 is for transformers on a CPU.")
    ] = "torch",
    quantization: Annotated[
        Quantization, typer.Option(help="ctranslate2 only: int8 is faster, and a little less good.")
    ] = "none",
    batch_size: Annotated[
        int, typer.Option(help="Lines at once.", min=1, max=1 << 16)
    ] = _DEFAULT.batch_size,
    seed: shared.Seed = _DEFAULT.seed,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Translate: one line for one line, in order, empty ones included, as they are done.

    With --nbest, or --score, a table. A score is the natural logarithm of the probability of the
    whole translation, its end included; --length-penalty settles the order alone.
    """
    set_quiet(quiet)
    _check_choices(beam, nbest, sample, score, engine, quantization)
    if score is not None and attention is not None:
        raise UsageError("--score shows no attention", "seqlm translate FILE --attention FILE")
    options = DecodingOptions(
        beam=beam or _DEFAULT.beam,
        length_penalty=length_penalty,
        nbest=nbest,
        max_length=max_length,
        batch_size=batch_size,
        sample=sample,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        seed=seed,
    )
    wish = None if attention is None else AttentionWish(attention, layer, head)
    talking = not files and score is None and from_keyboard() and on_terminal()
    from seqlm.data.corpus import Corpus

    if not talking:
        Corpus(files or [], TextOptions(encoding, errors, "none"))
    if score is not None:
        Corpus([score], TextOptions(encoding, errors, "none"))
    if wish:
        wish.check()
    translator = open_translator(model, device, threads, engine, quantization)
    source = TextOptions(encoding, errors, translator.loaded.source.normalization)
    corpus = Corpus(files or ["-"], source)
    if score is not None:
        target = TextOptions(encoding, errors, translator.loaded.target.normalization)
        _show_scores(translator, corpus, Corpus([score], target), as_json, not no_header)
        return
    if talking:
        note("type a line to translate; Ctrl-D ends")
    _show(translator, corpus, options, wish, as_json, not no_header)


def _check_choices(
    beam: int | None,
    nbest: int,
    sample: bool,
    score: str | None,
    engine: Engine,
    quantization: Quantization,
) -> None:
    """Refuse what does not go together.

    Raises:
        UsageError: says what.
    """
    if sample and beam is not None:
        raise UsageError("--sample draws, --beam searches", "seqlm translate --sample")
    if score is not None and (sample or nbest > 1 or beam is not None):
        raise UsageError(
            "--score scores what is given: nothing is searched", "seqlm translate FILE --score FILE"
        )
    if engine == "ctranslate2" and (sample or score is not None):
        raise UsageError(
            "--engine ctranslate2 searches: it neither samples nor scores here",
            "the same command without --engine",
        )
    if engine == "torch" and quantization != "none":
        raise UsageError(
            "--quantization is the other engine's", "seqlm translate --engine ctranslate2"
        )


def open_translator(
    model: str | None,
    device: str,
    threads: int | None = None,
    engine: Engine = "torch",
    quantization: Quantization = "none",
) -> Translator:
    """Find the model, say which one it is, load it."""
    from seqlm.model_folder import find_model

    path = find_model(model, ("translation",))
    from seqlm.device import keep_freed_memory, set_threads
    from seqlm.recipes.translation_folder import load_translation
    from seqlm.recipes.translator import Translator

    keep_freed_memory()
    number = set_threads(threads)
    loaded = load_translation(path, device)
    note(f"model: {path}")
    if engine == "torch":
        return Translator(loaded)
    from seqlm.recipes.ctranslate2_engine import open_engine

    return Translator(loaded, open_engine(loaded, quantization, number))


def _show(
    translator: Translator,
    corpus: Corpus,
    options: DecodingOptions,
    wish: AttentionWish | None,
    as_json: bool,
    header: bool,
) -> None:
    """The translations of each line, written as they are done."""
    from seqlm.data.corpus import line_blocks

    table = None
    if options.nbest > 1 and not as_json:
        table = Table(("line", "rank", "score", "text"), header=header, aligned=False)
    first = 1
    for done in translator.translations(line_blocks(corpus), options):
        for record in _records(done, first):
            if as_json:
                write_json(record)
            elif table:
                table.row(record)
            else:
                write_line(str(record["text"]))
        flush()
        if wish:
            wish.show_first(translator, done)
        first += len(done.lines)
    if translator.num_cut:
        note(
            f"{translator.num_cut:,} lines were longer than {translator.longest} tokens "
            "and were translated in parts"
        )
    for remark in corpus.report.remarks():
        note(remark)


def _records(done: Translated, first: int) -> Iterator[dict[str, object]]:
    """The contract's keys for each translation."""
    for number, (line, found) in enumerate(
        zip(done.lines, done.translations, strict=True), start=first
    ):
        for rank, translation in enumerate(found, start=1):
            values = (number, line, rank, translation.text, translation.score)
            yield dict(zip(_KEYS, values, strict=True))


def _show_scores(
    translator: Translator, sources: Corpus, targets: Corpus, as_json: bool, header: bool
) -> None:
    """The score of each given translation."""
    from seqlm.data.pairs import side_by_side

    table = Table(
        _KEYS if as_json else ("line", "score"), as_json=as_json, header=header, aligned=False
    )
    first = 1
    for lines, texts in side_by_side([sources, targets]):
        scores = translator.score(lines, texts)
        for number, values in enumerate(zip(lines, texts, scores, strict=True), start=first):
            line, text, score = values
            table.row({"line": number, "source": line, "rank": 1, "text": text, "score": score})
        flush()
        first += len(lines)
    table.close()
    if translator.num_unscored:
        note(f"{translator.num_unscored:,} pairs were too long to score")
