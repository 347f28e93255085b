"""Recurrent encoder and decoder, with attention or with one context vector for everything.

    memory = cell(x_1 .. x_S) from the left and, bidirectional, from the right as well
    h_t    = cell(y_t [, what t-1 was made of] [, the whole source], h_{t-1})
    c_t    = sum_s a_ts memory_s, by additive (Bahdanau et al., 2015) or dot attention (Luong et
             al., 2015)
    what the output layer sees = LayerNorm(W [h_t; c_t])

Without attention the decoder has nothing but its first state, made from where the encoder ended
(Sutskever et al., 2014; Cho et al., 2014); a peeky decoder also gets that vector at every step.
Input feeding (Luong et al., 2015, section 3.3) shows each step what the one before it gave to the
output layer, and so walks through the target step by step.

Embeddings are multiplied by sqrt(F), and memory, queries and outputs are normalised (Ba et al.,
2016): without that the first minutes of training are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast, get_args

import torch
from torch import Tensor, nn

from seqlm.cells import CELLS, Cell
from seqlm.config import SourceAttention
from seqlm.layers.attention import additive_scores, attend, dot_scores, padding_bias
from seqlm.layers.pooled_dropout import pooled_dropout
from seqlm.layers.transformer import linear
from seqlm.models.transformer_seq2seq import embedding
from seqlm.models.translation_model import TranslationModel
from seqlm.rows import rows_of
from seqlm.state import Conditioned, State, flatten, unflatten

Source = tuple[Tensor | None, Tensor | None, Tensor | None, Tensor]
"""Padding, keys, values (None without attention), and where the encoder ended."""


@dataclass(frozen=True)
class RecurrentSeq2SeqConfig:
    """The shape of a recurrent encoder and decoder, as ``config.json`` holds it.

    Attributes:
        arch: the recurrence.
        vocab_size: tokens of the target.
        source_vocab_size: tokens of the source.
        shared: both are one vocabulary, with one embedding.
        hidden_size: features of a token and of the decoder.
        num_layers: of the encoder, and of the decoder.
        attention: none, dot or additive.
        bidirectional: the encoder reads from both ends, with half of the features each.
        input_feeding: each step sees what the one before it gave to the output layer.
        peeky: each step sees where the encoder ended.
    """

    arch: str
    vocab_size: int
    source_vocab_size: int
    shared: bool
    hidden_size: int
    num_layers: int
    attention: str
    bidirectional: bool
    input_feeding: bool
    peeky: bool

    LIMITS: ClassVar[Mapping[str, int]] = {
        "vocab_size": 1 << 24,
        "source_vocab_size": 1 << 24,
        "hidden_size": 1 << 16,
        "num_layers": 64,
    }

    def __post_init__(self) -> None:
        """Check what goes together.

        Raises:
            ValueError: it does not.
        """
        if self.attention not in get_args(SourceAttention):
            raise ValueError(f"attention cannot be {self.attention[:40]}")
        if self.bidirectional and self.hidden_size % 2:
            raise ValueError("a bidirectional encoder needs an even number of features")
        if self.shared and self.vocab_size != self.source_vocab_size:
            raise ValueError("a shared vocabulary has one size")


class Encoder(nn.Module):
    """Cells over the source, layer by layer; from the second on a layer adds its input.

    Args:
        config: the shape.
        dropout: of what goes into each layer.
    """

    def __init__(self, config: RecurrentSeq2SeqConfig, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        directions = 2 if config.bidirectional else 1
        size, part = config.hidden_size, config.hidden_size // directions
        self.layers = nn.ModuleList(
            nn.ModuleList(make_cell(config.arch, size, part) for _ in range(directions))
            for _ in range(config.num_layers)
        )

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """What each token became, (batch, source, F), and where the last layer ended, (batch, F).

        Args:
            x: the embedded source, (batch, source, F).
            lengths: tokens of each row, (batch,).
        """
        turned = _backwards(lengths, x.shape[1])[:, :, None]
        last = (lengths - 1)[:, None, None]
        end = x[:, 0]
        for depth, cells in enumerate(self.layers):
            x = pooled_dropout(x, self.dropout, self.training)
            parts, ends = [], []
            for number, cell in enumerate(_cells(cells)):
                out = run(cell, _reordered(x, turned) if number else x, cell.initial_state(len(x)))
                ends.append(_reordered(out[0], last)[:, 0])
                parts.append(_reordered(out[0], turned) if number else out[0])
            joined = torch.cat(parts, dim=2)
            x = x + joined if depth else joined
            end = torch.cat(ends, dim=1)
        return x, end


def _backwards(lengths: Tensor, size: int) -> Tensor:
    """Where to read each row from its end to its start, (batch, size); padding stays in place."""
    positions = torch.arange(size, device=lengths.device)
    turned = lengths[:, None] - 1 - positions
    return torch.where(turned >= 0, turned, positions)


def _reordered(x: Tensor, positions: Tensor) -> Tensor:
    """(batch, time, F) at the positions (batch, other time, 1)."""
    return x.gather(1, positions.expand(-1, -1, x.shape[2]))


def make_cell(arch: str, input_size: int, hidden_size: int) -> Cell:
    """A cell whose recurrent matrices, one for each gate, are orthogonal (Saxe et al., 2014)."""
    cell = CELLS[arch](input_size, hidden_size)
    recurrent = cell.fused.all_weights[0][1]
    assert isinstance(recurrent, Tensor)
    with torch.no_grad():
        for gate in recurrent.chunk(len(recurrent) // hidden_size):
            gate.copy_(torch.linalg.qr(torch.empty_like(gate).uniform_(-1, 1)).Q)
    return cell


def run(cell: Cell, x: Tensor, state: State) -> tuple[Tensor, State]:
    """A chunk (rows, time, F) through one cell: a single step by hand, more by the fused kernel."""
    if x.shape[1] > 1:
        return cell(x, state)  # type: ignore[no-any-return]
    output, state = cell.step(x[:, 0], state)  # type: ignore[arg-type]
    return output[:, None], state


def _cells(cells: nn.Module) -> list[Cell]:
    return list(cast("list[Cell]", cells))


class Look(nn.Module):
    """Attention of a recurrent decoder to its source.

    Args:
        size: F.
        additive: by tanh and a vector, instead of a product.
    """

    def __init__(self, size: int, additive: bool) -> None:
        super().__init__()
        self.key = linear(size, size)
        self.query = linear(size, size)
        self.norm = nn.LayerNorm(size)
        reach = (3 / size) ** 0.5
        self.v = nn.Parameter(torch.empty(size).uniform_(-reach, reach)) if additive else None

    def forward(
        self, hidden: Tensor, keys: Tensor, values: Tensor, padding: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What the decoder sees of the source at each of its steps.

        Args:
            hidden: (rows, time, F); rows of one source stand together.
            keys: (sources, source, F).
            values: the same.
            padding: what hides the end of short sources, (sources, 1, source).

        Returns:
            The contexts (rows, time, F) and the weights (rows, 1, time, source).
        """
        rows, time, size = hidden.shape
        queries = self.norm(self.query(hidden)).view(len(keys), -1, size)
        if self.v is None:
            scores = dot_scores(queries, keys)
        else:
            scores = additive_scores(queries, keys, self.v)
        contexts, weights = attend(scores, padding, values)
        return contexts.view(rows, time, size), weights.view(rows, 1, time, -1)


