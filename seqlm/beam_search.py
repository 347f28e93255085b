"""Beam search over many streams at once: the most probable continuations.

It sees only the protocol of a language model, so it serves every architecture, and a translation
model's decoder, whose first state is the source, as well. A beam of one is greedy search.

A stream is done when as many hypotheses have ended as the beam is wide, when it has reached its
length, or when no living hypothesis can overtake those that are wanted; its rows are then left
out. An end counts only among the best ``beam_size`` candidates of a step (as in fairseq and
CTranslate2), so that a poor hypothesis does not win by being short.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from seqlm.decoding import Hypothesis
from seqlm.models.language_model import LanguageModel
from seqlm.state import State, select_rows

_BLOCK = 64


def beam_search(
    model: LanguageModel,
    log_probs: Tensor,
    state: State,
    *,
    beam_size: int,
    max_tokens: Sequence[int],
    end: int,
    excluded: Sequence[int] = (),
    length_penalty: float = 0.0,
    wanted: int | None = None,
) -> list[list[Hypothesis]]:
    """The best continuations found of each stream, best first.

    Args:
        model: the language model.
        log_probs: of the first token, (streams, vocab).
        state: what has been read, one row a stream.
        beam_size: hypotheses kept at each step.
        max_tokens: longest continuation of each stream, at least 1; what has no end by then is
            cut.
        end: the token that finishes a hypothesis.
        excluded: ids that are never taken.
        length_penalty: 0 ranks by probability, 1 by probability per token.
        wanted: hypotheses to give back, at most ``beam_size``; the fewer, the sooner it is done.
    """
    barred = torch.tensor(list(excluded), dtype=torch.long, device=log_probs.device)
    log_probs = log_probs.index_fill(1, barred, -torch.inf)
    beams = _Beams(log_probs.device, beam_size, max_tokens, end, length_penalty, wanted)
    while True:
        rows, tokens = beams.advance(log_probs)
        if not len(tokens):
            return beams.results()
        if rows is not None:
            state = select_rows(state, rows, beam_size)
        log_probs, state = model.next_log_probs(tokens, state)
        log_probs.index_fill_(1, barred, -torch.inf)


class _Beams:
    """The hypotheses of all streams.

    Those alive are in tensors, a row a stream that is not done and ``width`` hypotheses in it:
    ``width`` is one before the first token and ``beam_size`` from then on, the dead among them with
    a score of -inf. Those that have ended are in lists.
    """

    def __init__(
        self,
        device: torch.device,
        beam_size: int,
        max_tokens: Sequence[int],
        end: int,
        length_penalty: float,
        wanted: int | None,
    ) -> None:
        self._beam_size = beam_size
        self._max_tokens = max_tokens
        self._end = end
        self._length_penalty = length_penalty
        self._wanted = min(wanted or beam_size, beam_size)
        self._ended: list[list[Hypothesis]] = [[] for _ in max_tokens]
        self._cut: list[list[Hypothesis]] = [[] for _ in max_tokens]
        self._streams = list(range(len(max_tokens)))
        self._length = 0
        num_streams = len(max_tokens)
        exact = torch.float32 if device.type == "mps" else torch.float64  # which that has not
        self._sums = torch.zeros(num_streams, 1, dtype=exact, device=device)
        self._tokens = torch.zeros(num_streams, 1, 0, dtype=torch.long, device=device)

    def advance(self, log_probs: Tensor) -> tuple[Tensor | None, Tensor]:
        """Make every hypothesis alive one token longer.

        Args:
            log_probs: of the next token, (rows, vocab); a row a hypothesis alive.

        Returns:
            The rows that the next step goes on from, (new rows,), None for all of them as they
            are, and the tokens that it reads, (new rows,); no token when all streams are done.
        """
        self._length += 1
        sums, origins, tokens = self._candidates(log_probs)
        is_end = tokens == self._end
        self._keep_ended(sums, origins, is_end)
        # The best that go on: what has ended sorts last, everything else keeps its order.
        going = torch.sort(is_end.byte(), dim=1, stable=True).indices[:, : self._beam_size]
        width = self._sums.shape[1]
        origins, tokens = origins.gather(1, going), tokens.gather(1, going)
        self._sums = sums.gather(1, going).masked_fill(is_end.gather(1, going), -torch.inf)
        read = self._tokens.gather(1, origins[:, :, None].expand(-1, -1, self._length - 1))
        self._tokens = torch.cat([read, tokens[:, :, None]], 2)
        rows = origins + width * torch.arange(len(origins), device=origins.device)[:, None]
        rows = self._leave_out_done(rows)
        unchanged = rows.shape[0] == log_probs.shape[0] and torch.equal(
            rows, torch.arange(len(rows), device=rows.device)
        )
        return None if unchanged else rows, self._tokens[:, :, -1].flatten()

    def results(self) -> list[list[Hypothesis]]:
        """For each stream its ``wanted`` best; a cut one only where too few have ended."""
        best = []
        for ended, cut in zip(self._ended, self._cut, strict=True):
            pool = ended if len(ended) >= self._beam_size else ended + cut
            pool.sort(key=lambda h: h.rank(self._length_penalty), reverse=True)
            best.append(pool[: self._wanted])
        return best

    def _candidates(self, log_probs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The best continuations by one token, twice as many as the beam is wide, best first.

        Returns:
            Sums of log-probabilities, the hypotheses that they go on from, and the tokens that
            these get, each (streams, 2 * beam_size).
        """
        vocab_size = log_probs.shape[1]
        log_probs = log_probs.view(*self._sums.shape, vocab_size)
        # Relative to the best one, so that float32 can tell neighbours apart.
        behind = (self._sums - self._sums.amax(1, keepdim=True)).to(log_probs.dtype)
        index = _best_places(log_probs, behind, 2 * self._beam_size)
        origins = index // vocab_size
        sums = self._sums.gather(1, origins) + log_probs.flatten(1).gather(1, index)
        missing = 2 * self._beam_size - index.shape[1]
        if missing > 0:  # a vocabulary smaller than the beam
            index, origins = F.pad(index, (0, missing)), F.pad(origins, (0, missing))
            sums = F.pad(sums, (0, missing), value=-torch.inf)
        return sums, origins, index % vocab_size

    def _keep_ended(self, sums: Tensor, origins: Tensor, is_end: Tensor) -> None:
        """Move hypotheses that end in this step to the lists."""
        best = slice(0, self._beam_size)
        ended = (is_end[:, best] & (sums[:, best] > -torch.inf)).nonzero()
        if not len(ended):
            return
        row, place = ended.T
        texts = self._tokens[row, origins[row, place]].tolist()
        for stream, text, value in zip(row.tolist(), texts, sums[row, place].tolist(), strict=True):
            self._ended[self._streams[stream]].append(Hypothesis((*text, self._end), value))

    def _leave_out_done(self, rows: Tensor) -> Tensor:
        """Only the streams that are not done; ``rows``, (streams, beam_size), of them, flat."""
        best_alive = self._sums.amax(1).tolist()
        done = [self._is_done(*pair) for pair in zip(self._streams, best_alive, strict=True)]
        if any(done):
            for row, stream in enumerate(self._streams):
                if self._length == self._max_tokens[stream]:
                    self._cut[stream] = self._alive(row)
            keep = [row for row, is_done in enumerate(done) if not is_done]
            kept = torch.tensor(keep, dtype=torch.long, device=rows.device)
            self._streams = [self._streams[row] for row in keep]
            self._sums, self._tokens, rows = self._sums[kept], self._tokens[kept], rows[kept]
        return rows.flatten()

    def _is_done(self, stream: int, best_alive: float) -> bool:
        ended = self._ended[stream]
        if (
            len(ended) >= self._beam_size
            or best_alive == -torch.inf
            or self._length == self._max_tokens[stream]
        ):
            return True
        # Without a length penalty a hypothesis that goes on only falls.
        better = sum(h.log_prob >= best_alive for h in ended)
        return self._length_penalty == 0 and better >= self._wanted

    def _alive(self, row: int) -> list[Hypothesis]:
        pairs = zip(self._tokens[row].tolist(), self._sums[row].tolist(), strict=True)
        return [Hypothesis(tuple(text), value) for text, value in pairs if value > -torch.inf]


