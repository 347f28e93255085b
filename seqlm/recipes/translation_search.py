"""Finding translations of tokens: what a search is, and the network's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from seqlm.beam_search import beam_search
from seqlm.config import DecodingOptions
from seqlm.data.padding import padded
from seqlm.decoding import Hypothesis, sample_streams
from seqlm.recipes.translation_folder import LoadedTranslation
from seqlm.sampling import Sampling
from seqlm.state import State
from seqlm.tokenizers import END_ID, UNKNOWN_ID


class Search(Protocol):
    """What finds translations of tokens: the network itself, or another engine."""

    def __call__(
        self, sources: Sequence[Sequence[int]], lines: Sequence[int], options: DecodingOptions
    ) -> list[list[Hypothesis]]:
        """``nbest`` hypotheses of each source; ``lines`` are their numbers, for the sampling."""


class TorchSearch:
    """The search with the network itself."""

    def __init__(self, loaded: LoadedTranslation) -> None:
        self._loaded = loaded
        self._excluded = never_written(loaded)

    @torch.inference_mode()
    def __call__(
        self, sources: Sequence[Sequence[int]], lines: Sequence[int], options: DecodingOptions
    ) -> list[list[Hypothesis]]:
        """``nbest`` hypotheses of each source (see ``Search``)."""
        model = self._loaded.model
        if options.sample:
            return self._sample(sources, lines, options)
        log_probs, state = self._start(sources)
        return beam_search(
            model,
            log_probs,
            state,
            beam_size=max(options.beam, options.nbest),
            max_tokens=longest_targets(sources, options),
            end=END_ID,
            excluded=self._excluded,
            length_penalty=options.length_penalty,
            wanted=options.nbest,
        )

    def _sample(
        self, sources: Sequence[Sequence[int]], lines: Sequence[int], options: DecodingOptions
    ) -> list[list[Hypothesis]]:
        """Each source ``nbest`` times; the draws of a line follow from its number and the seed."""
        most = options.nbest
        repeated = [source for source in sources for _ in range(most)]
        log_probs, state = self._start(repeated)
        drawn = sample_streams(
            self._loaded.model,
            log_probs,
            state,
            Sampling(options.temperature, options.top_k, options.top_p, options.min_p),
            seeds=[
                options.seed + (line * most + number) * 0x9E3779B1
                for line in lines
                for number in range(most)
            ],
            max_tokens=longest_targets(repeated, options),
            end=END_ID,
            excluded=self._excluded,
        )
        return [drawn[start : start + most] for start in range(0, len(drawn), most)]

    def _start(self, sources: Sequence[Sequence[int]]) -> tuple[Tensor, State]:
        model = self._loaded.model
        state = model.encode(*encoder_batch(self._loaded, sources))
        first = torch.full((len(sources),), END_ID, device=self._loaded.device)
        return model.next_log_probs(first, state)


def longest_targets(sources: Sequence[Sequence[int]], options: DecodingOptions) -> list[int]:
    """The most tokens that a translation of each source may have, its end included."""
    if options.max_length is not None:
        return [options.max_length] * len(sources)
    return [2 * len(source) + 20 for source in sources]


def never_written(loaded: LoadedTranslation) -> list[int]:
    """Ids that no translation holds: the unknown token, and what would end the line."""
    target = loaded.target
    return [
        UNKNOWN_ID,
        *(i for i in range(UNKNOWN_ID + 1, target.vocab_size) if "\n" in target.decode([i])),
    ]


def encoder_batch(
    loaded: LoadedTranslation, sources: Sequence[Sequence[int]]
) -> tuple[Tensor, Tensor]:
    """What ``encode`` takes (see ``source_batch``), from tokens without their end."""
    rows = [
        np.array(ids[::-1] if loaded.reverse_source else ids, dtype=np.int64) for ids in sources
    ]
    source, lengths = padded(rows)
    return source.to(loaded.device), lengths.to(loaded.device)
