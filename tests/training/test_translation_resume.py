"""A translation training that was stopped and gone on with is the one that was never stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from seqlm.config import TranslationOptions
from seqlm.data.pair_batches import PairBatches
from seqlm.data.pair_store import PairStore, PairWriter
from seqlm.errors import Interrupted
from seqlm.models.translation_networks import make_translation_model, translation_config
from seqlm.recipes.translation_choices import make_translation_optimizer
from seqlm.recipes.translation_task import TranslationTask
from seqlm.tokenizers.character import CharacterTokenizer
from seqlm.tokenizers.vocabulary import Vocabulary
from seqlm.training.fit import Plan, Run
from tests.stopped_training import fingerprint, train_until

STEPS = 8
PLAN = Plan(
    steps=STEPS, learning_rate=1e-2, warmup=0.2, clip=1.0, evaluate_every=3, schedule="linear"
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> PairStore:
    """Words and the same words backwards."""
    draw = np.random.default_rng(0)
    words = ["".join(draw.choice(list("abcde"), size)) for size in draw.integers(1, 9, 60)]
    tokenizer = CharacterTokenizer(Vocabulary(list("abcde")), "NFC")
    writer = PairWriter(tmp_path_factory.mktemp("pairs"), "all", (tokenizer, tokenizer), 50)
    writer.add(words, [word[::-1] for word in words])
    made = writer.close()
    assert made is not None
    return made


def new_training(pairs: PairStore, arch: str, precision: torch.dtype = torch.float32):
    torch.manual_seed(7)
    options = TranslationOptions(arch=arch, hidden_size=8, num_heads=2, num_layers=1)
    model = make_translation_model(translation_config(options, 7, 7), 0.3)
    task = TranslationTask(
        model,
        PairBatches(pairs, 200, 2),
        PairBatches(pairs, 200, 2, shuffled=False),
        precision=precision,
        label_smoothing=0.1,
    )
    task.start_from_unigram()
    return task, make_translation_optimizer(model, options), Run()


def train(folder: Path, pairs: PairStore, arch: str, stop_at: int | None) -> list[bytes]:
    """Train to the end, or to ``stop_at``; from the newest checkpoint in ``folder`` if any."""
    task, optimizer, run = new_training(pairs, arch)
    train_until(stop_at, folder, task, optimizer, PLAN, run)
    return fingerprint(task, run)


@pytest.mark.parametrize("arch", ["transformer", "lstm"])
def test_stopping_at_any_step_changes_nothing(pairs: PairStore, arch: str, tmp_path: Path) -> None:
    """Else a model would depend on when its machine was switched off, in mid-epoch or not."""
    steps_per_epoch = PairBatches(pairs, 200, 2).steps_per_epoch
    assert 2 < steps_per_epoch < STEPS
    expected = train(tmp_path / "whole", pairs, arch, None)
    for step in sorted({1, 3, steps_per_epoch, STEPS - 1}):
        folder = tmp_path / f"stopped-{step}"
        with pytest.raises(Interrupted):
            train(folder, pairs, arch, stop_at=step)
        assert train(folder, pairs, arch, None) == expected, step


@pytest.mark.parametrize("arch", ["transformer", "lstm", "gru", "rnn"])
def test_low_precision_follows_high_precision(pairs: PairStore, arch: str) -> None:
    """Else a model trained on copies of rounded weights would not learn what it should."""
    gradients = []
    for precision in (torch.float32, torch.bfloat16):
        task, _, _ = new_training(pairs, arch, precision)
        task.model.eval()
        loss, _, tokens = task.loss(0, None)
        loss.backward()
        assert tokens > 20
        assert all(parameter.grad is not None for parameter in task.model.parameters())
        gradients.append(torch.cat([p.grad.flatten() for p in task.model.parameters()]))
    high, low = gradients
    assert float((high - low).norm() / high.norm()) < 0.05


def test_smoothing_is_not_evaluated(pairs: PairStore) -> None:
    """Else a held-out loss would be no perplexity."""
    task, _, _ = new_training(pairs, "transformer")
    task.model.eval()
    with torch.no_grad():
        total = count = 0.0
        for step in range(task.valid.steps_per_epoch):
            batch = task.valid.batch(step)
            scores, _ = task.model.score(
                batch.inputs, batch.targets, task.model.encode(batch.source, batch.lengths)
            )
            real = batch.real[: batch.num_tokens]
            total -= float(scores.flatten()[real].sum())
            count += len(real)
        assert task.evaluate() == pytest.approx(total / count, rel=1e-5)
        assert float(task.loss(0, None)[0]) != pytest.approx(total / count, rel=1e-2)
