"""A language model with its tokenizer: what takes text and gives text and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqlm.data.blocks import Block
from seqlm.evaluation import BlockScorer, Context, ScoredBlock, Scorer, TableScorer
from seqlm.models.ngram_lm import NgramLM
from seqlm.models.ngram_table import NgramTable
from seqlm.recipes.text_scores import TextScores
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer

if TYPE_CHECKING:
    import torch

    from seqlm.decoding import Sampling
    from seqlm.models.language_model import LanguageModel


class Generated(NamedTuple):
    """A text that a model wrote; ``stop`` is length, end or stop."""

    prompt: str
    text: str
    log_prob: float
    tokens: int
    stop: str


class TextModel(TextScores):
    """A language model that reads and writes text.

    Args:
        model: the network or table.
        tokenizer: its tokenizer.
        device: where the model is.
        path: its folder or file, None for one that was never saved.
    """

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        device: torch.device | str,
        path: Path | None = None,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.device = device
        self.path = path
        self.needs_torch = self.table is None

    @property
    def table(self) -> NgramTable | None:
        """The n-grams of a model that is nothing else: numpy scores with them, without torch."""
        return self.model.table if isinstance(self.model, NgramLM) else None

    def scored(
        self,
        blocks: Iterable[Block],
        *,
        context: Context = "stream",
        batch_size: int = 32,
        chunk_length: int = 256,
    ) -> Iterator[ScoredBlock]:
        """Score the blocks of one text, in order, as they come."""
        scorer: BlockScorer
        if self.table is not None:
            scorer = TableScorer(self.table, self.tokenizer)
        else:
            scorer = Scorer(
                self.model,
                self.tokenizer,
                context=context,
                batch_size=batch_size,
                chunk_length=chunk_length,
                device=self.device,
            )
        return (scorer.score(block) for block in blocks)

    def generate(
        self,
        prompt: str = "",
        *,
        max_tokens: int = 200,
        max_lines: int = 1,
        sampling: Sampling | None = None,
        beam: int = 0,
        length_penalty: float = 0.0,
        stop: Sequence[str] = (),
        seed: int = 1,
        on_text: Callable[[str], None] = lambda text: None,
    ) -> Generated:
        """Continue ``prompt``.

        Args:
            prompt: what the text begins with; it may have several lines.
            max_tokens: longest continuation, line ends included.
            max_lines: line ends after which it stops.
            sampling: how tokens are drawn; None is from the model's own distribution.
            beam: hypotheses of a beam search for the most probable line; 0 samples.
            length_penalty: 0 ranks hypotheses by probability, 1 by probability per token.
            stop: strings that end the text; they are not part of it.
            seed: of the sampling.
            on_text: gets the text as it is made.
        """
        import torch

        with torch.inference_mode():
            if beam and max_tokens:
                return self._search(prompt, max_tokens, beam, length_penalty, stop, on_text)
            return self._sample(prompt, max_tokens, max_lines, sampling, stop, seed, on_text)

    def _prompt_ids(self, prompt: str) -> list[int]:
        """The stream that a prompt stands for; it begins behind the end of a line."""
        ids = [END_ID]
        for number, line in enumerate(prompt.split("\n")):
            ids += [END_ID] if number else []
            ids += self.tokenizer.encode(line)
        return ids

    def _sample(
        self,
        prompt: str,
        max_tokens: int,
        max_lines: int,
        sampling: Sampling | None,
        stop: Sequence[str],
        seed: int,
        on_text: Callable[[str], None],
    ) -> Generated:
        import torch

        from seqlm.decoding import Sampling, read_prompt, sample

        ids = self._prompt_ids(prompt)
        log_probs, state = read_prompt(self.model, ids, self.device)
        tokens = sample(
            self.model,
            log_probs,
            state,
            sampling or Sampling(),
            [UNKNOWN_ID],
            torch.Generator().manual_seed(seed),
        )
        writer = _Writer(self.tokenizer, ids, stop, on_text)
        ended, log_prob, reason = 0, 0.0, "length"
        for token, value in tokens if max_tokens else ():
            log_prob += value
            ended += token == END_ID
            if token == END_ID and ended == max_lines:
                writer.count += 1
                reason = "end"
                break
            if writer.add(token):
                reason = "stop"
                break
            if writer.count == max_tokens:
                break
        return Generated(prompt, writer.finish(), log_prob, writer.count, reason)

    def _search(
        self,
        prompt: str,
        max_tokens: int,
        beam: int,
        length_penalty: float,
        stop: Sequence[str],
        on_text: Callable[[str], None],
    ) -> Generated:
        from seqlm.beam_search import beam_search
        from seqlm.decoding import read_prompt

        ids = self._prompt_ids(prompt)
        log_probs, state = read_prompt(self.model, ids, self.device)
        ((best,),) = beam_search(
            self.model,
            log_probs,
            state,
            beam_size=beam,
            max_tokens=[max_tokens],
            end=END_ID,
            excluded=[UNKNOWN_ID],
            length_penalty=length_penalty,
            wanted=1,
        )
        writer = _Writer(self.tokenizer, ids, stop, on_text)
        reason = "end" if best.tokens[-1:] == (END_ID,) else "length"
        for token in best.tokens[: -1 if reason == "end" else None]:
            if writer.add(token):
                reason = "stop"
                break
        return Generated(prompt, writer.finish(), best.log_prob, len(best.tokens), reason)


class _Writer:
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
