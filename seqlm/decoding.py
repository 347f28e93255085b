"""Writing text with a language model: sampling (``beam_search`` looks for the best instead).

It sees only the protocol of a language model, so it serves every architecture, and a translation
model's decoder, whose first state is the source, as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqlm.models.language_model import LanguageModel
from seqlm.state import State, select_rows


@dataclass(frozen=True)
class Hypothesis:
    """A finished or cut continuation: its tokens and the sum of their log-probabilities."""

    tokens: tuple[int, ...]
    log_prob: float

    def rank(self, length_penalty: float) -> float:
        """What hypotheses are ordered by: log-probability over length ** penalty."""
        return self.log_prob / float(max(1, len(self.tokens)) ** length_penalty)


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
    """The distributions that are drawn from: log-probabilities up to a constant, -inf where barred.

    Temperature first, then top-k, top-p and min-p, each on what the ones before it left.

    Args:
        log_probs: of the next token, (..., vocab).
        sampling: the restrictions.
    """
    scores = log_probs / max(sampling.temperature, 1e-6)
    if 0 < sampling.top_k < scores.shape[-1]:
        threshold = torch.topk(scores, sampling.top_k).values[..., -1:]
        scores = scores.masked_fill(scores < threshold, -torch.inf)
    if sampling.top_p < 1:
        ordered, order = torch.softmax(scores, -1).sort(descending=True)
        before = ordered.cumsum(-1) - ordered
        barred = torch.zeros_like(scores, dtype=torch.bool)
        barred = barred.scatter(-1, order, before >= sampling.top_p)
        scores = scores.masked_fill(barred, -torch.inf)
    if sampling.min_p > 0:
        probabilities = torch.softmax(scores, -1)
        least = sampling.min_p * probabilities.amax(-1, keepdim=True)
        scores = scores.masked_fill(probabilities < least, -torch.inf)
    return scores


def draw(log_probs: Tensor, sampling: Sampling, chance: Tensor) -> Tensor:
    """One token for each row from its restricted distribution.

    Args:
        log_probs: of the next token, (rows, vocab).
        sampling: how to draw.
        chance: float64 numbers from [0, 1) on the CPU, (rows,): how much probability lies before
            the token.

    Returns:
        Ids, (rows,).
    """
    if sampling.temperature == 0:
        return log_probs.argmax(-1)
    probabilities = torch.softmax(restrict(log_probs, sampling).cpu().double(), -1)
    up_to = probabilities.cumsum(-1)
    # Times the sum, which is 1 but for rounding: the last token that has any cannot be passed.
    drawn = torch.searchsorted(up_to, chance[:, None] * up_to[:, -1:], right=True)
    return drawn[:, 0].to(log_probs.device)


def read_prompt(
    model: LanguageModel, prompt: Sequence[int], device: torch.device | str
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
        chance = torch.rand(1, dtype=torch.float64, generator=generator)
        token = draw(log_probs.index_fill(1, barred, -torch.inf), sampling, chance)
        yield int(token), float(log_probs[0, token])
        log_probs, state = model.next_log_probs(token, state)


def sample_streams(
    model: LanguageModel,
    log_probs: Tensor,
    state: State,
    sampling: Sampling,
    *,
    seeds: Sequence[int],
    max_tokens: Sequence[int],
    end: int,
    excluded: Sequence[int] = (),
) -> list[Hypothesis]:
    """Draw one continuation of each stream; which one depends on its seed and on nothing beside it.

    Args:
        model: the language model.
        log_probs: of the first token, (streams, vocab).
        state: what has been read, one row a stream.
        sampling: how to draw.
        seeds: one a stream.
        max_tokens: longest continuation of each stream, at least 1.
        end: the token that finishes a continuation.
        excluded: ids that are never drawn.

    Returns:
        Each with its log-probability under the unrestricted model.
    """
    chances = [
        torch.rand(most, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        for seed, most in zip(seeds, max_tokens, strict=True)
    ]
    barred = torch.tensor(list(excluded), dtype=torch.long, device=log_probs.device)
    texts: list[list[int]] = [[] for _ in seeds]
    sums = [0.0] * len(texts)
    streams = list(range(len(texts)))
    for length in itertools.count():
        chance = torch.stack([chances[stream][length] for stream in streams])
        tokens = draw(log_probs.index_fill(1, barred, -torch.inf), sampling, chance)
        values = log_probs.gather(1, tokens[:, None])[:, 0].tolist()
        going = []
        for row, (stream, token) in enumerate(zip(streams, tokens.tolist(), strict=True)):
            texts[stream].append(token)
            sums[stream] += values[row]
            if token != end and length + 1 < max_tokens[stream]:
                going.append(row)
        if not going:
            break
        if len(going) < len(streams):
            streams = [streams[row] for row in going]
            rows = torch.tensor(going, device=log_probs.device)
            state, tokens = select_rows(state, rows), tokens[rows]
        log_probs, state = model.next_log_probs(tokens, state)
    return [Hypothesis(tuple(text), value) for text, value in zip(texts, sums, strict=True)]
