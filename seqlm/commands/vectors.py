"""``neighbors``, ``analogy`` and ``eval-vectors``: signatures, and what they show."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlm.commands import options as shared
from seqlm.commands.output import (
    note,
    on_terminal,
    set_quiet,
    write_line,
    write_table,
)
from seqlm.commands.standard_streams import from_keyboard
from seqlm.config import TextOptions
from seqlm.errors import InputError, UsageError

if TYPE_CHECKING:
    from seqlm.models.word_vectors import WordVectors
    from seqlm.recipes.vector_queries import Answer
    from seqlm.recipes.verification import Verification

_NEIGHBORS = ("query", "word", "rank", "cosine")
_ANALOGY = ("a", "b", "c", "word", "rank", "cosine")
Vectors = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--model",
        help="Vectors: a model folder, or a file in any format that export writes "
        "[default: $SEQLM_MODEL, else the newest in models/].",
    ),
]
MethodOption = Annotated[
    Literal["add", "mul"], typer.Option(help="3CosAdd or 3CosMul; then cosine is its score.")
]


def neighbors(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]...", help="Else a word a line on stdin.")
    ] = None,
    model: Vectors = None,
    num: Annotated[int, typer.Option("-n", "--num", help="Neighbours of a word.", min=1)] = 10,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Find the words whose vectors are nearest by cosine.

    Without a word and on a terminal it asks for one after the other; an empty line ends it.
    """
    set_quiet(quiet)
    verification = _find(model, one_answer=bool(words))
    vectors = _open(verification)

    from seqlm.recipes import vector_queries

    def answer(batch: Sequence[str]) -> list[Answer]:
        return vector_queries.neighbors(vectors, [word.strip() for word in batch], num)

    answers = (answer(batch) for batch in _batches(words, "word: ", TextOptions(encoding, errors)))
    _show(answers, verification, _NEIGHBORS, as_json=as_json, header=not no_header)


def analogy(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[A B C]", help="Else three a line on stdin.")
    ] = None,
    model: Vectors = None,
    num: Annotated[int, typer.Option("-n", "--num", help="Answers to show.", min=1)] = 10,
    method: MethodOption = "add",
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Find what is to C as B is to A: seqlm analogy man king woman."""
    set_quiet(quiet)
    if words and len(words) != 3:
        raise UsageError(
            f"an analogy needs three words, and here are {len(words)}",
            "seqlm analogy man king woman",
        )
    verification = _find(model, one_answer=bool(words))
    columns = _ANALOGY if as_json or not words else ("word", "cosine")
    vectors = _open(verification)

    from seqlm.recipes import vector_queries

    read = 0

    def answer(batch: Sequence[str]) -> list[Answer]:
        nonlocal read
        questions = [
            vector_queries.three_words(line, number) for number, line in enumerate(batch, read + 1)
        ]
        read += len(batch)
        return vector_queries.analogies(vectors, questions, num, method)

    given = [" ".join(words)] if words else None
    answers = (answer(batch) for batch in _batches(given, "a b c: ", TextOptions(encoding, errors)))
    _show(answers, verification, columns, as_json=as_json, header=not no_header)


def eval_vectors(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...", help="Sets of analogies and of similarities."),
    ] = None,
    model: Vectors = None,
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Read the sets in lower case, as the text was.")
    ] = False,
    method: MethodOption = "add",
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Measure vectors: accuracy on analogies, Spearman's rho on similarities.

    A set of analogies has lines of four words and ': section' lines, one of similarities two words
    and a number. Questions with an unknown word are skipped and counted.
    """
    set_quiet(quiet)
    from seqlm.data.corpus import Corpus

    corpus = Corpus(files or [], TextOptions(encoding, errors))
    verification = _find(model)
    vectors = _open(verification)

    from seqlm.recipes.vector_evaluation import Analogies, Similarities, evaluate

    analogies, similarities = [], []
    answered = 0
    for found in evaluate(vectors, corpus, lowercase=lowercase, method=method):
        if isinstance(found, Similarities):
            similarities.append(found)
            answered += found.pairs - found.skipped
        else:
            analogies += found
            answered += found[-1].total - found[-1].skipped
    verification.confirm()
    if not answered:
        hint = "other sets" if lowercase else "--lowercase"
        raise InputError("every question has a word that is unknown", hint)
    first = True
    for fields, rows in ((Analogies._fields, analogies), (Similarities._fields, similarities)):
        if not rows:
            continue
        if not first and not as_json:
            write_line("")
        records = [row._asdict() for row in rows]
        write_table(records, fields, as_json=as_json, header=not no_header)
        first = False


