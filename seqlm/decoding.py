"""Writing text with a language model: sampling (``beam_search`` looks for the best instead).

It sees only the protocol of a language model, so it serves every architecture, and a translation
model's decoder, whose first state is the source, as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqlm import sampling as sampling_of_arrays
from seqlm.models.language_model import LanguageModel
from seqlm.sampling import Array, Sampling
from seqlm.state import State, select_rows


@dataclass(frozen=True)
class Hypothesis:
    """A finished or cut continuation: its tokens and the sum of their log-probabilities."""

    tokens: tuple[int, ...]
    log_prob: float

    def rank(self, length_penalty: float) -> float:
        """What hypotheses are ordered by: log-probability over length ** penalty."""
        return self.log_prob / float(max(1, len(self.tokens)) ** length_penalty)


def draw(log_probs: Tensor, sampling: Sampling, chance: Tensor) -> Tensor:
    """``sampling.draw`` of tensors: (rows, vocab) and (rows,) -> ids (rows,)."""
    drawn = sampling_of_arrays.draw(log_probs.cpu().numpy(), sampling, chance.numpy())
    return torch.from_numpy(drawn).to(log_probs.device)


def read_prompt(
    model: LanguageModel, prompt: Sequence[int], device: torch.device | str
) -> tuple[Tensor, State]:
    """Read ``prompt``, at least one token; log-probabilities of the next, (1, vocab), and state."""
    state = model.initial_state(1)
    tokens = torch.tensor(prompt, device=device)
    if len(prompt) > 1:
        _, state = model.score(tokens[None, :-1], tokens[None, 1:], state)
    return model.next_log_probs(tokens[-1:], state)


class TorchSteps:
    """Any language model, as the steps that a writer takes (``sampling.Steps``).

    Args:
        model: the language model.
        device: where it is.
    """

    def __init__(self, model: LanguageModel, device: torch.device | str) -> None:
        self.vocab_size = model.vocab_size
        self._model = model
        self._device = device

    def begin(self, tokens: Sequence[int]) -> tuple[Array, State]:
        """Read a text's first tokens; log-probabilities of the next, (vocab,), and the state."""
        with torch.inference_mode():
            return _first_row(*read_prompt(self._model, tokens, self._device))

    def step(self, token: int, state: State) -> tuple[Array, State]:
        """Read one more token."""
        with torch.inference_mode():
            read = torch.tensor([token], device=self._device)
            return _first_row(*self._model.next_log_probs(read, state))


def _first_row(log_probs: Tensor, state: State) -> tuple[Array, State]:
    return log_probs[0].float().cpu().numpy(), state


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
