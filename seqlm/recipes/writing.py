"""Writing text, token by token: from a prompt to what is made of it, with stop strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from seqlm.sampling import Sampling, Steps, sample
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer


class Generated(NamedTuple):
    """A text that a model wrote; ``stop`` is length, end or stop."""

    prompt: str
    text: str
    log_prob: float
    tokens: int
    stop: str


class TextWriter:
    """A language model, as steps, that goes on with a text by sampling.

    Args:
        steps: the model.
        tokenizer: its tokenizer.
        needs_torch: whether the steps ask torch for anything.
    """

    def __init__(self, steps: Steps, tokenizer: Tokenizer, *, needs_torch: bool) -> None:
        self.steps = steps
        self.tokenizer = tokenizer
        self.needs_torch = needs_torch

    def generate(
        self,
        prompt: str = "",
        *,
        max_tokens: int = 200,
        max_lines: int = 1,
        sampling: Sampling | None = None,
        stop: Sequence[str] = (),
        seed: int = 1,
        on_text: Callable[[str], None] = lambda text: None,
    ) -> Generated:
        """Continue ``prompt``; the arguments are those of ``TextModel.generate``."""
        ids = prompt_ids(self.tokenizer, prompt)
        tokens = sample(self.steps, ids, sampling or Sampling(), [UNKNOWN_ID], seed)
        writer = Writer(self.tokenizer, ids, stop, on_text)
        log_prob, reason = _write(writer, tokens, max_tokens, max_lines)
        return Generated(prompt, writer.finish(), log_prob, writer.count, reason)


def _write(
    writer: Writer, tokens: Iterator[tuple[int, float]], max_tokens: int, max_lines: int
) -> tuple[float, str]:
    """Let tokens flow until one of the limits; their log-probability, and which limit it was."""
    ended, log_prob = 0, 0.0
    while writer.count < max_tokens:
        token, value = next(tokens)
        log_prob += value
        ended += token == END_ID
        if token == END_ID and ended == max_lines:
            writer.count += 1
            return log_prob, "end"
        if writer.add(token):
            return log_prob, "stop"
    return log_prob, "length"


def prompt_ids(tokenizer: Tokenizer, prompt: str) -> list[int]:
    """The stream that a prompt stands for; it begins behind the end of a line."""
    ids = [END_ID]
    for number, line in enumerate(prompt.split("\n")):
        ids += [END_ID] if number else []
        ids += tokenizer.encode(line)
    return ids


class Writer:
    """Turns tokens into text as they come, and holds back what may still change.

    That is a character whose bytes are not all there, and a text that may be the beginning of a
    stop string.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        prompt: Sequence[int],
        stop: Sequence[str],
        on_text: Callable[[str], None],
    ) -> None:
        self._tokenizer = tokenizer
        last_end = max(i for i, token in enumerate(prompt) if token == END_ID)
        self._line = list(prompt[last_end + 1 :])
        self._skipped = len(tokenizer.decode(self._line))
        self._before = ""
        self._stop = [text for text in stop if text]
        self._on_text = on_text
        self._written = 0
        self.text = ""
        self.count = 0

    def add(self, token: int) -> bool:
        """Take one token; True when a stop string has come up, and the text ends before it."""
        self.count += 1
        if token == END_ID:
            self._before = self._current() + "\n"
            self._line, self._skipped = [], 0
        else:
            self._line.append(token)
        self.text = self._current()
        # A stop string never begins in what was written: its beginning was held back.
        found = [self.text.find(stop, self._written) for stop in self._stop]
        if any(at >= 0 for at in found):
            self.text = self.text[: min(at for at in found if at >= 0)]
            self._emit(len(self.text))
            return True
        self._emit(self._safe_length())
        return False

    def finish(self) -> str:
        """Write what was held back; the whole text."""
        self._emit(len(self.text))
        return self.text

    def _current(self) -> str:
        return self._before + self._tokenizer.decode(self._line)[self._skipped :]

    def _safe_length(self) -> int:
        text = self.text.rstrip("\ufffd")
        held = [n for s in self._stop for n in range(1, len(s)) if text.endswith(s[:n])]
        return len(text) - max(held, default=0)

    def _emit(self, length: int) -> None:
        if length > self._written:
            self._on_text(self.text[self._written : length])
            self._written = length
