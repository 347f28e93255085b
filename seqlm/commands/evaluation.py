"""``evaluate``: translations against references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.output import set_quiet, write_table
from seqlm.config import BleuTokenizer, TextOptions
from seqlm.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from seqlm.data.corpus import Corpus


def evaluate(
    references: Annotated[
        list[str],
        typer.Argument(metavar="REFERENCE...", help="Translations by people, a file for each set."),
    ],
    hypotheses: Annotated[
        str, typer.Option(metavar="FILE", help="What is to be judged; - for stdin.")
    ] = "-",
    tokenize: Annotated[
        BleuTokenizer, typer.Option(help="How BLEU divides a line into words.")
    ] = "13a",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Leave case aside.")] = False,
    fail_under: Annotated[
        float | None, typer.Option(help="Exit with 3 if BLEU is lower.", min=0, max=100)
    ] = None,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: Annotated[
        Literal["strict", "replace"],
        typer.Option(help="A byte that cannot be read: stop, or U+FFFD."),
    ] = "strict",
    normalization: shared.Normalize = TextOptions.normalization,
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Judge translations, a line for each line of a reference: BLEU, chrF and exact matches.

    BLEU and chrF are sacreBLEU's, with the signature that makes them comparable; exact is the
    percentage of lines that are equal to a reference. With several references each is a file.
    """
    set_quiet(quiet)
    from seqlm.data.corpus import Corpus

    text = TextOptions(encoding, errors, normalization)
    if hypotheses == "-" and "-" in references:
        raise UsageError("standard input is named twice", "--hypotheses FILE")
    wanted = [_one_file(Corpus([path], text), path) for path in references]
    found = _one_file(Corpus([] if hypotheses == "-" else [hypotheses], text), hypotheses)

    from seqlm.recipes.translation_scores import TranslationScore, read_parallel
    from seqlm.recipes.translation_scores import evaluate as compare

    lines, *sets = read_parallel(found, wanted)
    scores = compare(lines, sets, tokenize=tokenize, lowercase=lowercase)
    records = [score._asdict() for score in scores]
    write_table(records, TranslationScore._fields, as_json=as_json, header=not no_header)
    bleu = scores[0].score
    if fail_under is not None and bleu < fail_under:
        raise CheckFailed(
            f"BLEU {bleu:.4g} is under {fail_under:g}", "seqlm translate --nbest 5 FILE"
        )


def _one_file(corpus: Corpus, given: str) -> Corpus:
    if len(corpus.sources) != 1:
        raise UsageError(f"{given} is {len(corpus.sources):,} files", "the name of one file")
    return corpus
