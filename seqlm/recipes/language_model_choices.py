"""What a user leaves open about a language model: sizes, rates, and how long to train.

The figures come from runs on real text (docs/recipe.md). Where there is a time budget the machine
is timed first, then everything is settled, so that the same choices give the same run again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from seqlm.cells import CELLS
from seqlm.config import Arch, LanguageModelOptions
from seqlm.device import has_fast_bfloat16
from seqlm.models.networks import num_parameters
from seqlm.recipes.language_model_task import LanguageModelTask
from seqlm.recipes.settled import Settled
from seqlm.recipes.shape_choices import settle_shape
from seqlm.training.budget import Timing, steps_within, training_seconds
from seqlm.training.fit import Plan
from seqlm.training.lazy_adamw import LazyAdamW
from seqlm.training.timing import time_steps, time_task

FULL_SOFTMAX_UP_TO = 4_000
"""Tokens of vocabulary up to which the full softmax costs little more than a sampled one."""
MIN_EPOCHS = 6.5
"""With less time than for so many readings, a smaller model ends up better."""
_MIN_EPOCHS_OF_USUAL = 3.0
_USUAL_UP_TO = 1.5
"""The same for sizes up to 1.5 times the one that a text of its length gets without a budget."""
_TOKENS_PER_FEATURE = 100.0
"""Times the root of the vocabulary: what a layer has to read of a long text to be worth it."""
_FEWEST_OF_VOCABULARY = 2_500
"""No smaller one was tried; it counts as this many."""
_SIZES = (128, 192, 256, 384, 512, 650, 1024, 1536)
_SIZES_BY_TOKENS = (
    (200_000, 128, 256),
    (500_000, 192, 384),
    (1_000_000, 256, 650),
    (4_000_000, 384, 1024),
    (1 << 62, 512, 1536),
)
"""Texts of fewer tokens; the size where nothing is said; the largest that a budget may choose."""
_SHARE_OF_RATE: dict[Arch, float] = {"rnn": 0.4, "transformer": 0.2}
"""Of what an LSTM gets: a vanilla RNN and a transformer diverge at its rate."""
_SHARE_OF_DROPOUT: dict[Arch, float] = {"transformer": 0.8}
"""Each part of a transformer's layers drops features, not only the layer."""
_PENALTY = 2.0
_PENALTIES_FROM = 1.5  # readings of the text
_SHARE_BESIDE_PENALTIES = 0.6
"""Of dropout: the penalties of large and of jumping features do a part of its work, and better."""
_WIDE_FROM = 384  # features: above, what is dropped grows with them
_MOST_BESIDE_PENALTIES = 0.4
_BFLOAT16_FROM = 128  # features of a layer
_LAZY_FROM = 4
"""Times as many rows as a step may read: tables from this size on are updated row by row."""
_TIMED_STEPS = 6
_TIMED_CAREFULLY = 20  # steps, of the size that was chosen
_EVALUATIONS = (3, 8)  # at least, at most
_EVALUATIONS_SHARE = 0.03  # of a budget, if more than the least of them fit into it


@dataclass(frozen=True)
class Choices(Settled[LanguageModelOptions]):
    """Everything that was open about a network, settled.

    Attributes:
        samples: draws of the sampled loss, 0 for the full softmax.
    """

    samples: int


MakeTask = Callable[[LanguageModelOptions, int, str], LanguageModelTask]


