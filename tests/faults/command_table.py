"""Every command once, small enough to run a thousand times: a new command is one more line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

TEXT, OUT = "TEXT", "OUT"
"""In a command line: where a text goes, and what is written."""

_NETWORK = "--hidden-size 8 --batch-size 4 --chunk-length 5 --steps 3 --threads 1"
_LANGUAGE = f"train-lm TEXT --tokenizer word {_NETWORK} -o OUT --force"
_TRANSLATION = (
    "--tokenizer word --hidden-size 8 --num-layers 1 --batch-tokens 60 --steps 3 --threads 1 "
    "-o OUT --force"
)
_WORD2VEC = "train-word2vec TEXT --dim 8 --min-count 2 --epochs 2 --threads 1 -o OUT --force"


@dataclass(frozen=True)
class Command:
    """One command line.

    Attributes:
        title: in tables and in the names of tests.
        line: with ``TEXT`` where a text goes and ``OUT`` where a model or a file is written.
        stdin: the file of the workplace that it reads from stdin, where ``TEXT`` is not in it.
        trainer: it can be stopped and gone on with.
        wordless: what it does with a text that has no words.
    """

    title: str
    line: str
    stdin: str | None = None
    trainer: bool = False
    wordless: Literal["refused", "a record a line", "nothing to do"] = "refused"

    @property
    def name(self) -> str:
        return self.line.split()[0]

    @property
    def writes(self) -> bool:
        return OUT in self.line

    def arguments(self, text: str = "text.txt", out: str = "out") -> list[str]:
        """The command line, run in a folder that holds what a ``Workplace`` offers."""
        return [word.replace(TEXT, text).replace(OUT, out) for word in shlex.split(self.line)]


def _trainer(title: str, line: str) -> Command:
    return Command(title, line, trainer=True)


_FILTER: Literal["a record a line"] = "a record a line"
_QUERY: Literal["nothing to do"] = "nothing to do"

_ALL = (
    _trainer("train-lm lstm", f"{_LANGUAGE} --arch lstm"),
    _trainer("train-lm auto", f"{_LANGUAGE} --arch auto"),
    _trainer("train-lm gru", f"{_LANGUAGE} --arch gru --loss sampled --samples 8"),
    _trainer("train-lm rnn", f"{_LANGUAGE} --arch rnn --num-layers 2"),
    _trainer("train-lm window", f"{_LANGUAGE} --arch window"),
    _trainer("train-lm transformer", f"{_LANGUAGE} --arch transformer"),
    _trainer(
        "train-translate", f"train-translate --source TEXT --target target.txt {_TRANSLATION}"
    ),
    Command("train-translate tsv", f"train-translate pairs.tsv --arch gru {_TRANSLATION}"),
    _trainer("train-word2vec skipgram", _WORD2VEC),
    _trainer("train-word2vec cbow", f"{_WORD2VEC} --arch cbow --subwords --buckets 500"),
    Command("train-lm ngram", "train-lm TEXT --arch ngram --tokenizer word -o OUT --force"),
    Command("train-tokenizer unigram", "train-tokenizer TEXT --vocab-size 300 -o OUT --force"),
    Command(
        "train-tokenizer bpe", "train-tokenizer TEXT --kind bpe --vocab-size 300 -o OUT --force"
    ),
    Command("train-tokenizer char", "train-tokenizer TEXT --kind char -o OUT --force"),
    Command(
        "train-count-vectors",
        "train-count-vectors TEXT --dim 8 --min-count 1 --subsample 0 -o OUT --force",
    ),
    Command("tokenize", "tokenize TEXT -m models/lm", wordless=_FILTER),
    Command("perplexity", "perplexity TEXT -m models/lm --threads 1"),
    Command("score", "score TEXT -m models/lm --threads 1", wordless=_FILTER),
    Command("score ngram", "score TEXT -m models/ngram --per word", wordless=_FILTER),
    Command("generate", "generate -m models/lm --max-tokens 9", "prompt.txt", wordless=_QUERY),
    Command("neighbors", "neighbors -m models/vectors", "words.txt", wordless=_QUERY),
    Command("analogy", "analogy -m models/vectors", "analogies.txt", wordless=_QUERY),
    Command("eval-vectors", "eval-vectors similar.tsv -m models/vectors"),
    Command("translate", "translate TEXT -m models/translation --threads 1", wordless=_FILTER),
    Command("evaluate", "evaluate TEXT --hypotheses text.txt"),
    Command("mix", "mix models/lm models/lm2 --tune TEXT --threads 1 -o OUT --force"),
    Command("score mixture", "score TEXT -m models/mix --threads 1", wordless=_FILTER),
    Command("rescore", "rescore nbest.tsv -m models/lm --threads 1"),
    Command("rescore, tuned", "rescore nbest.tsv -m models/lm --tune one.txt --threads 1"),
    Command("choose", "choose blanks.tsv -m models/lm --threads 1"),
    Command("info", "info models/lm"),
    Command("export text", "export models/vectors --to word2vec-text -o OUT --force"),
    Command("export arpa", "export models/ngram --to arpa -o OUT --force"),
    Command("export npy", "export models/vectors --to npy -o OUT.npy --force"),
)


_chosen: set[str] = set()


def choose(titles: Iterable[str]) -> None:
    """From now on only commands with these titles are tried; none at all is every one."""
    _chosen.update(titles)


def commands() -> tuple[Command, ...]:
    """Those of the table that are there, and chosen."""
    from seqlm.commands import app_command
    from seqlm.commands.app import app

    known = set(app_command(app).commands)
    there = (command for command in _ALL if command.name in known)
    return tuple(command for command in there if not _chosen or command.title in _chosen)
