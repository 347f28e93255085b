"""What each speed measure buys, in training and in evaluation, beside the machine's matrix peak.

    python benchmarks/lm/speed_measures.py [--vocab-size 33278] [--hidden-size 256] [--threads 1]
    python benchmarks/lm/speed_measures.py --model models/lm-ptb --text test.txt

A one-layer LSTM reads random tokens, batch 32 x 35. Each row of the first table adds one measure to
those above it; the share of the peak is the arithmetic that the row's loss calls for over what the
machine does in a plain matrix product of that precision, timed in the same run. The last rows are
the same sizes with one measure taken away again. Figures are medians over rounds that take turns.

With ``--model`` the error of the fast normalizer is measured instead: the perplexity of a text, and
each token's log-probability, beside the exact softmax in float64 sums.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from seqlm import fast_normalizer, losses
from seqlm.config import LanguageModelOptions
from seqlm.data.corpus import Corpus
from seqlm.device import has_fast_bfloat16, keep_freed_memory, set_threads
from seqlm.models import embedding_lm
from seqlm.models.recurrent_lm import RecurrentConfig, RecurrentLM
from seqlm.recipes.language_model_choices import make_optimizer
from seqlm.recipes.language_model_task import LanguageModelTask
from seqlm.recipes.loading import load_language_model
from seqlm.state import State
from seqlm.tokenizers.events import events
from seqlm.training.fit import Plan, Run, update

BATCH, TIME, SAMPLES = 32, 35, 1024
STEPS, ROUNDS = 2, 3
Work = Callable[[], int]
"""Something that can be timed; it gives the number of tokens that it read."""


def dense_rows(weight: Tensor, rows: Tensor) -> Tensor:
    """``rows.rows_of`` as everybody writes it: the gradient is a whole matrix of zeros."""
    return F.embedding(rows, weight)


def whole_cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, precision: torch.dtype
) -> Tensor:
    """``losses.full_cross_entropy`` as everybody writes it, with all logits in memory."""
    low = F.linear(features.to(precision), weight.to(precision)).float() + bias
    return F.cross_entropy(low, targets)


@contextmanager
def replaced(rows: bool, chunked: bool) -> Iterator[None]:
    """Take measures of the losses away while a row is timed."""
    task = LanguageModelTask.loss.__globals__
    before = embedding_lm.rows_of, task["full_cross_entropy"]
    if not rows:
        losses.rows_of = embedding_lm.rows_of = dense_rows
    if not chunked:
        task["full_cross_entropy"] = whole_cross_entropy
    try:
        yield
    finally:
        losses.rows_of = embedding_lm.rows_of = before[0]
        task["full_cross_entropy"] = before[1]


def training(
    options: argparse.Namespace,
    *,
    samples: int = 0,
    precision: torch.dtype = torch.float32,
    rows: bool = True,
    chunked: bool = True,
    fused: bool = True,
    lazy: bool = True,
) -> Work:
    size, vocab_size = options.hidden_size, options.vocab_size
    model = RecurrentLM(RecurrentConfig("lstm", vocab_size, size, size, 1), 0.2)
    ids = (np.random.default_rng(1).zipf(1.2, 400_000) % vocab_size).astype(np.uint32)
    task = LanguageModelTask(
        model,
        ids,
        ids[:5000],
        batch_size=BATCH,
        chunk_length=TIME,
        samples=samples,
        precision=precision,
        seed=1,
    )
    optimizer: torch.optim.Optimizer = make_optimizer(task, LanguageModelOptions())
    if not lazy:
        optimizer = torch.optim.AdamW(model.parameters(), foreach=False, fused=fused)
        task.before_reading = lambda tokens: None
    plan = Plan(steps=10**9, learning_rate=1e-4, warmup=0.0, clip=0.5, evaluate_every=10**9)
    run = Run(state=task.initial_state())

    def work() -> int:
        with replaced(rows, chunked):
            for _ in range(STEPS):
                update(task, optimizer, plan, run)
        return STEPS * BATCH * TIME

    return work


def evaluation(options: argparse.Namespace, how: str, low: bool) -> Work:
    """Score a chunk: the LSTM, in bfloat16 if ``low``, and the full softmax."""
    size, vocab_size = options.hidden_size, options.vocab_size
    model = RecurrentLM(RecurrentConfig("lstm", vocab_size, size, size, 1)).eval()
    with torch.no_grad():
        for weight in model.cells.parameters():
            weight *= 4  # features up to 1, as a trained network has them
    tokens = torch.randint(0, vocab_size, (BATCH, 2 * TIME))

    def work() -> int:
        state: State = model.initial_state(BATCH)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=low):
            features, _ = model.features(tokens, state)
        with torch.no_grad():
            SOFTMAX[how](
                features.float().flatten(0, 1), model.embedding, model.output_bias, tokens.flatten()
            )
        return tokens.numel()

    return work


def plain_softmax(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    log_probs = torch.log_softmax(F.linear(features, weight, bias), 1)
    return log_probs.gather(1, targets[:, None])[:, 0]


def exact_blocks(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    with torch.enable_grad():  # which the fast normalizer leaves alone
        return losses.log_probs_at(features, weight.detach(), bias.detach(), targets)


SOFTMAX = {
    "plain": plain_softmax,
    "blocks": exact_blocks,
    "fast": fast_normalizer.fast_log_probs_at,
}


def peak(precision: torch.dtype, size: int = 2048) -> float:
    """Arithmetic of a plain product, operations a second."""
    a, b = (torch.randn(size, size).to(precision) for _ in range(2))
    times = []
    for _ in range(6):
        started = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - started)
    return 2 * size**3 / min(times)


def medians(works: dict[str, Work]) -> dict[str, float]:
    """Tokens a second of each; the first round warms up."""
    speeds: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS + 1):
        for name, work in works.items():
            started = time.perf_counter()
            tokens = work()
            if number:
                speeds[name].append(tokens / (time.perf_counter() - started))
    return {name: statistics.median(values) for name, values in speeds.items()}


def table(title: str, rows: dict[str, tuple[Work, float, torch.dtype]]) -> None:
    """Print a table; each row has its work, its operations a token and its precision."""
    peaks = {precision: peak(precision) for precision in {row[2] for row in rows.values()}}
    shown = ", ".join(f"{str(key)[6:]} {value / 1e9:,.0f}" for key, value in peaks.items())
    print(f"| {title} (peak, GFLOP/s: {shown}) | tokens/s | ratio | share of peak |")
    print("| --- | --- | --- | --- |")
    speeds = medians({name: work for name, (work, _, _) in rows.items()})
    base = next(iter(speeds.values()))
    for name, (_, operations, precision) in rows.items():
        speed = speeds[name]
        share = speed * operations / peaks[precision]
        print(f"| {name} | {speed:,.0f} | {speed / base:.2f} | {share:.0%} |", flush=True)
    print()


def measure_speed(options: argparse.Namespace) -> None:
    recurrence = 2 * 8 * options.hidden_size**2
    output = 2 * options.hidden_size * options.vocab_size
    drawn = 2 * options.hidden_size * (SAMPLES + BATCH * TIME // 2)  # about half are repeats
    full, sampled = 3 * (recurrence + output), 3 * (recurrence + drawn)
    high = torch.float32
    low = torch.bfloat16 if has_fast_bfloat16(torch.device("cpu")) else high
    word = str(low)[6:]
    plain = {"rows": False, "chunked": False, "fused": False, "lazy": False}
    best = {"samples": SAMPLES, "precision": low}
    rows = {
        "training: full softmax, all logits in memory, float32": (plain, full, high),
        "+ loss in blocks": (plain | {"chunked": True}, full, high),
        f"+ {word}": (plain | {"chunked": True, "precision": low}, full, low),
        f"+ {SAMPLES:,} samples": (plain | best, sampled, low),
        "+ gradients of rows alone": (plain | best | {"rows": True}, sampled, low),
        "+ fused optimizer": (best | {"lazy": False}, sampled, low),
        "+ updates of rows alone (the default)": (best, sampled, low),
        "the default without samples": ({"precision": low}, full, low),
        f"the default without {word}": ({"samples": SAMPLES}, sampled, high),
    }
    size = f"V = {options.vocab_size:,}, hidden {options.hidden_size}, {options.threads} threads"
    table(
        size,
        {
            name: (training(options, **choice), operations, precision)
            for name, (choice, operations, precision) in rows.items()
        },
    )
    once = recurrence + output
    table(
        f"evaluation, {size}",
        {
            "plain full softmax, float32": (evaluation(options, "plain", False), once, high),
            "in blocks": (evaluation(options, "blocks", False), once, high),
            "fast normalizer": (evaluation(options, "fast", False), once, low),
            f"fast normalizer, LSTM in {word}": (evaluation(options, "fast", True), once, low),
        },
    )


@torch.no_grad()
def measure_error(model: str, text: str) -> None:
    loaded = load_language_model(model, "cpu")
    net = loaded.model
    blocks = Corpus([text]).blocks()
    ids = torch.from_numpy(np.concatenate([events(loaded.tokenizer, b)[0] for b in blocks]))
    targets = ids[: len(ids) // BATCH * BATCH].view(BATCH, -1)
    inputs = torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], 1)
    state, exact, fast = net.initial_state(BATCH), [], []
    for start in range(0, targets.shape[1], 64):
        part = slice(start, start + 64)
        features, state = net.features(inputs[:, part], state)
        layer = features.flatten(0, 1), net.output_weight, net.output_bias
        wanted = targets[:, part].flatten()
        logits = F.linear(*layer)
        exact.append(logits.gather(1, wanted[:, None])[:, 0] - logits.double().logsumexp(1))
        found = fast_normalizer.fast_log_probs_at(*layer, wanted)
        assert found is not None
        fast.append(found.double())
    one, other = torch.cat(exact), torch.cat(fast)
    errors = (other - one).abs()
    perplexities = math.exp(-one.mean()), math.exp(-other.mean())
    print(f"{len(one):,} tokens, {loaded.tokenizer.vocab_size:,} in the vocabulary")
    print(f"perplexity {perplexities[0]:.5f} exact, {perplexities[1]:.5f} fast: ", end="")
    print(f"{perplexities[1] / perplexities[0] - 1:+.1e}")
    print(f"a token: {errors.mean():.1e} on average, {errors.max():.1e} at most (nats)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vocab-size", type=int, default=33_278)
    parser.add_argument("--hidden-size", type=int, default=256)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--model")
    parser.add_argument("--text")
    options = parser.parse_args()
    keep_freed_memory()
    options.threads = set_threads(options.threads)
    torch.manual_seed(1)
    if options.model:
        measure_error(options.model, options.text)
    else:
        measure_speed(options)


if __name__ == "__main__":
    main()
