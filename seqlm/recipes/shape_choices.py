"""What an architecture needs beside its size: layers, and how far it sees."""

from __future__ import annotations

from dataclasses import replace

from seqlm.config import Arch, LanguageModelOptions
from seqlm.errors import InputError

_LAYERS: dict[Arch, int] = {"transformer": 4}
_CONTEXT: dict[Arch, int] = {"window": 5, "transformer": 64}
"""Only these two see so far and no further; Bengio et al. (2003) got their best with 5 words."""


def settle_shape(options: LanguageModelOptions) -> LanguageModelOptions:
    """``options`` with its layers and its context filled in.

    Raises:
        InputError: an option means nothing to the architecture, or does not go with the others.
    """
    _check(options)
    return replace(
        options,
        num_layers=options.num_layers or _LAYERS.get(options.arch, 1),
        context=options.context or _CONTEXT.get(options.arch),
    )


def meaningless(flag: str, arch: str) -> InputError:
    """What is said of an option that an architecture has no use for."""
    return InputError(f"{flag} means nothing to --arch {arch}", f"leave out {flag}")


def _check(options: LanguageModelOptions) -> None:
    arch = options.arch
    recurrent = arch not in _CONTEXT
    for flag, given, means_something in (
        ("--context", options.context is not None, not recurrent),
        ("--heads", options.num_heads is not None, arch == "transformer"),
        ("--embedding-size", options.embedding_size is not None, arch != "transformer"),
        ("--embeddings", options.embeddings is not None, arch != "ngram"),
        ("--num-layers", options.num_layers not in (None, 1), arch != "window"),
        ("--weight-drop", bool(options.weight_drop), recurrent),
        ("--embedding-dropout", options.embedding_dropout > 0, recurrent),
    ):
        if given and not means_something:
            raise meaningless(flag, arch)
    heads, size = options.num_heads, options.hidden_size
    if heads is not None and (size is None or size % heads):
        size_in_words = "an unknown number of" if size is None else str(size)
        raise InputError(
            f"{size_in_words} features cannot be shared out among {heads} heads",
            f"--hidden-size {64 * heads} --heads {heads}",
        )
