"""Training speed of seqlm's LSTM beside plain ``torch.nn.LSTM``, taken in turn in one run.

    python benchmarks/lm/training_speed.py [--vocab-size 10000] [--hidden-size 256] [--rounds 5]

Both read the same random tokens with the same sizes, batch, chunk, dropout places and loss (the
full softmax in float32), the plain one as PyTorch's own example does: an embedding, nn.LSTM, a tied
linear layer, cross_entropy, clip_grad_norm_ and AdamW. The last rows are what ``train-lm`` does
with the same sizes when nothing is said: bfloat16 where the processor has it, and a sampled
softmax.
Figures are medians over the rounds, in tokens a second.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqlm.config import LanguageModelOptions
from seqlm.device import has_fast_bfloat16, keep_freed_memory, set_threads
from seqlm.models.recurrent_lm import RecurrentConfig, RecurrentLM
from seqlm.recipes.language_model_choices import make_optimizer
from seqlm.recipes.language_model_task import LanguageModelTask
from seqlm.training.fit import Plan, Run, update

DROPOUT = 0.2


class PlainLSTM(nn.Module):
    """The model that everybody writes first."""

    def __init__(self, vocab_size: int, hidden_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.lstm = nn.LSTM(hidden_size, hidden_size, batch_first=True)
        self.output = nn.Linear(hidden_size, vocab_size)
        self.output.weight = self.embedding.weight
        self.drop = nn.Dropout(DROPOUT)

    def forward(
        self, inputs: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        output, state = self.lstm(self.drop(self.embedding(inputs)), state)
        return self.output(self.drop(output)), state


def plain(options: argparse.Namespace, ids: np.ndarray) -> Callable[[int], None]:
    model = PlainLSTM(options.vocab_size, options.hidden_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    zeros = torch.zeros(1, options.batch_size, options.hidden_size)
    rows = torch.from_numpy(ids.astype(np.int64)).view(options.batch_size, -1)
    state = (zeros, zeros)

    def step(number: int) -> None:
        nonlocal state
        start = number * options.chunk_length
        inputs = rows[:, start : start + options.chunk_length]
        targets = rows[:, start + 1 : start + 1 + options.chunk_length]
        state = tuple(part.detach() for part in state)  # type: ignore[assignment]
        logits, state = model(inputs, state)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        float(loss.detach())

    return step


def ours(
    options: argparse.Namespace, ids: np.ndarray, samples: int, precision: torch.dtype
) -> Callable[[int], None]:
    size = options.hidden_size
    model = RecurrentLM(RecurrentConfig("lstm", options.vocab_size, size, size, 1), DROPOUT)
    task = LanguageModelTask(
        model,
        ids,
        ids[:5000],
        batch_size=options.batch_size,
        chunk_length=options.chunk_length,
        samples=samples,
        precision=precision,
        seed=1,
    )
    optimizer = make_optimizer(task, LanguageModelOptions())
    plan = Plan(steps=10**9, learning_rate=1e-4, warmup=0.0, clip=0.5, evaluate_every=10**9)
    run = Run(state=task.initial_state())
    return lambda number: update(task, optimizer, plan, run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vocab-size", type=int, default=10_000)
    parser.add_argument("--hidden-size", type=int, default=256)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--chunk-length", type=int, default=35)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    keep_freed_memory()
    threads = set_threads(options.threads)
    torch.manual_seed(1)
    length = options.batch_size * (options.chunk_length * options.steps * (options.rounds + 1) + 1)
    ids = np.random.default_rng(1).zipf(1.2, length) % options.vocab_size
    ids = ids.astype(np.uint16 if options.vocab_size <= 1 << 16 else np.uint32)

    low = torch.bfloat16 if has_fast_bfloat16(torch.device("cpu")) else torch.float32
    runners = {
        "torch.nn.LSTM, full softmax, float32": plain(options, ids),
        "seqlm, full softmax, float32": ours(options, ids, 0, torch.float32),
        f"seqlm, full softmax, {str(low)[6:]}": ours(options, ids, 0, low),
        f"seqlm, 1,024 samples, {str(low)[6:]}": ours(options, ids, 1024, low),
    }
    speeds: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(options.rounds + 1):
        for name, step in runners.items():
            started = time.perf_counter()
            for i in range(options.steps):
                step(number * options.steps + i)
            seconds = time.perf_counter() - started
            if number:  # the first round warms up
                tokens = options.steps * options.batch_size * options.chunk_length
                speeds[name].append(tokens / seconds)
    base = statistics.median(speeds["torch.nn.LSTM, full softmax, float32"])
    print(
        f"| {threads} threads, V = {options.vocab_size:,}, hidden {options.hidden_size}, "
        f"batch {options.batch_size} x {options.chunk_length} | tokens/s | ratio |"
    )
    print("| --- | --- | --- |")
    for name, values in speeds.items():
        median = statistics.median(values)
        print(f"| {name} | {median:,.0f} | {median / base:.2f} |")


if __name__ == "__main__":
    main()
