"""Writing text with a language model: sampling, and beam search.

Both see only the protocol of a language model, so they serve every architecture, and a translation
model's decoder, whose first state is the source, as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqlm.models.language_model import LanguageModel
from seqlm.state import State, select_rows


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    Attributes:
        temperature: logits are divided by it; 0 takes the most probable token.
        top_k: only the k most probable tokens; 0 is all.
        top_p: only the most probable tokens that hold this probability (Holtzman et al., 2020).
        min_p: only tokens at least this share as probable as the most probable one.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


def restrict(log_probs: Tensor, sampling: Sampling) -> Tensor:
    """The distribution that is drawn from: log-probabilities up to a constant, -inf where barred.

    Temperature first, then top-k, top-p and min-p, each on what the ones before it left.

    Args:
        log_probs: of the next token, (vocab,).
        sampling: the restrictions.
    """
    scores = log_probs / max(sampling.temperature, 1e-6)
    if 0 < sampling.top_k < len(scores):
        threshold = torch.topk(scores, sampling.top_k).values[-1]
        scores = scores.masked_fill(scores < threshold, -torch.inf)
    if sampling.top_p < 1:
        ordered, order = torch.softmax(scores, 0).sort(descending=True)
        before = ordered.cumsum(0) - ordered
        scores = scores.index_fill(0, order[before >= sampling.top_p], -torch.inf)
    if sampling.min_p > 0:
        probabilities = torch.softmax(scores, 0)
        scores = scores.masked_fill(
            probabilities < sampling.min_p * probabilities.max(), -torch.inf
        )
    return scores


def draw(log_probs: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """One token from the restricted distribution; (vocab,) -> id."""
    if sampling.temperature == 0:
        return int(log_probs.argmax())
    probabilities = torch.softmax(restrict(log_probs, sampling).double(), 0)
    return int(torch.multinomial(probabilities.cpu(), 1, generator=generator))


def read_prompt(
    model: LanguageModel, prompt: Sequence[int], device: torch.device
) -> tuple[Tensor, State]:
    """Read ``prompt``, at least one token; log-probabilities of the next, (1, vocab), and state."""
    state = model.initial_state(1)
    tokens = torch.tensor(prompt, device=device)
    if len(prompt) > 1:
        _, state = model.score(tokens[None, :-1], tokens[None, 1:], state)
    return model.next_log_probs(tokens[-1:], state)


def sample(
    model: LanguageModel,
    log_probs: Tensor,
    state: State,
    sampling: Sampling,
    excluded: Sequence[int],
    generator: torch.Generator,
) -> Iterator[tuple[int, float]]:
    """Draw tokens for ever, each with its log-probability under the unrestricted model.

    Args:
        model: the language model.
        log_probs: of the first token, (1, vocab).
        state: what has been read.
        sampling: how to draw.
        excluded: ids that are never drawn.
        generator: the source of randomness, on the CPU.
    """
    barred = torch.tensor(list(excluded), dtype=torch.long, device=log_probs.device)
    while True:
        token = draw(log_probs[0].index_fill(0, barred, -torch.inf), sampling, generator)
        yield token, float(log_probs[0, token])
        read = torch.tensor([token], device=log_probs.device)
        log_probs, state = model.next_log_probs(read, state)


@dataclass(frozen=True)
class Hypothesis:
    """A finished or cut continuation: its tokens and the sum of their log-probabilities."""

    tokens: tuple[int, ...]
    log_prob: float

    def rank(self, length_penalty: float) -> float:
        """What hypotheses are ordered by: log-probability over length ** penalty."""
        return self.log_prob / float(max(1, len(self.tokens)) ** length_penalty)


def beam_search(
    model: LanguageModel,
    log_probs: Tensor,
    state: State,
    *,
    beam_size: int,
    max_tokens: int,
    end: int,
    excluded: Sequence[int] = (),
    length_penalty: float = 0.0,
) -> list[Hypothesis]:
    """The best continuations found, best first; each ends with ``end`` or has ``max_tokens``.

    Args:
        model: the language model.
        log_probs: of the first token, (1, vocab).
        state: what has been read, one row.
        beam_size: hypotheses kept at each step.
        max_tokens: longest continuation.
        end: the token that finishes a hypothesis.
        excluded: ids that are never taken.
        length_penalty: 0 ranks by probability, 1 by probability per token.
    """
    barred = torch.tensor(list(excluded), dtype=torch.long, device=log_probs.device)
    alive = [Hypothesis((), 0.0)]
    finished: list[Hypothesis] = []
    for _ in range(max_tokens):
        sums = log_probs.index_fill(1, barred, -torch.inf).double()
        sums = sums + sums.new_tensor([[h.log_prob] for h in alive])
        best = sums.flatten().topk(min(2 * beam_size, sums.numel()))
        rows: list[int] = []
        tokens: list[int] = []
        next_alive: list[Hypothesis] = []
        for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            row, token = divmod(index, sums.shape[1])
            if value == -torch.inf:
                continue
            grown = Hypothesis((*alive[row].tokens, token), value)
            if token == end:
                finished.append(grown)
            elif len(next_alive) < beam_size:
                next_alive.append(grown)
                rows.append(row)
                tokens.append(token)
        alive = next_alive
        if not alive or _settled(finished, alive, beam_size, length_penalty, max_tokens):
            break
        device = log_probs.device
        state = select_rows(state, torch.tensor(rows, device=device))
        log_probs, state = model.next_log_probs(torch.tensor(tokens, device=device), state)
    pool = finished if len(finished) >= beam_size else finished + alive
    return sorted(pool, key=lambda h: h.rank(length_penalty), reverse=True)[:beam_size]


def _settled(
    finished: list[Hypothesis],
    alive: list[Hypothesis],
    beam_size: int,
    length_penalty: float,
    max_tokens: int,
) -> bool:
    """Whether no living hypothesis can still enter the best: a log-probability only falls."""
    if len(finished) < beam_size:
        return False
    ranks = sorted((h.rank(length_penalty) for h in finished), reverse=True)
    best_hope = max(h.log_prob for h in alive) / float(max_tokens**length_penalty)
    return ranks[beam_size - 1] >= best_hope
