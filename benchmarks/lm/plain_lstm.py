"""The language model that PyTorch's own example ships, trained for a given time.

    python benchmarks/lm/plain_lstm.py --train train.txt --valid valid.txt --test test.txt \
        --seconds 120

Two layers of nn.LSTM with 200 features, dropout 0.2, a full softmax, batches of 20 x 35 tokens, SGD
with a learning rate of 20 that is quartered when an epoch does not help on the held-out text
(github.com/pytorch/examples, word_language_model, its defaults). ``--adam`` takes Adam at 1e-3
and batches of 32 instead. The vocabulary is the one that ``seqlm train-lm`` takes for the same
text, so that perplexities compare; one JSON object goes to stdout.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqlm.data.corpus import Corpus
from seqlm.tokenizers import Tokenizer, train_tokenizer
from seqlm.tokenizers.events import events

SIZE, LAYERS, DROPOUT, TIME, CLIP = 200, 2, 0.2, 35, 0.25
State = tuple[Tensor, Tensor]


class PlainLSTM(nn.Module):
    """Embedding, dropout, nn.LSTM, dropout, linear: untied, as the example's default."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, SIZE)
        self.lstm = nn.LSTM(SIZE, SIZE, LAYERS, dropout=DROPOUT)
        self.output = nn.Linear(SIZE, vocab_size)
        self.drop = nn.Dropout(DROPOUT)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.uniform_(self.output.weight, -0.1, 0.1)
        nn.init.zeros_(self.output.bias)

    def forward(self, inputs: Tensor, state: State | None) -> tuple[Tensor, State]:
        x, state = self.lstm(self.drop(self.embedding(inputs)), state)
        return self.output(self.drop(x)).flatten(0, 1), state


def read_ids(tokenizer: Tokenizer, path: str) -> Tensor:
    parts = [events(tokenizer, block)[0] for block in Corpus([path]).blocks()]
    return torch.from_numpy(np.concatenate(parts))


def chunks(ids: Tensor, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Contiguous rows side by side, (time, batch), each with the tokens that follow."""
    rows = ids[: len(ids) // batch_size * batch_size].view(batch_size, -1).T
    for start in range(0, len(rows) - 1, TIME):
        end = min(start + TIME, len(rows) - 1)
        yield rows[start:end], rows[start + 1 : end + 1].flatten()


@torch.no_grad()
def log_prob(model: PlainLSTM, ids: Tensor) -> float:
    """Of a whole text in one row, its first token predicted from the end of a line."""
    model.eval()
    state, total = None, 0.0
    inputs = torch.cat([torch.zeros(1, dtype=torch.long), ids[:-1]])
    for start in range(0, len(ids), 256):
        part = slice(start, start + 256)
        logits, state = model(inputs[part, None], state)
        total -= float(F.cross_entropy(logits, ids[part], reduction="sum"))
    return total


def train(
    model: PlainLSTM, ids: Tensor, valid: Tensor, seconds: float, adam: bool
) -> tuple[float, int]:
    """Train until the time is up; the share of epochs done and the tokens read."""
    started = time.monotonic()
    rate, best, read = (1e-3 if adam else 20.0), -math.inf, 0
    optimizer = torch.optim.Adam(model.parameters(), lr=rate) if adam else None
    while True:
        state: State | None = None
        model.train()
        for inputs, targets in chunks(ids, 32 if adam else 20):
            if time.monotonic() - started > seconds:
                return read / len(ids), read
            state = None if state is None else (state[0].detach(), state[1].detach())
            logits, state = model(inputs, state)
            model.zero_grad()
            F.cross_entropy(logits, targets).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            if optimizer is not None:
                optimizer.step()
            else:
                with torch.no_grad():
                    for parameter in model.parameters():
                        parameter.add_(parameter.grad, alpha=-rate)
            read += targets.numel()
        score = log_prob(model, valid)
        if score <= best and not adam:
            rate /= 4
        best = max(best, score)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("train", "valid", "test"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--adam", action="store_true")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    torch.manual_seed(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    tokenizer, _ = train_tokenizer("word", Corpus([options.train]).blocks())
    train_ids, valid, test = (
        read_ids(tokenizer, path) for path in (options.train, options.valid, options.test)
    )
    model = PlainLSTM(tokenizer.vocab_size)
    epochs, read = train(model, train_ids, valid, options.seconds, options.adam)
    result = {"log_prob": log_prob(model, test), "epochs": epochs, "tokens_read": read}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
