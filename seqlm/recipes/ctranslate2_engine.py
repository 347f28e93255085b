"""Translations by CTranslate2, with a model of ours.

The engine needs the weights in a format of its own. They are converted when they are first asked
for and kept in the user's cache, under the hash of what they were made from.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqlm.config import DecodingOptions, Quantization
from seqlm.decoding import Hypothesis
from seqlm.recipes.ctranslate2_export import POSITIONS, import_ctranslate2, write_engine_files
from seqlm.recipes.prepared_cache import PreparedCache
from seqlm.recipes.translation_folder import LoadedTranslation
from seqlm.recipes.translation_search import longest_targets
from seqlm.verified_folder import MANIFEST


def open_engine(
    loaded: LoadedTranslation, quantization: Quantization = "none", threads: int = 1
) -> CTranslate2Search:
    """The engine with the weights of ``loaded``, in memory.

    Raises:
        ModelError: the model is not a transformer.
        SeqlmError: CTranslate2 is not installed, or the disk is full.
    """
    ctranslate2 = import_ctranslate2()
    cache = PreparedCache()
    made_from = (loaded.path / MANIFEST).read_bytes() + ctranslate2.__version__.encode()
    key = f"ctranslate2-{hashlib.sha256(made_from).hexdigest()[:32]}"

    def load(folder: Path) -> Any:
        return ctranslate2.Translator(
            os.fspath(folder),
            compute_type="float32" if quantization == "none" else quantization,
            intra_threads=threads,
        )

    engine = cache.find(key, load)
    if engine is None:
        with cache.building() as folder:
            write_engine_files(loaded, folder)
            engine = cache.keep(key, folder, load)
    return CTranslate2Search(loaded, engine)


class CTranslate2Search:
    """The search by the engine (see ``Search``); it finds the tokens that ours finds."""

    def __init__(self, loaded: LoadedTranslation, engine: Any) -> None:
        self._source = loaded.source
        self._target = loaded.target
        self._reverse = loaded.reverse_source
        self._engine = engine
        # It takes the unknown token out of the softmax, which shifts all scores. No target of
        # subwords ever held that token, so there it is as improbable as one can be.
        self._disable_unknown = loaded.target.kind in ("word", "char")

    def __call__(
        self, sources: Sequence[Sequence[int]], lines: Sequence[int], options: DecodingOptions
    ) -> list[list[Hypothesis]]:
        """``nbest`` hypotheses of each source; ``lines`` are for sampling, which it is not for."""
        rows = [self._source.pieces(ids[::-1] if self._reverse else ids) for ids in sources]
        results = self._engine.translate_batch(
            rows,
            beam_size=max(options.beam, options.nbest),
            num_hypotheses=options.nbest,
            length_penalty=options.length_penalty,
            max_decoding_length=min(POSITIONS, max(longest_targets(sources, options))),
            max_input_length=0,
            min_decoding_length=0,
            disable_unk=self._disable_unknown,
            return_scores=True,
            return_end_token=True,
        )
        return [
            [
                self._hypothesis(pieces, score, options)
                for pieces, score in zip(result.hypotheses, result.scores, strict=True)
            ]
            for result in results
        ]

    def _hypothesis(
        self, pieces: Sequence[str], score: float, options: DecodingOptions
    ) -> Hypothesis:
        """Its score is divided by length ** penalty; ours is not."""
        tokens = tuple(self._target.piece_ids(pieces))
        return Hypothesis(tokens, score * len(tokens) ** options.length_penalty)