def _best_places(log_probs: Tensor, sums: Tensor, count: int) -> Tensor:
    """Where ``sums[:, :, None] + log_probs`` is largest, in order.

    The best are looked for only in the blocks of the vocabulary whose own best are the best, which
    cannot miss one and spares sorting all.

    Args:
        log_probs: (streams, width, vocab).
        sums: (streams, width).
        count: how many.

    Returns:
        Indices into (width * vocab), best first, (streams, at most ``count``).
    """
    num_streams, width, vocab_size = log_probs.shape
    flat = log_probs.reshape(num_streams, -1)
    if vocab_size < 4 * _BLOCK:
        totals = (log_probs + sums[:, :, None]).flatten(1)
        return totals.topk(min(count, totals.shape[1])).indices
    whole = vocab_size // _BLOCK * _BLOCK
    tops = [log_probs[:, :, :whole].view(num_streams, width, -1, _BLOCK).amax(3)]
    if whole < vocab_size:
        tops.append(log_probs[:, :, whole:].amax(2, keepdim=True))
    of_blocks = torch.cat(tops, 2) + sums[:, :, None]
    num_blocks = of_blocks.shape[2]
    chosen = of_blocks.flatten(1).topk(min(count, width * num_blocks)).indices[:, :, None]
    hypothesis = chosen // num_blocks
    token = chosen % num_blocks * _BLOCK + torch.arange(_BLOCK, device=flat.device)
    index = (hypothesis * vocab_size + token.clamp(max=vocab_size - 1)).flatten(1)
    totals = flat.gather(1, index) + sums.gather(1, hypothesis.expand_as(token).flatten(1))
    totals = totals.masked_fill((token >= vocab_size).flatten(1), -torch.inf)
    return index.gather(1, totals.topk(min(count, totals.shape[1])).indices)
