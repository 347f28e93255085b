"""``train-tokenizer`` and ``tokenize``: signatures, and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.new_folder import corpus_name, new_folder
from seqlm.commands.output import Table, flush, note, set_quiet, write, write_json, write_line
from seqlm.config import TextOptions, TokenizerKind, TokenizerOptions
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.data.corpus import Corpus
    from seqlm.tokenizers import Tokenizer

_DEFAULT = TokenizerOptions()
_STATISTICS = ("file", "lines", "words", "chars", "bytes", "tokens", "unknown")
_RATIOS = ("unknown_share", "tokens_per_word", "bytes_per_token")


def train_tokenizer(
    files: shared.TrainingFiles = None,
    out: shared.Out = None,
    kind: Annotated[
        TokenizerKind, typer.Option(help="Words, characters, or subwords of either kind.")
    ] = _DEFAULT.kind,
    vocab_size: Annotated[
        int | None,
        typer.Option(help="Most entries [default: subwords by the size of the text, else all]."),
    ] = _DEFAULT.vocab_size,
    min_count: Annotated[
        int | None,
        typer.Option(
            help="Rarer words or characters become unknown [default: words 2, or 1 in a small text "
            "or one with <unk> in it; characters 1].",
            min=1,
        ),
    ] = _DEFAULT.min_count,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    normalization: shared.Normalize = TextOptions.normalization,
    force: shared.Force = False,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Learn a tokenizer from text and write it to models/tokenizer-NAME."""
    set_quiet(quiet)
    from seqlm.data.corpus import Corpus

    corpus = Corpus(files or [], TextOptions(encoding, errors, normalization))
    folder = new_folder(f"tokenizer-{corpus_name((files or ['-'])[0])}", out, force=force)

    from seqlm.recipes import tokenizer as recipe

    note(f"learning a {kind} vocabulary from {', '.join(files or ['-'])}")
    done = recipe.train_tokenizer(corpus, TokenizerOptions(kind, vocab_size, min_count), folder)
    read = done.report
    note(f"corpus: {read.lines:,} lines, {read.words:,} words, {read.bytes:,} bytes")
    note(f"vocabulary: {done.tokenizer.vocab_size:,} ({kind}), {done.seconds:.1f} s")
    for text in done.notes:
        note(f"note: {text}")
    note(f"next: seqlm tokenize -m {folder} FILE, or seqlm train-lm --tokenizer {folder} FILE")
    if as_json:
        write_json(
            {
                "model": str(folder),
                "seconds": round(done.seconds, 3),
                "kind": kind,
                "vocab_size": done.tokenizer.vocab_size,
                **{key: value for key, value in read.counts().items() if key != "files"},
                "sha256": read.sha256,
                "notes": "; ".join(done.notes),
            }
        )
    else:
        write_line(str(folder))
    flush()


def tokenize(
    files: shared.Files = None,
    model: shared.Model = None,
    ids: Annotated[bool, typer.Option("--ids", help="Numbers instead of pieces.")] = False,
    decode: Annotated[
        bool, typer.Option("--decode", help="From pieces (with --ids: from numbers) to text.")
    ] = False,
    stats: Annotated[
        bool, typer.Option("--stats", help="A row of counts for each file, and no pieces.")
    ] = False,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    as_json: shared.Json = False,
    no_header: shared.NoHeader = False,
    quiet: shared.Quiet = False,
) -> None:
    """Divide text into pieces: one line for one line, pieces separated by spaces.

    In a piece a space is shown as ▁, and what would hide or divide it as a backslash escape
    (\\x09 is a tab, \\\\ a backslash, \\u2581 a ▁ of the text), so that --decode gives the text
    back. A character without a piece is shown as its bytes: <0xEA>. Words forget how they were
    spaced, and unknown words and characters are <unk>.
    """
    set_quiet(quiet)
    if stats and (decode or ids):
        raise UsageError(
            "--stats goes with neither --ids nor --decode", "seqlm tokenize --stats FILE"
        )
    from seqlm.data.corpus import Corpus

    Corpus(files or [], TextOptions(encoding, errors))
    from seqlm.model_folder import find_model
    from seqlm.recipes import tokenizer as recipe

    path = find_model(model, recipe.KINDS)
    tokenizer = recipe.open_tokenizer(path)
    note(f"model: {path}")
    normalization = "none" if decode else tokenizer.normalization
    corpus = Corpus(files or [], TextOptions(encoding, errors, normalization))
    if stats:
        _show_statistics(corpus, tokenizer, as_json, not no_header)
    elif decode:
        _show_text(corpus, tokenizer, ids, as_json)
    elif as_json:
        _show_records(corpus, tokenizer)
    else:
        _show_pieces(corpus, tokenizer, ids)
    for text in corpus.report.remarks():
        note(f"note: {text}")


def _show_pieces(corpus: Corpus, tokenizer: Tokenizer, ids: bool) -> None:
    """A line of pieces for each line, written as the blocks come."""
    from seqlm.recipes.tokenizer import shown_blocks

    for block, lines in shown_blocks(tokenizer, corpus.blocks(), ids):
        text = "\n".join(map(" ".join, lines))
        joint = " " if block.continues and lines[0] else ""
        write(joint + text + ("" if block.open_end else "\n"))
        flush()


def _show_records(corpus: Corpus, tokenizer: Tokenizer) -> None:
    """An object for each line: its number, its pieces and its ids."""
    from seqlm.data.corpus import line_blocks

    number = 0
    for lines in line_blocks(corpus):
        flat, counts = tokenizer.encode_lines(lines)
        start = 0
        for count in counts.tolist():
            number += 1
            line_ids = flat[start : start + count].tolist()
            pieces = tokenizer.pieces(line_ids)
            write_json({"line": number, "pieces": pieces, "ids": line_ids})
            start += count
        flush()


def _show_text(corpus: Corpus, tokenizer: Tokenizer, ids: bool, as_json: bool) -> None:
    """The text of each line of pieces or ids."""
    from seqlm.data.corpus import line_blocks
    from seqlm.recipes.tokenizer import decode_line

    number = 0
    for lines in line_blocks(corpus, limit=1 << 26):
        for line in lines:
            number += 1
            text = decode_line(tokenizer, line, number, ids)
            if as_json:
                write_json({"line": number, "text": text})
            else:
                write_line(text)
        flush()


def _show_statistics(corpus: Corpus, tokenizer: Tokenizer, as_json: bool, header: bool) -> None:
    from seqlm.data.corpus import ReadReport
    from seqlm.recipes.tokenizer import measure

    table = Table((*_STATISTICS, *_RATIOS), as_json=as_json, header=header)
    for source in corpus.sources:
        report = ReadReport()
        counts = measure(tokenizer, source.blocks(report), report)
        table.row({"file": source.name, **counts.row()})
        for text in report.remarks():
            note(f"note: {source.name}: {text}")
    table.close()