class RecurrentSeq2Seq(TranslationModel):
    """A recurrent encoder and decoder.

    Its state: of the source, what hides the padding, keys, values and where the encoder ended; of
    the past, the state of each cell and, with input feeding, what the last step gave to the output
    layer.

    Args:
        config: the shape.
        dropout: probability that a feature is dropped in training.
    """

    def __init__(self, config: RecurrentSeq2SeqConfig, dropout: float = 0.0) -> None:
        super().__init__(config.vocab_size)
        self.config = config
        self.dropout = dropout
        size = config.hidden_size
        self.embedding = embedding(config.vocab_size, size)
        self.source_embedding = None if config.shared else embedding(config.source_vocab_size, size)
        self.encoder = Encoder(config, dropout)
        first = size * (1 + config.input_feeding + config.peeky)
        sizes = [first] + [size] * (config.num_layers - 1)
        self.cells = nn.ModuleList(make_cell(config.arch, inputs, size) for inputs in sizes)
        self.bridge = linear(size, size * len(flatten(self._first_cell_states(1))))
        self.memory_norm = nn.LayerNorm(size)
        attends = config.attention != "none"
        self.look = Look(size, config.attention == "additive") if attends else None
        self.output = linear(size * (1 + attends + config.peeky), size)
        self.output_norm = nn.LayerNorm(size)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))

    @property
    def output_weight(self) -> Tensor:
        """The output layer, (vocab, features)."""
        return self.embedding

    def encode(self, source: Tensor, lengths: Tensor) -> Conditioned:
        """Read the sources; the decoder's first state."""
        table = self.embedding if self.source_embedding is None else self.source_embedding
        memory, end = self.encoder(self._embed(table, source), lengths)
        zeros = self._first_cell_states(len(source))
        firsts = torch.tanh(self.bridge(end)).chunk(len(flatten(zeros)), dim=1)
        cells = unflatten(zeros, list(firsts))
        fed = torch.zeros_like(end) if self.config.input_feeding else None
        if self.look is None:
            return Conditioned((None, None, None, end), (cells, fed))
        memory = self.memory_norm(memory)
        padding = padding_bias(lengths, source.shape[1], memory.dtype)
        return Conditioned((padding, self.look.key(memory), memory, end), (cells, fed))

    def decode(
        self, inputs: Tensor, state: Conditioned
    ) -> tuple[Tensor, Conditioned, tuple[Tensor, ...]]:
        """Read a chunk of the target (see ``TranslationModel.decode``)."""
        source = cast(Source, state.source)
        cells, fed = cast("tuple[tuple[State, ...], Tensor | None]", state.past)
        parts = [self._embed(self.embedding, inputs)]
        if self.config.peeky:
            end = source[3].repeat_interleave(len(inputs) // len(source[3]), 0)
            parts.append(end[:, None].expand_as(parts[0]))
        if fed is None:
            out, cells, weights = self._read(parts, cells, source)
            return out, Conditioned(source, (cells, None)), weights
        outs, looks = [], []
        for step in range(inputs.shape[1]):
            now = [part[:, step : step + 1] for part in parts]
            out, cells, weights = self._read([*now, fed[:, None]], cells, source)
            fed = out[:, 0]
            outs.append(out)
            looks.append(weights)
        joined = tuple(torch.cat(layer, dim=2) for layer in zip(*looks, strict=True))
        return torch.cat(outs, dim=1), Conditioned(source, (cells, fed)), joined

    def _read(
        self, parts: list[Tensor], states: tuple[State, ...], source: Source
    ) -> tuple[Tensor, tuple[State, ...], tuple[Tensor, ...]]:
        """The cells, one look at the source, and what the output layer sees."""
        x = torch.cat(parts, dim=2)
        after = []
        for depth, (cell, before) in enumerate(zip(_cells(self.cells), states, strict=True)):
            out, now = run(cell, x, before)
            out = self._drop(out)
            x = x + out if depth else out
            after.append(now)
        seen, weights = [x], []
        padding, keys, values, _ = source
        if self.look is not None and keys is not None:
            contexts, looked = self.look(x, keys, values, padding)
            seen.append(contexts)
            weights.append(looked)
        if self.config.peeky:
            seen.append(parts[1])
        out = self._drop(self.output_norm(self.output(torch.cat(seen, dim=2))))
        return out, tuple(after), tuple(weights)

    def _embed(self, table: Tensor, ids: Tensor) -> Tensor:
        low = self.output_norm.weight.dtype  # of what computes; the tables stay in float32
        return self._drop((rows_of(table, ids) * self.config.hidden_size**0.5).to(low))

    def _drop(self, x: Tensor) -> Tensor:
        return pooled_dropout(x, self.dropout, self.training)

    def _first_cell_states(self, batch_size: int) -> tuple[State, ...]:
        return tuple(cell.initial_state(batch_size) for cell in _cells(self.cells))
