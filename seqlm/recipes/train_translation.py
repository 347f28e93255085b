"""What ``train-translate`` does: pairs in, a finished model folder out."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path

import torch

from seqlm.config import TranslationOptions
from seqlm.data.pair_batches import PairBatches
from seqlm.data.pairs import PairedText
from seqlm.device import choose_device, keep_freed_memory, set_threads
from seqlm.models.translation_networks import make_translation_model, translation_config
from seqlm.recipes.prepare_pairs import PreparedPairs, find_prepared_pairs, prepare_pairs
from seqlm.recipes.settled import Settled, read_settled
from seqlm.recipes.tokenizer_pair import tokenizer_files
from seqlm.recipes.train_request import (
    CHECKPOINTS,
    REQUEST,
    TRAIN_TRANSLATE,
    Listener,
    TrainResult,
    TranslationRequest,
)
from seqlm.recipes.training_run import Described, Record, TrainingRun
from seqlm.recipes.translation_choices import (
    TranslationChoices,
    check_shape,
    choose_translation,
    make_translation_optimizer,
)
from seqlm.recipes.translation_task import TranslationTask
from seqlm.training.fit import Task
from seqlm.training.memory import within_memory
from seqlm.verified_folder import locked, read_json


def train_translation_model(
    request: TranslationRequest,
    listener: Listener,
    *,
    dry_run: bool = False,
    resume: bool = False,
    started: float | None = None,
) -> TrainResult:
    """Train a translation model and write its folder.

    Args:
        request: what to train, and where it goes; the folder may be replaced.
        listener: whoever shows it.
        dry_run: stop when the plan is settled.
        resume: go on with the training that stands in the folder.
        started: the ``time.monotonic()`` that a budget counts from.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; the checkpoint is saved.
        SeqlmError: the input, the options or the machine do not allow it.
    """
    started = time.monotonic() if started is None else started
    check_shape(request.options)
    keep_freed_memory()
    set_threads(request.threads)
    device = choose_device(request.device)
    with locked(request.folder):
        prepared = _prepared_before(request) if resume else None
        prepared = prepared or _prepare(request, listener)
        run = TranslationRun(request, prepared, device, listener, started)
        return run.train(dry_run=dry_run, resume=resume)


def _prepared_before(request: TranslationRequest) -> PreparedPairs | None:
    """The ids of a training that is gone on with, if the cache still has them."""
    return find_prepared_pairs(read_json(request.folder / CHECKPOINTS / REQUEST)["corpus"])


def _prepare(request: TranslationRequest, listener: Listener) -> PreparedPairs:
    """Tokenize the pairs of a request, and pass on what is worth a note."""
    valid = PairedText(request.valid, request.text, spool=True) if request.valid else None
    text = PairedText(request.files, request.text, spool=True)
    prepared = prepare_pairs(text, valid, request.options)
    for note in prepared.notes:
        listener.note(note)
    return prepared


class TranslationRun(TrainingRun[TranslationChoices]):
    """One training of a translation model."""

    command = TRAIN_TRANSLATE

    def __init__(
        self,
        request: TranslationRequest,
        prepared: PreparedPairs,
        device: torch.device,
        listener: Listener,
        started: float,
    ) -> None:
        super().__init__(request, prepared, device, listener, started)
        self.prepared = prepared

    def choose(self) -> TranslationChoices:
        """Settle what is open; models that are thrown away are timed."""
        options = self.request.options

        def choose(batch_tokens: int) -> TranslationChoices:
            return choose_translation(
                replace(options, batch_tokens=batch_tokens),
                len(self.prepared.train_pairs.target),
                self.device,
                lambda options, precision: self._task(replace(options, dropout=0.1), precision),
                self.seconds_left,
            )

        return within_memory(choose, options.batch_tokens, "--batch-tokens")

    def stored_choices(self, stored: Record) -> TranslationChoices:
        """The choices that JSON holds."""
        return read_settled(Settled, TranslationOptions, stored)

    def make_task(self) -> Task:
        """What is trained."""
        return self._task(self.choices.options, self.choices.precision)

    def _task(self, options: TranslationOptions, precision: str) -> TranslationTask:
        prepared = self.prepared
        sizes = prepared.source.vocab_size, prepared.target.vocab_size
        model = make_translation_model(translation_config(options, *sizes), options.dropout or 0.0)
        train, valid = (
            PairBatches(
                pairs,
                options.batch_tokens,
                options.seed,
                reverse_source=options.reverse_source,
                shuffled=pairs is prepared.train_pairs,
            )
            for pairs in (prepared.train_pairs, prepared.valid_pairs)
        )
        task = TranslationTask(
            model.to(self.device),
            train,
            valid,
            precision=getattr(torch, precision),
            label_smoothing=options.label_smoothing,
        )
        task.start_from_unigram()
        return task

    def make_optimizer(self, task: Task) -> torch.optim.Optimizer:
        """AdamW."""
        return make_translation_optimizer(task.model, self.choices.options)

    def describe(self, model: torch.nn.Module, train: Record, best: Record) -> Described:
        """What the folder says of the model."""
        options, prepared = self.choices.options, self.prepared
        shape = translation_config(options, prepared.source.vocab_size, prepared.target.vocab_size)
        config = {
            "kind": "translation",
            **asdict(shape),
            "reverse_source": options.reverse_source,
            "longest_source": int(prepared.train_pairs.lengths[0].max()) - 1,
            "tokenizer": prepared.target.kind,
            "normalization": prepared.target.normalization,
        }
        return Described(
            config,
            tokenizer_files(prepared.source, prepared.target),
            f"--steps {self.choices.plan.steps} --hidden-size {options.hidden_size}",
            _card(self.request.folder.name, config, train, best),
        )


def _card(name: str, config: Record, train: Record, best: Record) -> str:
    """``README.md`` of a model folder."""
    files = " and ".join(Path(file).name for file in train["request"]["files"])
    pairs = train["corpus"]["train"]["target"]["lines"]
    return f"""# {name}

A translation model ({config["arch"]}, {config["num_layers"]} x {config["hidden_size"]}, \
{train["choices"]["parameters"]:,} parameters, {config["vocab_size"]:,} {config["tokenizer"]} \
tokens) made with seqlm {train["versions"]["seqlm"]} on {train["created"][:10]} from {pairs:,} \
pairs of {files}.

| held-out targets | |
| --- | --- |
| perplexity per token | {best["valid_ppl_token"]:.2f} |
| perplexity per word | {best["valid_ppl_word"]:.2f} |

    seqlm translate -m {name} text.txt
    seqlm translate -m {name} text.txt | seqlm evaluate reference.txt

`train.json` holds the arguments, the plan, the versions and the hash of the text;
`metrics.jsonl` a line for each evaluation.
"""
