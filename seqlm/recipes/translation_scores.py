"""What ``evaluate`` does: BLEU, chrF and exact matches of hypotheses against references.

BLEU (Papineni et al., 2002) and chrF (Popović, 2015) are sacreBLEU's (Post, 2018), whose signature
says how they were computed, so that they can be compared with anybody's.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from seqlm.config import BleuTokenizer
from seqlm.data.corpus import Corpus, read_lines
from seqlm.errors import InputError, SeqlmError


class TranslationScore(NamedTuple):
    """One figure.

    Attributes:
        metric: BLEU, chrF or exact.
        score: from 0 to 100; of exact, the percentage of lines equal to one of their references.
        lines: how many hypotheses there are.
        signature: sacreBLEU's, which says how the figure was made.
    """

    metric: str
    score: float
    lines: int
    signature: str


def evaluate(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    tokenize: BleuTokenizer = "13a",
    lowercase: bool = False,
) -> list[TranslationScore]:
    """Compare each hypothesis with its references.

    Args:
        hypotheses: one a line.
        references: one or more sets of as many lines.
        tokenize: how BLEU divides lines into words.
        lowercase: leave case out of account, in all three figures.

    Raises:
        InputError: there is no line.
        SeqlmError: sacreBLEU, or what its tokenizer needs, is not installed.
    """
    if not hypotheses:
        raise InputError(
            "there is no line to evaluate", "seqlm translate FILE | seqlm evaluate REF"
        )
    metrics = _sacrebleu()
    try:
        bleu = metrics.BLEU(tokenize=tokenize, lowercase=lowercase, force=True)
    except RuntimeError as error:
        raise SeqlmError(
            f"--tokenize {tokenize} needs a package that is not installed",
            f"pip install 'sacrebleu[{tokenize[:2]}]'",
        ) from error
    rows = []
    for name, metric in (("BLEU", bleu), ("chrF", metrics.CHRF(lowercase=lowercase))):
        score = min(float(metric.corpus_score(hypotheses, references).score), 100.0)
        rows.append(TranslationScore(name, score, len(hypotheses), str(metric.get_signature())))
    case = "lc" if lowercase else "mixed"
    exact = 100 * _exact(hypotheses, references, lowercase) / len(hypotheses)
    signature = f"nrefs:{len(references)}|case:{case}"
    return [*rows, TranslationScore("exact", exact, len(hypotheses), signature)]


def read_parallel(hypotheses: Corpus, references: Sequence[Corpus]) -> list[list[str]]:
    """The lines of the hypotheses, then those of each set of references.

    Raises:
        InputError: they are not equally many, besides what reading raises.
    """
    read = [list(read_lines(corpus)) for corpus in (*references, hypotheses)]
    expected, name = len(read[0]), references[0].sources[0].name
    for corpus, lines in zip((*references, hypotheses), read, strict=True):
        if len(lines) != expected:
            other = "what is judged" if corpus is hypotheses else corpus.sources[0].name
            raise InputError(
                f"{name} has {expected:,} lines and {other} has {len(lines):,}", f"wc -l {name}"
            )
    return [read[-1], *read[:-1]]


def _exact(hypotheses: Sequence[str], references: Sequence[Sequence[str]], lowercase: bool) -> int:
    """How many hypotheses are one of their references, spaces at the ends left aside."""

    def plain(line: str) -> str:
        return line.strip().lower() if lowercase else line.strip()

    return sum(
        plain(hypothesis) in map(plain, wanted)
        for hypothesis, *wanted in zip(hypotheses, *references, strict=True)
    )


def _sacrebleu() -> Any:
    try:
        return importlib.import_module("sacrebleu.metrics")
    except ImportError as error:
        raise SeqlmError(
            "BLEU and chrF need sacreBLEU, which is not installed", "pip install 'seqlm[mt]'"
        ) from error
