"""A text as word ids on disk: counted, cut, sorted by frequency, part of it held out.

The text is read once. Its words are numbered as they are met, and the numbers written to a
temporary file that is gone with the process; when all counts are known the file is rewritten in
place with the ids of the words that stay. Memory holds the different words, not the text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from seqlm.compiled import kernel
from seqlm.data.blocks import Block
from seqlm.data.corpus import Corpus
from seqlm.data.normalization import normalize
from seqlm.data.phrases import Phrases
from seqlm.data.windows import END_OF_SENTENCE
from seqlm.data.word_scan import WordTable
from seqlm.errors import InputError, SeqlmError

HELD_OUT_WORDS = 8_000
HELD_OUT_SHARE = 200
DROPPED = -2


@dataclass(frozen=True)
class WordIds:
    """A text as ids.

    Attributes:
        words: the vocabulary, most frequent first, equally frequent ones as they are met.
        counts: occurrences of each of them in the whole text.
        train: ids with ``END_OF_SENTENCE`` behind each sentence, mapped from disk.
        held_out: the same of sentences that are not in ``train``.
        num_words: words of the text, those left out of the vocabulary too.
        num_different: different words of the text.
    """

    words: list[str]
    counts: NDArray[np.int64]
    train: NDArray[np.int32]
    held_out: NDArray[np.int32]
    num_words: int
    num_different: int


def read_words(
    corpus: Corpus,
    *,
    min_count: int,
    max_words: int | None = None,
    lowercase: bool = False,
    phrases: Phrases | None = None,
) -> WordIds:
    """Read a text into ids.

    Args:
        corpus: the text, which is read once.
        min_count: rarer words are left out, and windows close over the gap.
        max_words: the most words of vocabulary; the most frequent stay.
        lowercase: by Unicode's rules.
        phrases: which pairs become one word.

    Raises:
        InputError: the text cannot be read, or fewer than two words are left.
        SeqlmError: there is no room for the temporary file.
    """
    table = WordTable()
    numbers = _Numbers()
    texts = _texts(corpus.blocks(), lowercase, corpus)
    for text in _ahead(texts):
        numbers.append(table.scan(text))
    counts = table.counts.copy()
    names: Any = table.word
    num_words, num_different = int(counts.sum()), len(table)
    if phrases is not None:
        counts, names = phrases.join(numbers.mapped(), counts, table.word, min_count)
    kept = _frequent(counts, min_count, max_words)
    if len(kept) < 2:
        raise _too_little(num_words, num_different, min_count)
    ids, held_out = _renumber(numbers.mapped(), counts, kept)
    words = [names(int(number)).decode() for number in kept]
    return WordIds(words, counts[kept], ids, held_out, num_words, num_different)


def _texts(blocks: Iterable[Block], lowercase: bool, corpus: Corpus) -> Iterator[bytes]:
    """The UTF-8 text of each block, every finished line with its newline."""
    for block in blocks:
        text = "\n".join(block.lines)
        if lowercase:
            text = normalize(text.lower(), corpus.options.normalization)
        yield (text if block.open_end else text + "\n").encode()


def _ahead(texts: Iterator[bytes]) -> Iterator[bytes]:
    """The same texts, the next one being read in a thread of its own meanwhile."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, texts, None)
        while (text := coming.result()) is not None:
            coming = reader.submit(next, texts, None)
            yield text


def _frequent(counts: NDArray[np.int64], min_count: int, most: int | None) -> NDArray[np.int64]:
    """The numbers of the words that stay, most frequent first."""
    order = np.argsort(-counts, kind="stable")
    return order[: np.searchsorted(-counts[order], -max(1, min_count), side="right")][:most]


def _too_little(num_words: int, num_different: int, min_count: int) -> InputError:
    if not num_words:
        return InputError("there is no word in this text", "a text file with some lines in it")
    return InputError(
        f"fewer than two of {num_different:,} different words occur {min_count} times",
        "more text, or --min-count 1",
    )


class _Numbers:
    """Numbers of words in a temporary file."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="seqlm-")  # noqa: SIM115 (kept)
        self._length = 0

    def append(self, numbers: NDArray[np.int32]) -> None:
        try:
            self._file.write(numbers.data)
            self._file.flush()
        except OSError as error:
            raise SeqlmError(
                f"no room for the words in {tempfile.gettempdir()}: {error.strerror}",
                "the same command with TMPDIR set to a folder that has room",
            ) from error
        self._length += len(numbers)

    def mapped(self) -> NDArray[np.int32]:
        """All numbers; what is written to them is written to the file."""
        if not self._length:
            return np.zeros(0, np.int32)
        return np.asarray(np.memmap(self._file, np.int32, "r+", shape=(self._length,)))


def _renumber(
    numbers: NDArray[np.int32], counts: NDArray[np.int64], kept: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Turn numbers into ids in place; the ids to train on, and those held out."""
    ids = np.full(len(counts), DROPPED, np.int32)
    ids[kept] = np.arange(len(kept), dtype=np.int32)
    words = int(counts[kept].sum())
    # About every 200th sentence, less often in a long text: a fixed amount is enough to measure.
    every = max(HELD_OUT_SHARE, words // HELD_OUT_WORDS)
    held_out = np.empty(min(len(numbers), 4 * HELD_OUT_WORDS), np.int32)
    num_train, num_held = _rewrite(numbers, ids, every, held_out)
    return numbers[:num_train], held_out[:num_held]


@kernel
def _rewrite(numbers: Any, ids: Any, every: Any, held_out: Any) -> Any:
    """Replace numbers by ids, without dropped words and empty sentences.

    A sentence goes to ``held_out`` when ``every`` times as many words as are there have gone by.
    """
    to, held, since = 0, 0, 0
    index, num = 0, numbers.shape[0]
    while index < num:
        begin = to
        while index < num and numbers[index] != END_OF_SENTENCE:
            word = ids[numbers[index]] if numbers[index] >= 0 else DROPPED
            if word >= 0:
                numbers[to] = word
                to += 1
            index += 1
        index += 1
        length = to - begin
        if length == 0:
            continue
        numbers[to] = END_OF_SENTENCE
        fits = length > 1 and held + length + 1 <= held_out.shape[0]
        since += length
        if since - length > every * (held + 1) and fits and index < num:
            for offset in range(length + 1):
                held_out[held + offset] = numbers[begin + offset]
            held += length + 1
            to = begin
        else:
            to += 1
    return to, held
