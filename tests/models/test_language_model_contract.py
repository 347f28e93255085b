"""What holds for every language model, whatever is inside it."""

from __future__ import annotations

import pytest
import torch

from seqlm.config import CacheOptions
from seqlm.models.kneser_ney import estimate
from seqlm.models.language_model import LanguageModel
from seqlm.models.large_arrays import ArrayStore
from seqlm.models.mixture_lm import MixtureLM
from seqlm.models.neural_cache import CachedLM
from seqlm.models.ngram_counts import count_ngrams
from seqlm.models.ngram_lm import NgramLM
from seqlm.models.recurrent_lm import RecurrentConfig, RecurrentLM
from seqlm.models.transformer_lm import TransformerConfig, TransformerLM
from seqlm.models.window_lm import WindowConfig, WindowLM
from seqlm.state import flatten, select_rows

VOCAB = 11


def recurrent(arch: str, **shape: object) -> RecurrentLM:
    torch.manual_seed(3)
    sizes = {"embedding_size": 6, "hidden_size": 6, "num_layers": 2} | shape
    model = RecurrentLM(RecurrentConfig(arch=arch, vocab_size=VOCAB, **sizes), dropout=0.5)
    torch.nn.init.normal_(model.output_bias)
    return model.eval()


def ngram() -> NgramLM:
    ids = torch.randint(0, VOCAB, (600,), generator=torch.Generator().manual_seed(1)).numpy()
    with ArrayStore(1 << 24) as store:
        table, _ = estimate(count_ngrams(ids, 3, VOCAB, store), VOCAB, store)
    return NgramLM(table)


def transformer(**shape: int) -> TransformerLM:
    torch.manual_seed(3)
    sizes = {"hidden_size": 6, "feedforward_size": 9, "num_layers": 2, "num_heads": 2, "context": 4}
    model = TransformerLM(TransformerConfig(VOCAB, **(sizes | shape)), dropout=0.5)
    for parameter in model.parameters():
        if not parameter.any():  # layers begin as the identity, and would hide their mistakes
            torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


def window(**shape: int) -> WindowLM:
    torch.manual_seed(3)
    sizes = {"embedding_size": 6, "hidden_size": 6, "context": 3} | shape
    return WindowLM(WindowConfig(VOCAB, **sizes), dropout=0.5).eval()


MODELS = {
    "ngram": ngram,
    "mixture": lambda: MixtureLM([recurrent("lstm"), ngram(), transformer()], [0.5, 0.2, 0.3]),
    "cache": lambda: CachedLM(recurrent("gru"), CacheOptions(5, 4.0, 0.4)),
    "rnn": lambda: recurrent("rnn"),
    "lstm": lambda: recurrent("lstm"),
    "gru": lambda: recurrent("gru"),
    "lstm, sizes apart": lambda: recurrent("lstm", embedding_size=4),
    "gru, untied, no skip": lambda: recurrent("gru", tied=False, skip=False),
    "window": window,
    "window, sizes apart": lambda: window(hidden_size=9, context=2),
    "window, untied": lambda: window(hidden_size=9, tied=False),
    "transformer": transformer,
    "transformer, wide sight": lambda: transformer(context=30, num_heads=3),
    "transformer, untied": lambda: transformer(tied=False, num_layers=1, num_heads=1),
}


@pytest.fixture(params=MODELS, ids=list(MODELS))
def model(request: pytest.FixtureRequest) -> LanguageModel:
    return MODELS[request.param]()


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


def streams(rows: int = 3, time: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    tokens = torch.randint(0, VOCAB, (rows, time + 1), generator=torch.Generator().manual_seed(5))
    return tokens[:, :-1], tokens[:, 1:]


def test_probabilities_sum_to_one(model: LanguageModel) -> None:
    """Else every perplexity would be of something that is no probability."""
    inputs, _ = streams()
    state = model.initial_state(3)
    for time in range(inputs.shape[1]):
        log_probs, state = model.next_log_probs(inputs[:, time], state)
        assert log_probs.shape == (3, VOCAB)
        torch.testing.assert_close(log_probs.exp().sum(1), torch.ones(3))


def test_scoring_equals_stepping(model: LanguageModel) -> None:
    """Else generation would follow another model than the one that perplexity measures."""
    inputs, targets = streams()
    scores, _ = model.score(inputs, targets, model.initial_state(3))
    state = model.initial_state(3)
    for time in range(inputs.shape[1]):
        log_probs, state = model.next_log_probs(inputs[:, time], state)
        expected = log_probs.gather(1, targets[:, time : time + 1])[:, 0]
        torch.testing.assert_close(scores[:, time], expected, atol=1e-5, rtol=1e-5)


def test_two_chunks_equal_one(model: LanguageModel) -> None:
    """Else a perplexity would depend on the chunk length."""
    inputs, targets = streams()
    whole, end = model.score(inputs, targets, model.initial_state(3))
    first, state = model.score(inputs[:, :4], targets[:, :4], model.initial_state(3))
    second, state = model.score(inputs[:, 4:], targets[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(flatten(state), flatten(end), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_the_future_is_invisible(model: LanguageModel) -> None:
    """Else the model would be graded on a question whose answer it has seen."""
    inputs, targets = streams()
    before, _ = model.score(inputs, targets, model.initial_state(3))
    changed = inputs.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % VOCAB
    after, _ = model.score(changed, targets, model.initial_state(3))
    torch.testing.assert_close(after[:, :5], before[:, :5])
    assert not torch.equal(after[:, 5:], before[:, 5:])


def test_batch_size_changes_nothing(model: LanguageModel) -> None:
    """Else a line's score would depend on the lines beside it."""
    inputs, targets = streams()
    together, _ = model.score(inputs, targets, model.initial_state(3))
    for row in range(3):
        alone, _ = model.score(
            inputs[row : row + 1], targets[row : row + 1], model.initial_state(1)
        )
        torch.testing.assert_close(alone[0], together[row], atol=1e-5, rtol=1e-5)


def test_rows_of_a_state_can_be_selected(model: LanguageModel) -> None:
    """Else beam search would continue one hypothesis from the memory of another."""
    inputs, targets = streams()
    _, state = model.score(inputs, targets, model.initial_state(3))
    rows = torch.tensor([2, 0, 0])
    picked, _ = model.next_log_probs(targets[rows, -1], select_rows(state, rows))
    plain, _ = model.next_log_probs(targets[:, -1], state)
    torch.testing.assert_close(picked, plain[rows], atol=1e-5, rtol=1e-5)


def test_the_past_is_remembered(model: LanguageModel) -> None:
    """Else the state would be decoration, and the model a unigram or bigram at best."""
    start = model.initial_state(1)
    _, one = model.next_log_probs(torch.tensor([2]), start)
    _, other = model.next_log_probs(torch.tensor([3]), start)
    after_one, _ = model.next_log_probs(torch.tensor([4]), one)
    after_other, _ = model.next_log_probs(torch.tensor([4]), other)
    assert not torch.allclose(after_one, after_other)
