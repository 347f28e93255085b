"""The tokenizers of two languages in one folder.

A shared vocabulary has the files ``tokenizer.json`` and, for subwords, ``tokenizer.model``; two
have each of them twice, with ``source.`` and ``target.`` before the name.
"""

from __future__ import annotations

from collections.abc import Mapping

from seqlm.tokenizers import Tokenizer, load_tokenizer

_SIDES = ("source.", "target.")
_NAMES = ("tokenizer.json", "tokenizer.model")
TOKENIZER_FILES = [side + name for side in ("", *_SIDES) for name in _NAMES]


def tokenizer_files(source: Tokenizer, target: Tokenizer) -> dict[str, bytes]:
    """The files of both; of one where they are the same object."""
    if source is target:
        return source.to_files()
    return {
        side + name: data
        for side, tokenizer in zip(_SIDES, (source, target), strict=True)
        for name, data in tokenizer.to_files().items()
    }


def load_tokenizer_pair(files: Mapping[str, bytes]) -> tuple[Tokenizer, Tokenizer]:
    """The inverse of ``tokenizer_files``; one object twice where the vocabulary is shared.

    Raises:
        ModelError: a file is missing or damaged.
    """
    if _NAMES[0] in files:
        shared = load_tokenizer(files)
        return shared, shared
    source, target = (
        load_tokenizer(
            {name.removeprefix(side): data for name, data in files.items() if name.startswith(side)}
        )
        for side in _SIDES
    )
    return source, target
