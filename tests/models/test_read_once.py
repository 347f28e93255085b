"""A network that reads a text once and answers again and again."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from seqlm.config import CacheOptions
from seqlm.evaluation import Scorer
from seqlm.models.language_model import LanguageModel
from seqlm.models.network_config import RecurrentConfig
from seqlm.models.neural_cache import CachedLM
from seqlm.models.read_once import ReadOnce
from seqlm.models.recurrent_lm import RecurrentLM
from seqlm.state import State
from seqlm.tokenizers.vocabulary import Vocabulary
from seqlm.tokenizers.word import WordTokenizer

TOKENIZER = WordTokenizer(Vocabulary(["a", "b", "c"]))


class Counting(RecurrentLM):
    """Counts the tokens that it reads."""

    tokens_read = 0

    def features(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        self.tokens_read += inputs.numel()
        return super().features(inputs, state)


def test_it_reads_once_and_says_the_same() -> None:
    """Else tuning a cache would take seven times as long, or tune it to another network."""
    torch.manual_seed(0)
    config = RecurrentConfig("lstm", TOKENIZER.vocab_size, 6, 6, 1)
    network = Counting(config).eval()
    ids = np.random.default_rng(0).integers(0, TOKENIZER.vocab_size, 600)

    def scores(model: LanguageModel) -> list[float]:
        return list(map(float, Scorer(model, TOKENIZER).score_ids(ids)))

    tried = [CacheOptions(50, theta, 0.3) for theta in (2.0, 8.0)]
    expected = [scores(network), *(scores(CachedLM(network, options)) for options in tried)]
    network.tokens_read = 0
    once = ReadOnce(network)
    found = [scores(once), *(scores(CachedLM(once, options)) for options in tried)]
    assert found == expected
    assert network.tokens_read == len(ids)
