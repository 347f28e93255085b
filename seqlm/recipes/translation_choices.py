"""What a user leaves open about a translation model: sizes, rates, and how long to train.

The figures come from runs on real text (docs/translation.md). Where there is a time budget the
machine is timed first, then everything is settled, so that the same choices give the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from seqlm.config import TranslationOptions
from seqlm.device import has_fast_bfloat16
from seqlm.errors import UsageError
from seqlm.models.translation_networks import translation_config
from seqlm.recipes.settled import Settled
from seqlm.recipes.shape_choices import meaningless
from seqlm.recipes.translation_task import TranslationTask
from seqlm.training.budget import Timing, steps_within, training_seconds
from seqlm.training.fit import Plan
from seqlm.training.timing import time_task

SIZES = {"transformer": (128, 256, 512)}
RECURRENT_SIZES = (256, 512)
MIN_EPOCHS = 16.0
"""With less time than for so many readings, a smaller model ends up better."""
_TOKENS = 6_000_000
"""Target tokens to train on when nothing is said about how long, at least one epoch of them."""
_MOST_EPOCHS = 60.0
_WARMUP_SHARE = 0.3  # of the steps, at the most
_EVALUATIONS = 8
_NEW_SHAPES = 0.03  # of the time: kernels for shapes that were not met while timing
_TIMED_STEPS = 4
_TIMED_CAREFULLY = 12  # steps, where a budget depends on them


TranslationChoices = Settled[TranslationOptions]
MakeTask = Callable[[TranslationOptions, str], TranslationTask]


def choose_translation(
    options: TranslationOptions,
    num_tokens: int,
    device: torch.device,
    make_task: MakeTask,
    seconds_left: Callable[[], float | None],
) -> TranslationChoices:
    """Settle what is open.

    Args:
        options: what the user asked for.
        num_tokens: target tokens of the training part.
        device: where it trains.
        make_task: builds a task with these options and precision, to be timed.
        seconds_left: of the budget; None without one.

    Raises:
        UsageError: the sizes do not go together.
    """
    precision = options.precision
    if precision == "auto":
        precision = "bfloat16" if has_fast_bfloat16(device) else "float32"
    sized, task, timing = _sized(options, num_tokens, precision, make_task, seconds_left())
    left = seconds_left()
    steps = _steps(sized, num_tokens, task.train.steps_per_epoch, timing, left)
    epochs = steps / task.train.steps_per_epoch
    assert sized.hidden_size is not None
    settled = replace(
        sized,
        learning_rate=sized.learning_rate or _learning_rate(sized.hidden_size),
        dropout=_dropout(epochs) if sized.dropout is None else sized.dropout,
    )
    assert settled.learning_rate is not None
    plan = Plan(
        steps=steps,
        learning_rate=settled.learning_rate,
        warmup=min(_WARMUP_SHARE, settled.warmup_steps / steps),
        clip=settled.clip,
        evaluate_every=max(1, -(-steps // _EVALUATIONS)),
        patience=settled.patience,
        schedule="linear",
        seconds=None if left is None else training_seconds(left, timing),
    )
    parameters = sum(parameter.numel() for parameter in task.model.parameters())
    return TranslationChoices(settled, precision, plan, epochs, timing, parameters)


def check_shape(options: TranslationOptions) -> None:
    """Refuse what does not go together before any text is read.

    Raises:
        InputError: an option means nothing to the architecture.
        UsageError: the sizes do not go together.
    """
    transformer = options.arch == "transformer"
    for flag, given, means_something in (
        ("--inner-size", options.inner_size is not None, transformer),
        ("--num-heads", options.num_heads is not None, transformer),
        ("--attention", options.attention != "dot", not transformer),
        ("--bidirectional", options.bidirectional is not None, not transformer),
        ("--input-feeding", options.input_feeding, not transformer),
        ("--peeky", options.peeky, not transformer),
    ):
        if given and not means_something:
            raise meaningless(flag, options.arch)
    size = options.hidden_size or 512
    try:
        translation_config(replace(options, hidden_size=size), 2, 2)
    except ValueError as error:
        raise UsageError(str(error), "seqlm train-translate --help") from error


def _sized(
    options: TranslationOptions,
    num_tokens: int,
    precision: str,
    make_task: MakeTask,
    seconds_left: float | None,
) -> tuple[TranslationOptions, TranslationTask, Timing]:
    """The size asked for, else the smallest, or the largest that reads the pairs often enough."""
    sizes: tuple[int, ...] = SIZES.get(options.arch, RECURRENT_SIZES)
    if options.hidden_size is not None:
        sizes = (options.hidden_size,)
    elif seconds_left is None or options.steps or options.epochs:
        sizes = sizes[:1]
    best = None
    for size in sizes:
        candidate = replace(options, hidden_size=size)
        task = make_task(candidate, precision)
        careful = seconds_left is not None
        timing = _timed(task, candidate, _TIMED_CAREFULLY if careful else _TIMED_STEPS)
        epochs = (seconds_left or 0.0) / timing.step / task.train.steps_per_epoch
        if best is None or epochs >= MIN_EPOCHS:
            best = candidate, task, timing
        if epochs < MIN_EPOCHS:  # and fewer still of a larger one
            break
    assert best is not None
    return best


def _timed(task: TranslationTask, options: TranslationOptions, steps: int) -> Timing:
    optimizer = make_translation_optimizer(task.model, options)
    return time_task(task, optimizer, steps=steps, warm_steps=steps)


def _steps(
    options: TranslationOptions,
    num_tokens: int,
    per_epoch: int,
    timing: Timing,
    seconds_left: float | None,
) -> int:
    if options.steps is not None:
        return options.steps
    if options.epochs is not None:
        return max(1, round(options.epochs * per_epoch))
    most = max(1, round(_MOST_EPOCHS * per_epoch))
    if seconds_left is not None:
        useful = (1 - _NEW_SHAPES) * seconds_left
        return min(most, steps_within(useful, timing, _EVALUATIONS))
    return min(most, max(per_epoch, round(_TOKENS / num_tokens * per_epoch)))


def _learning_rate(size: int) -> float:
    """3e-3 up to 128 features, less for wider layers."""
    return round(3e-3 * float(min(1.0, 128 / size) ** 0.5), 5)


def _dropout(epochs: float) -> float:
    """More epochs, more dropout."""
    for limit, dropout in ((6.0, 0.1), (12.0, 0.15), (20.0, 0.2)):
        if epochs <= limit:
            return dropout
    return 0.3


def make_translation_optimizer(
    model: torch.nn.Module, options: TranslationOptions
) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter, 2019) with the betas of Vaswani et al. (2017), fused."""
    return torch.optim.AdamW(
        model.parameters(),
        lr=1e-3,
        betas=(0.9, 0.98),
        weight_decay=options.weight_decay,
        fused=True,
    )
