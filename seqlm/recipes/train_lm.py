"""What ``train-lm`` does: one network, counted n-grams, or a mixture, by what was asked for."""

from __future__ import annotations

from seqlm.errors import InputError
from seqlm.recipes.train_request import Listener, TrainRequest, TrainResult


def train_lm(
    request: TrainRequest, listener: Listener, *, dry_run: bool, resume: bool, started: float
) -> TrainResult:
    """Train a language model and write its folder.

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
    options = request.options
    if options.arch == "ngram":
        from seqlm.recipes.train_ngram_model import check_options, train_ngram_model

        check_options(request, resume)
        return train_ngram_model(request, listener, started, dry_run=dry_run)
    if options.order is not None and options.arch != "auto":
        raise InputError("--order is for n-gram models", "--arch ngram")
    if options.arch == "auto" or (options.members or 1) > 1:
        from seqlm.recipes.train_mixture_model import train_mixture_model as train
    else:
        from seqlm.recipes.train_language_model import train_language_model as train
    return train(request, listener, dry_run=dry_run, resume=resume, started=started)
