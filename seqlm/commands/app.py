"""The table of commands: name to function. Nothing heavy is imported until one runs."""

from __future__ import annotations

from typing import Annotated

import typer

from seqlm.commands import (
    count_vectors,
    evaluation,
    export,
    generation,
    language_model,
    mixing,
    models,
    rescoring,
    scoring,
    tokenizer,
    train_translation,
    translation,
    vectors,
    word2vec,
)

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="From a text file to a tokenizer, word vectors and a language model, one command each.",
)

app.command("train-tokenizer")(tokenizer.train_tokenizer)
app.command("tokenize")(tokenizer.tokenize)
app.command("train-lm")(language_model.train_lm)
app.command("perplexity")(scoring.perplexity)
app.command("score")(scoring.score)
app.command("generate")(generation.generate)
app.command("mix")(mixing.mix)
app.command("rescore")(rescoring.rescore)
app.command("choose")(rescoring.choose)
app.command("train-word2vec")(word2vec.train_word2vec)
app.command("train-count-vectors")(count_vectors.train_count_vectors)
app.command("neighbors")(vectors.neighbors)
app.command("analogy")(vectors.analogy)
app.command("eval-vectors")(vectors.eval_vectors)
app.command("train-translate")(train_translation.train_translate)
app.command("evaluate")(evaluation.evaluate)
app.command("translate")(translation.translate)
app.command("info")(models.info)
app.command("export")(export.export)


def _print_version(value: bool) -> None:
    if value:
        from seqlm import __version__

        typer.echo(f"seqlm {__version__}")
        raise typer.Exit()


@app.callback(epilog="Start with: seqlm train-lm corpus.txt")
def root(
    version: Annotated[
        bool | None,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = None,
) -> None:
    """From a text file to a tokenizer, word vectors and a language model, one command each."""
