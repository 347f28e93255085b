"""Dynamic evaluation: a network that goes on learning from the text it is measured on.

Each segment is scored first and learned from after that (Krause et al., 2018, section 3), by a step
of gradient descent that is drawn back to the trained weights (their equation 5, without the scaling
by statistics of the training text):

    w <- w - rate * gradient + decay * (w_trained - w)

So a token is always predicted by a network that has not seen it.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from seqlm.config import DynamicOptions
from seqlm.models.language_model import NeuralLanguageModel
from seqlm.state import State, detach, map_state


class DynamicLM:
    """A network under dynamic evaluation: a ``LanguageModel`` that reads one stream, once.

    It is the one model with a memory outside of its state: its weights. Its state is that of the
    network at the beginning of a segment, and the segment's inputs and targets so far, (1, n).

    Args:
        model: the network; a copy of it learns.
        options: how it learns.
    """

    def __init__(self, model: NeuralLanguageModel, options: DynamicOptions) -> None:
        self.model = copy.deepcopy(model)
        self.options = options
        self.vocab_size = model.vocab_size
        self._learned = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._trained = [weight.detach().clone() for weight in self._learned]

    def initial_state(self, batch_size: int) -> State:
        """The network's first state, and an empty segment; its weights are the trained ones again.

        Raises:
            ValueError: several streams would learn each other's text.
        """
        if batch_size != 1:
            raise ValueError("dynamic evaluation reads one stream")
        with torch.no_grad():
            for weight, trained in zip(self._learned, self._trained, strict=True):
                weight.copy_(trained)
        empty = torch.empty(1, 0, dtype=torch.int64, device=self.model.output_bias.device)
        return self.model.initial_state(1), empty, empty

    def next_log_probs(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Refused: what comes next has to be known for a step.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("dynamic evaluation scores texts")

    def score(self, inputs: Tensor, targets: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs``; the log-probability of each target after its input, (1, time)."""
        size = self.options.segment
        scores = [torch.empty(1, 0, device=inputs.device)]
        with torch.inference_mode(False), torch.enable_grad():
            # What inference mode made cannot be learned from; copies can.
            start, read, wanted = _parts(map_state(torch.clone, state))
            before = read.shape[1]
            read, wanted = torch.cat([read, inputs], 1), torch.cat([wanted, targets], 1)
            while read.shape[1]:
                features, after = self.model.features(read[:, :size], start)
                log_probs = self.model.log_probs_of(features, wanted[:, :size])
                scores.append(log_probs.detach()[:, before:])
                if read.shape[1] < size:
                    break
                self._learn(-log_probs.sum())
                start, before = detach(after), 0
                read, wanted = read[:, size:], wanted[:, size:]
        return torch.cat(scores, 1), (start, read, wanted)

    def _learn(self, loss: Tensor) -> None:
        """One step down ``loss``, the sum over a segment in nats."""
        options = self.options
        gradients = torch.autograd.grad(loss, self._learned)
        norm = float(torch.stack([gradient.norm() for gradient in gradients]).norm())
        step = options.rate * min(1.0, options.clip / max(norm, 1e-9))
        with torch.no_grad():
            for weight, gradient, trained in zip(
                self._learned, gradients, self._trained, strict=True
            ):
                weight.sub_(gradient, alpha=step)
                weight.lerp_(trained, options.decay)


def _parts(state: State) -> tuple[State, Tensor, Tensor]:
    """The three parts of a ``DynamicLM``'s state."""
    assert isinstance(state, tuple)
    start, read, wanted = state
    assert isinstance(read, Tensor)
    assert isinstance(wanted, Tensor)
    return start, read, wanted