def _find(model: str | None, *, one_answer: bool = False) -> Verification:
    """Settle which vectors are meant and start to verify them.

    For one answer the matrix is read once, which one core does as fast as two: numpy's threads
    would only wait for those that verify.
    """
    if one_answer:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported
    from seqlm.model_folder import find_model
    from seqlm.recipes.verification import Verification

    path = find_model(model, ("vectors",))
    note(f"model: {path}")
    return Verification(path)


def _open(verification: Verification) -> WordVectors:
    from seqlm.recipes.vector_folder import open_vectors

    vectors = open_vectors(verification)
    for text in vectors.remarks:
        note(f"note: {text}")
    return vectors


def _batches(given: Sequence[str] | None, prompt: str, options: TextOptions) -> Iterator[list[str]]:
    """The lines to answer, as many at once as are there: given, typed, or from a pipe."""
    if given:
        yield [unicodedata.normalize("NFC", line) for line in given]  # as a file is read
    elif from_keyboard():
        if not on_terminal():
            raise UsageError("nothing is asked", "seqlm neighbors WORD, or words on stdin")
        while line := _typed(prompt):
            yield [line]
    else:
        from seqlm.data.corpus import Corpus, line_blocks

        for lines in line_blocks(Corpus(["-"], options)):
            yield [line for line in lines if line.strip()]


def _typed(prompt: str) -> str:
    """A line from the keyboard; nothing at the end of input."""
    import readline  # noqa: F401 (arrow keys and history in input)

    try:
        return input(prompt).strip()
    except EOFError:
        return ""


def _show(
    batches: Iterator[list[Answer]],
    verification: Verification,
    columns: Sequence[str],
    *,
    as_json: bool,
    header: bool,
) -> None:
    """Show what was found; a question with an unknown word is a remark and is counted.

    Nothing is written before the vectors are known to be sound.

    Raises:
        InputError: not one could be answered.
    """
    asked = unanswered = 0
    for answers in batches:
        verification.confirm()
        rows = [row for answer in answers for row in _rows(answer)]
        if rows:
            # On a terminal each batch is a table of its own; elsewhere all of them are one.
            named = header and (asked == unanswered or on_terminal())
            write_table(rows, columns, as_json=as_json, header=named)
        for answer in answers:
            asked += 1
            if answer.unknown:
                unanswered += 1
                missing = ", ".join(map(repr, answer.unknown))
                note(f"no vector for {missing}")
    verification.confirm()
    if asked and unanswered == asked:
        raise InputError(
            f"nothing could be answered: no vector for {missing}"
            if asked == 1
            else f"none of {asked:,} questions could be answered: their words have no vectors",
            "words of the text that the vectors were trained on",
        )
    if unanswered:
        note(f"{unanswered:,} of {asked:,} could not be answered")


def _rows(answer: Answer) -> Iterator[dict[str, object]]:
    question = answer.question
    asked = (
        {"query": question[0]} if len(question) == 1 else dict(zip("abc", question, strict=True))
    )
    for rank, (word, cosine) in enumerate(answer.found, 1):
        yield {**asked, "word": word, "rank": rank, "cosine": cosine}
