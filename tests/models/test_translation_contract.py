"""What holds for every translation model, whatever is inside it."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch
from torch import Tensor

from seqlm.config import TranslationOptions
from seqlm.errors import ModelError
from seqlm.models.translation_model import TranslationModel
from seqlm.models.translation_networks import (
    empty_translation_model,
    make_translation_model,
    translation_config,
)
from seqlm.state import select_rows

VOCAB, SOURCE_VOCAB = 11, 13
SHAPES: dict[str, dict[str, object]] = {
    "transformer": {"arch": "transformer", "num_heads": 2, "num_layers": 2},
    "transformer, two vocabularies": {"arch": "transformer", "separate_vocabularies": True},
    "lstm, dot": {"arch": "lstm", "num_layers": 2},
    "gru, additive": {"arch": "gru", "attention": "additive"},
    "rnn, dot, fed": {"arch": "rnn", "input_feeding": True, "peeky": True},
    "lstm, none": {"arch": "lstm", "attention": "none"},
    "gru, none, peeky": {"arch": "gru", "attention": "none", "peeky": True, "num_layers": 2},
    "lstm, none, fed, from both ends": {
        "arch": "lstm",
        "attention": "none",
        "input_feeding": True,
        "bidirectional": True,
        "separate_vocabularies": True,
    },
}


def make(name: str) -> TranslationModel:
    torch.manual_seed(3)
    options = TranslationOptions(hidden_size=8, **SHAPES[name])
    sizes = (SOURCE_VOCAB, VOCAB) if options.separate_vocabularies else (VOCAB, VOCAB)
    model = make_translation_model(translation_config(options, *sizes), 0.5)
    torch.nn.init.normal_(model.output_bias)
    return model.eval()


@pytest.fixture(params=SHAPES, ids=list(SHAPES))
def model(request: pytest.FixtureRequest) -> TranslationModel:
    return make(request.param)


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


LENGTHS = torch.tensor([4, 7, 1])


def sources(width: int = 7) -> Tensor:
    """Three sources, the last one empty."""
    ids = torch.randint(2, VOCAB, (3, width), generator=torch.Generator().manual_seed(5))
    return ids * (torch.arange(width) < LENGTHS[:, None] - 1)


def targets(time: int = 6) -> tuple[Tensor, Tensor]:
    ids = torch.randint(1, VOCAB, (3, time + 1), generator=torch.Generator().manual_seed(6))
    ids[:, 0] = 0
    return ids[:, :-1], ids[:, 1:]


def score(model: TranslationModel) -> Tensor:
    return model.score(*targets(), model.encode(sources(), LENGTHS))[0]


def test_padding_changes_nothing(model: TranslationModel) -> None:
    """Else a translation would depend on the longest sentence of its batch."""
    wider, _ = model.score(*targets(), model.encode(sources(12), LENGTHS))
    narrow = sources(12)[:, :7]
    assert torch.equal(narrow, sources(12)[:, :7])
    exact, _ = model.score(*targets(), model.encode(narrow, LENGTHS))
    torch.testing.assert_close(wider, exact, atol=1e-5, rtol=1e-5)


def test_a_batch_of_one_equals_a_batch_of_many(model: TranslationModel) -> None:
    """Else a translation would depend on the sentences beside it."""
    together = score(model)
    inputs, wanted = targets()
    for row, length in enumerate(LENGTHS.tolist()):
        state = model.encode(sources()[row : row + 1, :length], LENGTHS[row : row + 1])
        alone, _ = model.score(inputs[row : row + 1], wanted[row : row + 1], state)
        torch.testing.assert_close(alone[0], together[row], atol=1e-5, rtol=1e-5)


def test_stepping_equals_scoring(model: TranslationModel) -> None:
    """Else a search would follow another model than the one that was trained."""
    together = score(model)
    inputs, wanted = targets()
    state = model.encode(sources(), LENGTHS)
    for time in range(inputs.shape[1]):
        log_probs, state = model.next_log_probs(inputs[:, time], state)
        torch.testing.assert_close(log_probs.exp().sum(1), torch.ones(3))
        expected = log_probs.gather(1, wanted[:, time : time + 1])[:, 0]
        torch.testing.assert_close(together[:, time], expected, atol=1e-5, rtol=1e-5)


def test_two_chunks_equal_one(model: TranslationModel) -> None:
    """Else a long translation could not be scored piece by piece."""
    inputs, wanted = targets()
    first, state = model.score(inputs[:, :2], wanted[:, :2], model.encode(sources(), LENGTHS))
    second, _ = model.score(inputs[:, 2:], wanted[:, 2:], state)
    joined = torch.cat([first, second], 1)
    torch.testing.assert_close(joined, score(model), atol=1e-5, rtol=1e-5)


def test_the_future_is_invisible(model: TranslationModel) -> None:
    """Else the model would be trained on a question whose answer it has seen."""
    inputs, wanted = targets()
    changed = inputs.clone()
    changed[:, 4:] = changed[:, 4:] % (VOCAB - 1) + 1
    after, _ = model.score(changed, wanted, model.encode(sources(), LENGTHS))
    before = score(model)
    torch.testing.assert_close(after[:, :4], before[:, :4])
    assert not torch.equal(after[:, 4:], before[:, 4:])


def test_the_source_is_seen(model: TranslationModel) -> None:
    """Else it would be a language model that says something, whatever is asked."""
    other = sources()
    other[1, 0] = other[1, 0] % (VOCAB - 2) + 2
    changed, _ = model.score(*targets(), model.encode(other, LENGTHS))
    assert not torch.allclose(changed[1], score(model)[1])
    torch.testing.assert_close(changed[0], score(model)[0])


def test_hypotheses_share_their_source(model: TranslationModel) -> None:
    """Else a beam would have to copy the source for each hypothesis, or would mix sources."""
    inputs, wanted = targets()
    rows = torch.tensor([0, 0, 1, 1, 2, 2])
    state = model.encode(sources(), LENGTHS)
    shared = state._replace(past=select_rows(state.past, rows))
    scores, after = model.score(inputs[rows], wanted[rows], shared)
    torch.testing.assert_close(scores, score(model)[rows], atol=1e-5, rtol=1e-5)
    swapped = torch.tensor([1, 0, 3, 2, 5, 4])
    picked, _ = model.next_log_probs(inputs[rows, -1], select_rows(after, swapped, group=2))
    plain, _ = model.next_log_probs(inputs[rows, -1], after)
    torch.testing.assert_close(picked, plain, atol=1e-5, rtol=1e-5)


def test_attention_is_a_distribution_over_the_source(model: TranslationModel) -> None:
    """Else a heat map would show weight on padding, or more or less than there is."""
    inputs, _ = targets()
    state = model.encode(sources(), LENGTHS)
    if getattr(model.config, "attention", "") == "none":
        with pytest.raises(ModelError):
            model.attention(inputs, state)
        return
    weights = model.attention(inputs, state)
    assert weights.shape[0] == 3 and weights.shape[3:] == (6, 7)
    torch.testing.assert_close(weights.sum(4), torch.ones(weights.shape[:4]))
    assert (weights[0, ..., 4:] == 0).all()
    rows = torch.tensor([0, 0, 1, 1, 2, 2])
    shared = state._replace(past=select_rows(state.past, rows))
    torch.testing.assert_close(model.attention(inputs[rows], shared), weights[rows])


def test_saved_and_loaded_is_the_same(model: TranslationModel) -> None:
    """Else a trained model would be lost."""
    loaded = empty_translation_model(asdict(model.config))
    assert all(parameter.is_meta for parameter in loaded.parameters())
    loaded.load_state_dict(model.state_dict(), assign=True)
    assert torch.equal(score(loaded.eval()), score(model))


def test_the_empty_source_is_where_one_starts_without(model: TranslationModel) -> None:
    """Else a decoder could not be used as the language model that it is."""
    inputs, wanted = targets()
    scores, _ = model.score(inputs, wanted, model.initial_state(3))
    torch.testing.assert_close(scores[2], score(model)[2], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"arch": "ntm"},
        {"hidden_size": 7},
        {"hidden_size": True},
        {"num_layers": 0},
        {"num_layers": 1000},
        {"num_heads": 3},
        {"shared": 1},
        {"source_vocab_size": 12},
        {"vocab_size": 1 << 30},
    ],
    ids=str,
)
def test_a_strange_config_is_refused(change: dict[str, object]) -> None:
    """Else a damaged folder would end in a traceback, or in all of the memory."""
    stored = asdict(make("transformer").config) | change
    with pytest.raises(ValueError):
        empty_translation_model(stored)


def test_a_strange_attention_is_refused() -> None:
    """Else a config of another program would be taken for one of ours."""
    with pytest.raises(ValueError):
        empty_translation_model(asdict(make("lstm, dot").config) | {"attention": "soft"})
