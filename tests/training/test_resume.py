"""A run that was stopped and gone on with is the run that was never stopped."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from seqlm.config import LanguageModelOptions
from seqlm.errors import Interrupted, ModelError
from seqlm.models.recurrent_lm import RecurrentConfig, RecurrentLM
from seqlm.recipes.language_model_choices import make_optimizer
from seqlm.recipes.language_model_task import LanguageModelTask
from seqlm.training.checkpoint import restore_checkpoint, save_checkpoint
from seqlm.training.fit import Plan, Run, fit
from tests.stopped_training import fingerprint, train_until

STEPS = 9
PLAN = Plan(steps=STEPS, learning_rate=1e-2, warmup=0.2, clip=0.5, evaluate_every=4)


def new_training(arch: str, samples: int, vocab_size: int = 40):
    torch.manual_seed(7)
    ids = np.random.default_rng(0).integers(0, 40, 300).astype(np.uint16)
    config = RecurrentConfig(arch, vocab_size, 6, 6, 2)
    model = RecurrentLM(config, dropout=0.3, embedding_dropout=0.1, weight_drop=0.2)
    task = LanguageModelTask(
        model,
        ids[:250],
        ids[250:],
        batch_size=4,
        chunk_length=5,
        samples=samples,
        precision=torch.float32,
        seed=2,
    )
    task.start_from_unigram()
    return task, make_optimizer(task, LanguageModelOptions()), Run(state=task.initial_state())


def train(
    folder: Path, arch: str, samples: int, stop_at: int | None, vocab_size: int = 40
) -> tuple[LanguageModelTask, Run]:
    """Train to the end, or to ``stop_at``; from the newest checkpoint in ``folder`` if any."""
    task, optimizer, run = new_training(arch, samples, vocab_size)
    train_until(stop_at, folder, task, optimizer, PLAN, run)
    return task, run


@pytest.mark.parametrize(
    ("arch", "samples", "vocab_size"),
    [("lstm", 8, 40), ("gru", 0, 40), ("rnn", 8, 40), ("lstm", 8, 200)],
    ids=["lstm", "gru", "rnn", "rows-updated-when-read"],
)
def test_stopping_at_any_step_changes_nothing(
    arch: str, samples: int, vocab_size: int, tmp_path: Path
) -> None:
    """Else a model would depend on when its machine was switched off."""
    expected = fingerprint(*train(tmp_path / "whole", arch, samples, None, vocab_size))
    for step in range(1, STEPS):
        folder = tmp_path / f"stopped-{step}"
        with pytest.raises(Interrupted) as stopped:
            train(folder, arch, samples, step, vocab_size)
        assert stopped.value.exit_code == 143
        assert fingerprint(*train(folder, arch, samples, None, vocab_size)) == expected, step


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    """Else one bad block on a disk would cost the whole training."""
    expected = fingerprint(*train(tmp_path / "whole", "lstm", 8, None))
    folder = tmp_path / "stopped"
    with pytest.raises(Interrupted):
        train(folder, "lstm", 8, stop_at=5)
    newest = sorted(folder.glob("step-*"))[-1] / "state.safetensors"
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    task, optimizer, run = new_training("lstm", 8)
    notes = restore_checkpoint(folder, task.model, optimizer, run)
    assert len(notes) == 1 and "sha256" in notes[0]
    assert run.step == 0
    fit(task, optimizer, PLAN, run)
    assert fingerprint(task, run) == expected


def test_no_checkpoint_is_an_error(tmp_path: Path) -> None:
    """Else --resume would quietly train from the start."""
    task, optimizer, run = new_training("lstm", 8)
    with pytest.raises(ModelError):
        restore_checkpoint(tmp_path, task.model, optimizer, run)


def test_two_checkpoints_are_kept(tmp_path: Path) -> None:
    """Else the disk would fill, or the only good one could be lost while saving."""
    task, optimizer, run = new_training("lstm", 8)
    for run.step in (1, 2, 3):
        save_checkpoint(tmp_path, task.model, optimizer, run)
    assert sorted(path.name[-1] for path in tmp_path.glob("step-*")) == ["2", "3"]
    shutil.rmtree(tmp_path)