def choose(
    options: LanguageModelOptions,
    vocab_size: int,
    num_tokens: int,
    device: torch.device,
    make_task: MakeTask,
    seconds_left: Callable[[], float | None],
) -> Choices:
    """Settle what is open.

    Args:
        options: what the user asked for.
        vocab_size: tokens of vocabulary.
        num_tokens: events of the training text.
        device: where it trains.
        make_task: builds a task with these options, samples and precision, to be timed.
        seconds_left: of the budget; None without one.
    """
    asked = settle_shape(options)
    options = _with_penalties(asked, epochs=math.inf)  # to be timed with them
    samples = _samples(options, vocab_size)
    left = seconds_left()
    if options.hidden_size is None and left is not None:
        sized = _largest_that_fits(options, vocab_size, num_tokens, device, make_task, left)
    else:
        sized = _with_size(options, num_tokens, device)
    precision = _precision(sized, device)
    task = make_task(sized, samples, precision)
    timing = time_task(task, make_optimizer(task, sized), steps=_TIMED_CAREFULLY)
    per_epoch = num_tokens / (sized.batch_size * sized.chunk_length)
    left = seconds_left()
    evaluations = _evaluations(timing, left)
    steps = _steps(sized, num_tokens, per_epoch, timing, evaluations, left)
    epochs = steps / per_epoch
    sized = _with_penalties(replace(asked, hidden_size=sized.hidden_size), epochs)
    settled = replace(
        sized,
        learning_rate=sized.learning_rate or _learning_rate(sized),
        dropout=_dropout(epochs, sized) if sized.dropout is None else sized.dropout,
        weight_drop=(
            _weight_drop(epochs, sized) if sized.weight_drop is None else sized.weight_drop
        ),
    )
    assert settled.learning_rate is not None
    plan = Plan(
        steps=steps,
        learning_rate=settled.learning_rate,
        warmup=settled.warmup,
        clip=settled.clip,
        evaluate_every=max(1, -(-steps // evaluations)),
        patience=settled.patience,
        seconds=None if left is None else training_seconds(left, timing),
        fills_time=_fills_time(sized, num_tokens, epochs, left),
    )
    parameters = num_parameters(settled, vocab_size)
    return Choices(settled, precision, plan, epochs, timing, parameters, samples)


def _samples(options: LanguageModelOptions, vocab_size: int) -> int:
    if options.loss == "auto":
        return options.samples if vocab_size > FULL_SOFTMAX_UP_TO else 0
    return options.samples if options.loss == "sampled" else 0


def _with_size(
    options: LanguageModelOptions, num_tokens: int, device: torch.device
) -> LanguageModelOptions:
    if options.hidden_size is not None:
        return options
    size = _sizes_for(num_tokens)[0]
    return replace(options, hidden_size=size if device.type == "cpu" else 2 * size)


def _sizes_for(num_tokens: int) -> tuple[int, int]:
    """The size where nothing is said, and the largest that a budget may choose."""
    return next(
        (usual, largest) for limit, usual, largest in _SIZES_BY_TOKENS if num_tokens < limit
    )


def _precision(options: LanguageModelOptions, device: torch.device) -> str:
    """What was asked for, else bfloat16 where it is in hardware and pays for its conversions.

    A rule and not a measurement, so that the same command gives the same model again.
    """
    if options.precision != "auto":
        return options.precision
    assert options.hidden_size is not None
    pays = options.hidden_size >= _BFLOAT16_FROM
    return "bfloat16" if pays and has_fast_bfloat16(device) else "float32"


def largest(options: LanguageModelOptions, num_tokens: int) -> LanguageModelOptions:
    """``options`` with the size that was asked for, else the largest that a budget may choose."""
    shaped = _with_penalties(settle_shape(options), epochs=math.inf)
    return replace(shaped, hidden_size=shaped.hidden_size or _sizes_for(num_tokens)[1])


def step_seconds(
    options: LanguageModelOptions, vocab_size: int, device: torch.device, make_task: MakeTask
) -> float:
    """What a step takes a network of ``options``, whose size is settled."""
    task = make_task(options, _samples(options, vocab_size), _precision(options, device))
    return time_steps(task, make_optimizer(task, options), steps=_TIMED_STEPS)


def _largest_that_fits(
    options: LanguageModelOptions,
    vocab_size: int,
    num_tokens: int,
    device: torch.device,
    make_task: MakeTask,
    seconds_left: float,
) -> LanguageModelOptions:
    """The largest size that still reads the text often enough in the time there is."""
    best = None
    _, most = _sizes_for(num_tokens)
    for size in (size for size in _SIZES if size <= most):
        candidate = replace(options, hidden_size=size)
        step = step_seconds(candidate, vocab_size, device, make_task)
        tokens = candidate.batch_size * candidate.chunk_length * seconds_left / step
        if best is not None and tokens < _tokens_worth(size, num_tokens, vocab_size):
            break
        best = candidate
    assert best is not None
    return best


def _tokens_worth(size: int, num_tokens: int, vocab_size: int) -> float:
    """Tokens to be read, with repeats, from which this size is better than the one below it.

    Fresh ones teach more than repeated ones: the fewer there are for the size, the more readings.
    """
    usual, _ = _sizes_for(num_tokens)
    fresh = _TOKENS_PER_FEATURE * size * math.sqrt(max(vocab_size, _FEWEST_OF_VOCABULARY))
    epochs = _MIN_EPOCHS_OF_USUAL if size <= _USUAL_UP_TO * usual else MIN_EPOCHS
    return min(epochs * num_tokens, fresh * max(1.0, fresh / num_tokens))


def _evaluations(timing: Timing, seconds_left: float | None) -> int:
    """How often to look at the held-out text: with a budget, not for much of its time."""
    least, most = _EVALUATIONS
    if seconds_left is None:
        return most
    return min(most, max(least, int(_EVALUATIONS_SHARE * seconds_left / timing.evaluation)))


def _steps(
    options: LanguageModelOptions,
    num_tokens: int,
    per_epoch: float,
    timing: Timing,
    evaluations: int,
    seconds_left: float | None,
) -> int:
    if options.steps is not None:
        return options.steps
    if options.epochs is not None:
        return max(1, round(options.epochs * per_epoch))
    if seconds_left is not None:
        most = max(1, round(most_epochs(num_tokens) * per_epoch))
        return min(most, steps_within(seconds_left, timing, evaluations))
    return max(1, round(default_epochs(num_tokens) * per_epoch))


def _fills_time(
    options: LanguageModelOptions, num_tokens: int, epochs: float, seconds_left: float | None
) -> bool:
    """Whether nothing but the time sets the number of steps."""
    settled = options.steps is not None or options.epochs is not None
    return seconds_left is not None and not settled and epochs < 0.95 * most_epochs(num_tokens)


def default_epochs(num_tokens: int) -> float:
    """How often a text is read when nothing is said: ten million tokens' worth, at least once."""
    return min(most_epochs(num_tokens), max(1.0, 10_000_000 / num_tokens))


def most_epochs(num_tokens: int) -> float:
    """How often a text is read at the most, whatever the time: from then on it is learnt by heart.

    A rate that still falls when that begins ends better than one that is stopped on its way.
    """
    return 20.0 if num_tokens < 500_000 else 40.0


def _learning_rate(options: LanguageModelOptions) -> float:
    """8e-3 at 384 features, less for wider layers; some networks bear only a part of it."""
    assert options.hidden_size is not None
    rate = 8e-3 * float((384 / options.hidden_size) ** 0.5)
    return round(rate * _SHARE_OF_RATE.get(options.arch, 1.0), 5)


def _dropout(epochs: float, options: LanguageModelOptions) -> float:
    """More epochs or wider layers, more dropout, lest a model learns the text by heart."""
    assert options.hidden_size is not None
    share = _SHARE_OF_DROPOUT.get(options.arch, 1.0)
    limits = ((1.5, 0.1), (4.5, 0.15), (6.5, 0.2), (9.5, 0.25), (13.0, 0.35), (19.0, 0.45))
    usual = share * next((dropout for limit, dropout in limits if epochs <= limit), 0.5)
    if options.activation_penalty or options.slowness_penalty:
        width = max(1.0, options.hidden_size / _WIDE_FROM)
        most = _MOST_BESIDE_PENALTIES
        usual = min(most, usual * _SHARE_BESIDE_PENALTIES * width) if epochs <= 19.0 else most
    return round(usual, 3)


def _with_penalties(options: LanguageModelOptions, epochs: float) -> LanguageModelOptions:
    """Both penalties for a recurrent network that reads its text more than once.

    One that does not has nothing learnt by heart; and a transformer's features have a norm anyway.
    """
    usual = _PENALTY if options.arch in CELLS and epochs > _PENALTIES_FROM else 0.0
    given = options.activation_penalty, options.slowness_penalty
    activation, slowness = (usual if penalty is None else penalty for penalty in given)
    return replace(options, activation_penalty=activation, slowness_penalty=slowness)


def _weight_drop(epochs: float, options: LanguageModelOptions) -> float:
    """From the sixth reading on a recurrent network gains by it: half a point of perplexity."""
    return 0.3 if options.arch in CELLS and epochs > 6.0 else 0.0


def make_optimizer(task: LanguageModelTask, options: LanguageModelOptions) -> LazyAdamW:
    """AdamW (Loshchilov & Hutter, 2019), which passes over no more of a table than is read."""
    model, batches = task.model, task.batches
    most_read = batches.batch_size * batches.chunk_length + task.samples
    tables = [
        parameter
        for parameter in model.parameters()
        if task.samples
        and task.device.type == "cpu"  # a GPU passes over all of it faster than it picks rows
        and parameter.ndim == 2
        and len(parameter) == model.vocab_size
        and len(parameter) >= _LAZY_FROM * most_read
    ]
    optimizer = LazyAdamW(model.parameters(), tables, (0.9, 0.99), options.weight_decay)
    if tables:
        task.before_reading = optimizer.read_rows
    return optimizer
