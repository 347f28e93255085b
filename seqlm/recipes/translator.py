"""A translation model with its tokenizers: what takes sentences and gives sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from seqlm.config import DecodingOptions, TranslationOptions
from seqlm.data.padding import padded
from seqlm.decoding import Hypothesis
from seqlm.errors import InputError, ModelError
from seqlm.recipes.source_segments import Segment, batches, segments, windows
from seqlm.recipes.translation_folder import LoadedTranslation
from seqlm.recipes.translation_search import Search, TorchSearch, encoder_batch
from seqlm.tokenizers import END_ID

_PAIRED = 1024
"""Most tokens of a side of a pair that is scored."""


class Translation(NamedTuple):
    """A translation, and the natural logarithm of its probability, the end included."""

    text: str
    score: float
    tokens: tuple[int, ...] = ()


class Translated(NamedTuple):
    """Lines, and of each its translations, best first."""

    lines: Sequence[str]
    translations: list[list[Translation]]


class Translator:
    """A translation model that reads and writes text.

    Attributes:
        loaded: the network and its tokenizers.
        longest: most tokens of a line that it bears.
        num_cut: lines so far that were longer than the model bears, and were translated in parts.
        num_unscored: pairs so far that were too long to score.
    """

    def __init__(self, loaded: LoadedTranslation, search: Search | None = None) -> None:
        self.loaded = loaded
        self.num_cut = 0
        self.num_unscored = 0
        self._search = search or TorchSearch(loaded)
        self.longest = _longest_source(loaded)

    def translate(
        self,
        lines: Iterable[str],
        *,
        beam: int = DecodingOptions.beam,
        length_penalty: float = DecodingOptions.length_penalty,
        max_length: int | None = None,
    ) -> list[str]:
        """The best translation of each line that a beam search finds.

        Args:
            lines: without line ends.
            beam: hypotheses at each step; 1 is greedy.
            length_penalty: 0 ranks by probability, 1 by probability per token.
            max_length: most tokens of a translation.
        """
        options = DecodingOptions(beam, length_penalty, max_length=max_length)
        done = self.translations([list(lines)], options)
        return [best.text for found in done for best, *_ in found.translations]

    def translations(
        self, blocks: Iterable[Sequence[str]], options: DecodingOptions
    ) -> Iterator[Translated]:
        """Translate lines as they come, ``nbest`` translations of each, best first.

        A line of white space has the empty translation, and of that one alone.

        Args:
            blocks: lines that are there together; those to come are not waited for.
            options: how.

        Yields:
            Some of the lines after each other, with their translations.
        """
        first = 0
        for window in windows(blocks, options.batch_size):
            yield Translated(window, self._translated(window, first, options))
            first += len(window)

    def _translated(
        self, lines: Sequence[str], first: int, options: DecodingOptions
    ) -> list[list[Translation]]:
        parts = segments(lines, self.loaded.source, self.longest)
        found: list[list[Hypothesis]] = [[]] * len(parts)
        for batch in batches(parts, options.batch_size):
            own = [parts[place] for place in batch]
            results = self._search(
                [part.ids for part in own], [first + part.line for part in own], options
            )
            for place, hypotheses in zip(batch, results, strict=True):
                found[place] = hypotheses
        return self._put_together(len(lines), parts, found)

    def _put_together(
        self, num_lines: int, parts: Sequence[Segment], found: Sequence[list[Hypothesis]]
    ) -> list[list[Translation]]:
        """The translations of each line from those of its parts."""
        of_line: list[list[list[Translation]]] = [[] for _ in range(num_lines)]
        for part, hypotheses in zip(parts, found, strict=True):
            of_line[part.line].append([self._text(hypothesis) for hypothesis in hypotheses])
        self.num_cut += sum(len(own) > 1 for own in of_line)
        return [_joined(own) if own else [Translation("", 0.0)] for own in of_line]

    def _text(self, hypothesis: Hypothesis) -> Translation:
        tokens = hypothesis.tokens
        ended = tokens[-1:] == (END_ID,)
        text = self.loaded.target.decode(tokens[:-1] if ended else tokens)
        # One line for one line, whatever an engine may write.
        return Translation(text.replace("\n", " "), hypothesis.log_prob, tokens)

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[float]:
        """The natural log-probability of each target, its end included, given its source.

        A pair with a side of more than 1,024 tokens has none: nan, and it is counted.

        Raises:
            InputError: there are not as many targets as sources.
        """
        if len(sources) != len(targets):
            raise InputError(
                f"{len(sources):,} sources and {len(targets):,} targets", "as many of each"
            )
        return self.score_ids(
            [self.loaded.source.encode(line) for line in sources],
            [[*self.loaded.target.encode(line), END_ID] for line in targets],
        )

    def score_ids(
        self,
        sources: Sequence[Sequence[int]],
        targets: Sequence[Sequence[int]],
        batch_size: int = DecodingOptions.batch_size,
    ) -> list[float]:
        """The same for tokens: sources without their end, targets as a hypothesis has them."""
        pairs = [range(max(map(len, pair))) for pair in zip(sources, targets, strict=True)]
        scores = [math.nan] * len(pairs)
        for batch in batches(pairs, batch_size):
            fitting = [place for place in batch if len(pairs[place]) <= _PAIRED]
            self.num_unscored += len(batch) - len(fitting)
            if fitting:
                values = self._scores([sources[i] for i in fitting], [targets[i] for i in fitting])
                for place, value in zip(fitting, values, strict=True):
                    scores[place] = value
        return scores

    @torch.inference_mode()
    def _scores(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        model, device = self.loaded.model, self.loaded.device
        inputs, wanted = (batch.to(device) for batch in _shifted(targets))
        log_probs, _ = model.score(
            inputs, wanted, model.encode(*encoder_batch(self.loaded, sources))
        )
        values = log_probs.double().cpu()
        return [float(row[: len(own)].sum()) for row, own in zip(values, targets, strict=True)]

    @torch.inference_mode()
    def attention(self, line: str, tokens: Sequence[int]) -> tuple[list[str], list[str], Tensor]:
        """Where the decoder looks while it writes ``tokens``.

        Args:
            line: the source.
            tokens: a translation's.

        Returns:
            The source's pieces and the target's, the ends included, and the weights
            (layers, heads, target, source), each row of which sums to one.

        Raises:
            InputError: the line is empty, or is translated in parts.
            ModelError: the model has no attention.
        """
        parts = segments([line], self.loaded.source, self.longest)
        if len(parts) != 1:
            raise InputError("attention is for a line that is translated as a whole", "another one")
        state = self.loaded.model.encode(*encoder_batch(self.loaded, [parts[0].ids]))
        inputs, _ = _shifted([tokens])
        (weights,) = self.loaded.model.attention(inputs.to(self.loaded.device), state)
        read = list(parts[0].ids)
        if self.loaded.reverse_source:
            read.reverse()
        pieces = self.loaded.source.pieces([*read, END_ID])
        return pieces, self.loaded.target.pieces(list(tokens)), weights.float().cpu()


def _joined(parts: Sequence[list[Translation]]) -> list[Translation]:
    """The best of each part after each other, then the second best, as far as all have one."""
    if len(parts) == 1:
        return parts[0]
    return [
        Translation(" ".join(t.text for t in ranked), math.fsum(t.score for t in ranked))
        for ranked in zip(*parts, strict=False)
    ]


def _shifted(targets: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """What a decoder reads and what it should say, each (rows, longest)."""
    wanted = padded([np.array(ids, dtype=np.int64) for ids in targets])[0][:, :-1]
    ends = torch.full((len(wanted), 1), END_ID)
    return torch.cat([ends, wanted[:, :-1]], 1), wanted


def _longest_source(loaded: LoadedTranslation) -> int:
    """The longest source of the training, in tokens: what is longer was never seen.

    Raises:
        ModelError: ``config.json`` holds something else.
    """
    longest = loaded.config.get("longest_source", TranslationOptions.max_length)
    if type(longest) is not int or not 0 < longest < 1 << 20:
        raise ModelError(f"{loaded.path} is damaged: longest_source is no length", "train it again")
    return longest
