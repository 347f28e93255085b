"""A translating transformer as everybody writes it first: ``torch.nn.Transformer`` and a loop.

Shape, weights tied three ways, label smoothing, optimizer and batches are those that seqlm is given
in the same race; what differs is the code between. It decodes greedily and reads what it has
written again from the start at each step, as ``torch.nn.Transformer`` keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqlm.data.padding import padded
from seqlm.data.pair_batches import PairBatch
from seqlm.tokenizers import END_ID

LONGEST = 1024


def positions(size: int) -> Tensor:
    """The sinusoids of Vaswani et al. (2017), (LONGEST, size)."""
    place = torch.arange(LONGEST)[:, None]
    rate = torch.exp(torch.arange(0, size, 2) * (-math.log(10_000.0) / size))
    table = torch.zeros(LONGEST, size)
    table[:, 0::2], table[:, 1::2] = torch.sin(place * rate), torch.cos(place * rate)
    return table


class PlainTransformer(nn.Module):
    """An encoder and a decoder over one vocabulary.

    Args:
        vocab_size: tokens.
        size: features of a token.
        inner_size: features inside a feed-forward network.
        num_heads: of attention.
        num_layers: of the encoder, and of the decoder.
        dropout: probability that a feature is dropped in training.
    """

    def __init__(
        self,
        vocab_size: int,
        size: int,
        inner_size: int,
        num_heads: int,
        num_layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.scale = math.sqrt(size)
        self.embedding = nn.Embedding(vocab_size, size)
        nn.init.normal_(self.embedding.weight, std=size**-0.5)
        self.register_buffer("positions", positions(size))
        self.drop = nn.Dropout(dropout)
        self.transformer = nn.Transformer(
            size, num_heads, num_layers, num_layers, inner_size, dropout,
            batch_first=True, norm_first=True,
        )  # fmt: skip

    def embed(self, ids: Tensor) -> Tensor:
        """(batch, time) -> (batch, time, size)."""
        places: Tensor = self.positions[: ids.shape[1]]  # type: ignore[index]
        return self.drop(self.embedding(ids) * self.scale + places)

    def forward(self, source: Tensor, padding: Tensor, inputs: Tensor) -> Tensor:
        """Teacher forcing: logits (batch, target, vocab)."""
        return self.decode(self.encode(source, padding), padding, inputs)

    def encode(self, source: Tensor, padding: Tensor) -> Tensor:
        return self.transformer.encoder(self.embed(source), src_key_padding_mask=padding)

    def decode(self, memory: Tensor, padding: Tensor, inputs: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(inputs.shape[1]).isinf()
        out = self.transformer.decoder(
            self.embed(inputs), memory, tgt_mask=mask, memory_key_padding_mask=padding,
            tgt_is_causal=True,
        )  # fmt: skip
        return F.linear(out, self.embedding.weight)


def padding_of(source: Tensor, lengths: Tensor) -> Tensor:
    """Which places are padding, (batch, source)."""
    return torch.arange(source.shape[1]) >= lengths[:, None]


class PlainTraining:
    """The loop's body.

    Args:
        model: what is trained.
        label_smoothing: share of each target's probability that all tokens get alike.
        clip: largest norm of a gradient.
    """

    def __init__(self, model: PlainTransformer, label_smoothing: float, clip: float) -> None:
        self.model = model
        self.smoothing = label_smoothing
        self.clip = clip
        self.optimizer = torch.optim.AdamW(
            model.parameters(), betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )

    def step(self, batch: PairBatch, learning_rate: float) -> None:
        """One update."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        padding = padding_of(batch.source, batch.lengths)
        logits = self.model(batch.source, padding, batch.inputs).flatten(0, 1)
        real = batch.real[: batch.num_tokens]
        targets = batch.targets.flatten()[real]
        loss = F.cross_entropy(logits[real], targets, label_smoothing=self.smoothing)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()


@torch.inference_mode()
def greedy(model: PlainTransformer, sources: Sequence[Sequence[int]]) -> list[list[int]]:
    """The most probable token at each step, until the end or twice the source and 20 more."""
    source, lengths = padded([torch.tensor(row, dtype=torch.int64).numpy() for row in sources])
    padding = padding_of(source, lengths)
    memory = model.encode(source, padding)
    written = torch.full((len(sources), 1), END_ID)
    ended = torch.zeros(len(sources), dtype=torch.bool)
    for _ in range(2 * source.shape[1] + 20):
        best = model.decode(memory, padding, written)[:, -1].argmax(1).masked_fill(ended, END_ID)
        written = torch.cat([written, best[:, None]], 1)
        ended |= best == END_ID
        if bool(ended.all()):
            break
    rows = written[:, 1:].tolist()
    return [row[: row.index(END_ID)] if END_ID in row else row for row in rows]
