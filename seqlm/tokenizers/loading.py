"""Reading a tokenizer back from its files."""

from __future__ import annotations

from collections.abc import Mapping

from seqlm.tokenizers.files import read_config
from seqlm.tokenizers.tokenizer import Tokenizer
from seqlm.tokenizers.vocabulary import Vocabulary


def load_tokenizer(files: Mapping[str, bytes]) -> Tokenizer:
    """Make the tokenizer that ``to_files`` wrote.

    Args:
        files: the content of ``tokenizer.json`` and, for subwords, of ``tokenizer.model``; other
            names are not looked at.

    Raises:
        ModelError: a file is missing, damaged, or not as this program writes it.
    """
    config = read_config(files)
    if config["kind"] == "word":
        from seqlm.tokenizers.word import WordTokenizer

        return WordTokenizer(Vocabulary(config["vocabulary"]), config["normalization"])
    if config["kind"] == "char":
        from seqlm.tokenizers.character import CharacterTokenizer

        return CharacterTokenizer(Vocabulary(config["vocabulary"]), config["normalization"])
    from seqlm.tokenizers.subword import load_subword

    return load_subword(config, files)
