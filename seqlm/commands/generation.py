"""``generate``: its signature, and text as it is made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from seqlm.commands import options as shared
from seqlm.commands.language_model import open_language_model, open_writer
from seqlm.commands.output import flush, set_quiet, write, write_json
from seqlm.config import TextOptions

if TYPE_CHECKING:
    from seqlm.recipes.text_model import TextModel
    from seqlm.recipes.writing import Generated, TextWriter


def generate(
    prompt: Annotated[
        str | None,
        typer.Option("-p", "--prompt", help="How the text begins [default: stdin, if piped]."),
    ] = None,
    model: shared.Model = None,
    max_tokens: Annotated[int, typer.Option(help="Longest continuation.", min=0)] = 200,
    lines: Annotated[int, typer.Option(help="Ends of line after which it stops.", min=1)] = 1,
    num: Annotated[int, typer.Option("-n", "--num", help="Texts to write.", min=1)] = 1,
    temperature: Annotated[
        float,
        typer.Option(help="Below 1 bolder, above 1 wilder; 0: the most probable token.", min=0),
    ] = 1.0,
    top_k: Annotated[
        int, typer.Option(help="Draw from the k most probable tokens; 0: all.", min=0)
    ] = 0,
    top_p: Annotated[
        float, typer.Option(help="Draw from the tokens that hold this probability.", min=0, max=1)
    ] = 1.0,
    min_p: Annotated[
        float,
        typer.Option(help="Draw from tokens this share as probable as the best.", min=0, max=1),
    ] = 0.0,
    beam: Annotated[
        int,
        typer.Option(
            help="Search the most probable line with so many hypotheses.", min=0, max=1000
        ),
    ] = 0,
    length_penalty: Annotated[float, typer.Option(help="0: by probability; 1: per token.")] = 0.0,
    stop: Annotated[
        list[str] | None, typer.Option(help="A text that ends it; can be repeated.")
    ] = None,
    seed: shared.Seed = 1,
    device: shared.Device = "auto",
    threads: shared.Threads = None,
    encoding: shared.Encoding = TextOptions.encoding,
    errors: shared.DecodeErrors = TextOptions.errors,
    as_json: shared.Json = False,
    quiet: shared.Quiet = False,
) -> None:
    """Write text with a language model, as it is made.

    The prompt is printed with its continuation. A prompt may have several lines; the text goes on
    to the end of its last one, or as many lines as --lines says.
    """
    set_quiet(quiet)
    text = _prompt(prompt, TextOptions(encoding, errors, "none"))
    # One token at a time leaves nothing for a second thread.
    loaded: TextModel | TextWriter
    go_on: Callable[..., Generated]
    if beam:
        loaded = open_language_model(model, device, threads or 1)
        go_on = partial(loaded.generate, beam=beam, length_penalty=length_penalty)
    else:
        loaded = open_writer(model, device, threads or 1)
        go_on = loaded.generate
    import unicodedata

    from seqlm.sampling import Sampling

    if loaded.tokenizer.normalization == "NFC":
        text = unicodedata.normalize("NFC", text)

    sampling = Sampling(temperature, top_k, top_p, min_p)
    for number in range(num):
        if not as_json:
            write(text)
            flush()
        made = go_on(
            text,
            max_tokens=max_tokens,
            max_lines=lines,
            sampling=sampling,
            stop=stop or (),
            seed=seed + number,
            on_text=(lambda part: None) if as_json else _write_now,
        )
        if as_json:
            write_json(made._asdict())
        else:
            write("\n")
        flush()


def _write_now(text: str) -> None:
    write(text)
    flush()


def _prompt(given: str | None, options: TextOptions) -> str:
    """The prompt that was given, else what is piped in, without its last line end."""
    if given is not None:
        return given
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    from seqlm.data.corpus import Corpus, read_lines

    return "\n".join(read_lines(Corpus(["-"], options)))
