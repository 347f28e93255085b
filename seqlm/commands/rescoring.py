"""``rescore`` and ``choose``: signatures, and what they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.language_model import open_scores
from seqlm.commands.output import Table, flush, note, set_quiet, write_json, write_line
from seqlm.commands.scoring import BatchSize
from seqlm.config import TextOptions
from seqlm.errors import InputError, UsageError

if TYPE_CHECKING:
    from seqlm.data.corpus import Corpus
    from seqlm.recipes.choose import Choice, Question
    from seqlm.recipes.rescore import ListWithLogProbs, Rescored, Weights
    from seqlm.recipes.text_scores import TextScores

_RESCORE = ("id", "rank", "text", "score", "lm_log_prob")
_CHOOSE = ("line", "text", "candidate", "rank", "log_prob", "probability")
Best = Annotated[bool, typer.Option("--best", help="Only the best text of each, as plain text.")]


def rescore(
    nbest: Annotated[
        str | None, typer.Argument(metavar="NBEST", help="N-best lists; - or a pipe for stdin.")
    ] = None,
    model: shared.Model = None,
    form: Annotated[
        Literal["tsv", "moses", "kaldi", "jsonl"] | None,
        typer.Option("--format", help="How they are written [default: found from the first line]."),
    ] = None,
    scores: Annotated[
        str | None, typer.Option(metavar="FILE", help="Kaldi's costs: utterance-rank cost.")
    ] = None,
    lm_weight: Annotated[
        float | None, typer.Option(help="Of the language model's log-probability [default: 1].")
    ] = None,
    word_bonus: Annotated[
        float | None, typer.Option(help="Added for each word [default: 0].")
    ] = None,
    tune: Annotated[
        str | None,
        typer.Option(
            metavar="REFERENCES", help="What was said; finds the weights with the fewest errors."
        ),
    ] = None,
    metric: Annotated[
        Literal["wer", "cer"], typer.Option(help="Whether words or characters are counted.")
    ] = "wer",
    best: Best = False,
    batch_size: BatchSize = 64,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Re-rank n-best lists: score + lm-weight * log-probability + word-bonus * words.

    TSV has id, text and any scores; Moses has |||; Kaldi has utterance-rank and text; JSONL has id,
    text and score. With --tune the weights are found, said, and used on the same lists; give them
    to --lm-weight and --word-bonus for others.
    """
    set_quiet(quiet)
    if tune and (lm_weight is not None or word_bonus is not None):
        raise UsageError("--tune finds both weights itself", "leave out --lm-weight, --word-bonus")
    from seqlm.data.corpus import Corpus

    text = TextOptions(encoding, errors, "none")
    corpus = Corpus([nbest] if nbest else [], text)
    costs = Corpus([scores], text) if scores else None
    references = Corpus([tune], text) if tune else None
    loaded = open_scores(model, device, threads)

    from seqlm.recipes.nbest import read_costs, read_nbest
    from seqlm.recipes.rescore import Weights, with_log_probs

    lists = read_nbest(corpus, form, read_costs(costs) if costs else None)
    scored: Iterable[ListWithLogProbs] = with_log_probs(loaded, lists, batch_size)
    if references is not None:
        scored = list(scored)
        _check_lists(corpus, len(scored))
        weights = _tuned(scored, references, metric)
    else:
        weights = Weights(1.0 if lm_weight is None else lm_weight, word_bonus or 0.0)
    _check_lists(corpus, _show_lists(scored, weights, best, as_json, not no_header))
    for remark in corpus.report.remarks():
        note(remark)


def _check_lists(corpus: Corpus, count: int) -> None:
    if count == 0:
        raise InputError(f"{corpus.sources[0].name} has no n-best list", "seqlm rescore --help")


def _tuned(scored: list[ListWithLogProbs], references: Any, metric: Any) -> Weights:
    from seqlm.recipes.rescore import read_references, tune

    ids = [hypotheses[0].id for hypotheses, _ in scored]
    found = tune(scored, read_references(references, ids), metric)
    weights = found.weights
    note(
        f"{len(ids):,} lists, {metric}: first {found.before:.2%}, re-ranked {found.after:.2%}, "
        f"best there is {found.oracle:.2%}"
    )
    note(f"weights: --lm-weight {weights.lm_weight:.6g} --word-bonus {weights.word_bonus:.6g}")
    return weights


def _show_lists(
    scored: Iterable[ListWithLogProbs], weights: Weights, best: bool, as_json: bool, header: bool
) -> int:
    """Write the lists as they are ranked; how many there were."""
    from seqlm.recipes.rescore import ranked

    table: Table | None = None
    count = 0
    for one in scored:
        count += 1
        order = ranked(one, weights)[: 1 if best else None]
        if best and not as_json:
            write_line(order[0].hypothesis.text)
        elif as_json:
            for placed in order:
                write_json(_record(placed))
        else:
            if table is None:
                columns = (*_RESCORE, *order[0].hypothesis.brought)
                table = Table(columns, header=header, aligned=False)
            for placed in order:
                table.row(dict.fromkeys(table.columns) | _record(placed))
        flush()
    return count


def _record(placed: Rescored) -> dict[str, Any]:
    hypothesis = placed.hypothesis
    return {
        "id": hypothesis.id,
        "rank": placed.rank,
        "text": hypothesis.text,
        "score": placed.score,
        "lm_log_prob": placed.lm_log_prob,
        **hypothesis.brought,
    }


def choose(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="Questions; - or a pipe for stdin.")
    ] = None,
    model: shared.Model = None,
    best: Best = False,
    batch_size: BatchSize = 64,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = "utf-8",
    errors: shared.DecodeErrors = "strict",
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Say which of some candidates belongs into a blank.

    A line is a text with ___ in it, a tab, and the candidates with tabs between them, or
    {"text": ..., "candidates": [...]}. Each is put in, and whole lines are compared.
    """
    set_quiet(quiet)
    from seqlm.data.corpus import Corpus

    corpus = Corpus([file] if file else [], TextOptions(encoding, errors, "none"))
    loaded = open_scores(model, device, threads)

    from seqlm.recipes.choose import read_questions

    table = None if best or as_json else Table(_CHOOSE, header=not no_header, aligned=False)
    for question, choices in _answers(loaded, read_questions(corpus), batch_size):
        for choice in choices[: 1 if best else None]:
            record = {"line": question.line, "text": question.text} | vars(choice)
            if as_json:
                write_json({key: record[key] for key in _CHOOSE})
            elif table is not None:
                table.row(record)
            else:
                write_line(question.with_(choice.candidate))
        flush()
    for remark in corpus.report.remarks():
        note(remark)


def _answers(
    loaded: TextScores, questions: Iterator[Question], batch_size: int
) -> Iterator[tuple[Question, list[Choice]]]:
    from seqlm.recipes.choose import ranked_choices

    scored = loaded.score_groups(questions, lambda question: question.filled, batch_size)
    for question, log_probs in scored:
        yield question, ranked_choices(question.candidates, log_probs.tolist())
