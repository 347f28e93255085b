"""What ``train-count-vectors`` does, without a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seqlm import __version__
from seqlm.config import CountVectorOptions
from seqlm.data.corpus import Corpus
from seqlm.errors import InputError
from seqlm.model_folder import to_json
from seqlm.models.count_vectors import PairCounter, Pairs, ppmi, truncated_svd
from seqlm.models.word_vectors import WordVectors
from seqlm.recipes.lowercase import blocks_in_case
from seqlm.recipes.provenance import made_now
from seqlm.recipes.vector_folder import publish_vectors
from seqlm.tokenizers.tokenizer import FIRST_ID
from seqlm.tokenizers.word import WordTokenizer, train_word
from seqlm.verified_folder import locked


@dataclass(frozen=True)
class CountedVectors:
    """What came of a training.

    Attributes:
        vectors: the words and their vectors.
        figures: sizes and times.
        notes: whatever is not as it was asked for, a sentence each.
    """

    vectors: WordVectors
    figures: dict[str, Any]
    notes: list[str]

    @property
    def example(self) -> str:
        """A word that one could ask about: a longer one of the frequent ones."""
        return max(self.vectors.words[:100], key=lambda word: (word.isalpha(), len(word)))


def train_count_vectors(
    corpus: Corpus,
    options: CountVectorOptions,
    folder: Path,
    progress: Callable[[str], None] = lambda stage: None,
) -> CountedVectors:
    """Count the pairs of ``corpus``, weigh them, reduce them, and write a model folder.

    The text is read twice, in bounded memory; memory grows with the different pairs of words.

    Args:
        folder: may be replaced.
        progress: told what begins.

    Raises:
        InputError: the text cannot be read, or no two words of it are near each other more often
            than by chance.
    """
    started = time.monotonic()
    with locked(folder):
        progress("counting words")
        tokenizer, notes = train_word(
            blocks_in_case(corpus, options.lowercase),
            None,
            options.min_count,
            corpus.options.normalization,
        )
        words = list(tokenizer.vocabulary.entries)
        progress(f"counting pairs of {len(words):,} words")
        pairs = _count(corpus, tokenizer, options)
        counted = time.monotonic() - started
        progress(f"weighing {len(pairs.keys):,} pairs")
        matrix, transposed = ppmi(
            pairs, len(words), shift=options.shift, smoothing=options.smoothing
        )
        if not len(matrix.values):
            raise InputError(
                "no two words stand together more often than by chance",
                "more text, or a lower --shift",
            )
        rank = min(options.dim, len(words))
        if rank < options.dim:
            notes.append(f"the vectors have {rank} numbers: there are no more words")
        progress(f"reducing {len(matrix.values):,} values to {rank} dimensions")
        basis, values = truncated_svd(
            matrix, transposed, rank, iterations=options.iterations, seed=options.seed
        )
        scale = np.where(values > values[0] * 1e-6, values, 0) ** options.eigenvalues
        vectors = WordVectors(words, np.ascontiguousarray(basis * scale, np.float32))
        if alone := int((~vectors.matrix.any(axis=1)).sum()):
            notes.append(f"{alone:,} words are near no other more often than by chance: all zeros")
        notes += corpus.report.remarks()
        seconds = time.monotonic() - started
        figures = {
            "seconds": round(seconds, 3),
            "counting_seconds": round(counted, 3),
            "words": corpus.report.words,
            "vocab_size": len(words),
            "dim": rank,
            "pairs": len(pairs.keys),
            "values": len(matrix.values),
        }
        record = _train_record(corpus, options, figures, notes)
        card = _card(folder.name, record)
        files = {"train.json": to_json(record), "README.md": card.encode()}
        publish_vectors(folder, vectors, {"arch": "count", **asdict(options)}, files)
    return CountedVectors(vectors, figures, notes)


def _count(corpus: Corpus, tokenizer: WordTokenizer, options: CountVectorOptions) -> Pairs:
    """The pairs of the text; rare words are taken out first, then frequent ones thinned out."""
    num_words = tokenizer.vocab_size - FIRST_ID
    counter = PairCounter(num_words, options.window, linear=options.weighting == "linear")
    random = np.random.default_rng(options.seed)
    keep = _keep(corpus, tokenizer, options) if options.subsample else None
    for block in blocks_in_case(corpus, options.lowercase):
        ids, lengths = tokenizer.encode_lines(block.lines, block.continues)
        lines = np.repeat(np.arange(len(lengths)), lengths)
        kept = ids >= FIRST_ID
        if keep is not None:
            kept &= random.random(len(ids)) < keep[ids]
        counter.add(ids[kept] - FIRST_ID, lines[kept])
    return counter.pairs()


def _keep(
    corpus: Corpus, tokenizer: WordTokenizer, options: CountVectorOptions
) -> NDArray[np.float64]:
    """The probability that each id is kept, as in word2vec's program: sqrt(t / f) + t / f."""
    counts = np.zeros(tokenizer.vocab_size, np.int64)
    for block in blocks_in_case(corpus, options.lowercase):
        ids, _ = tokenizer.encode_lines(block.lines, block.continues)
        counts += np.bincount(ids, minlength=len(counts))
    counts[:FIRST_ID] = 0
    ratio = options.subsample * counts.sum() / np.maximum(counts, 1)
    keep: NDArray[np.float64] = np.sqrt(ratio) + ratio
    return keep


def _train_record(
    corpus: Corpus, options: CountVectorOptions, figures: dict[str, Any], notes: list[str]
) -> dict[str, Any]:
    return {
        "files": [source.name for source in corpus.sources],
        "text": asdict(corpus.options),
        "options": asdict(options),
        "corpus": {**corpus.report.counts(), "sha256": corpus.report.sha256},
        "figures": figures,
        "notes": notes,
        "threads": torch.get_num_threads(),
        **made_now("torch", "numpy"),
    }


def _card(name: str, record: dict[str, Any]) -> str:
    """``README.md`` of the folder."""
    files = ", ".join(Path(file).name for file in record["files"][:5])
    options, figures = record["options"], record["figures"]
    return f"""# {name}

Word vectors ({figures["vocab_size"]:,} words, {figures["dim"]} dimensions) made by counting: words
at most {options["window"]} apart, positive pointwise mutual information, truncated SVD; seqlm
{__version__} on {record["created"][:10]} from {files} ({figures["words"]:,} words).

    seqlm neighbors -m {name} WORD
    seqlm export {name} --to word2vec-text -o {name}.txt

`train.json` holds the arguments, the versions and the hash of the text.
"""
