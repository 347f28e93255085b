"""A language model with its tokenizer: what takes text and gives text and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqlm.data.blocks import Block
from seqlm.evaluation import BlockScorer, Context, ScoredBlock, Scorer, TableScorer
from seqlm.models.ngram_lm import NgramLM
from seqlm.models.ngram_table import NgramTable
from seqlm.recipes.text_scores import TextScores
from seqlm.recipes.writing import Generated, TextWriter, Writer, prompt_ids
from seqlm.sampling import Sampling
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer

if TYPE_CHECKING:
    import torch

    from seqlm.models.language_model import LanguageModel


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
        if beam and max_tokens:
            return self._search(prompt, max_tokens, beam, length_penalty, stop, on_text)
        return self.writer().generate(
            prompt,
            max_tokens=max_tokens,
            max_lines=max_lines,
            sampling=sampling,
            stop=stop,
            seed=seed,
            on_text=on_text,
        )

    def writer(self) -> TextWriter:
        """The model as a writer."""
        from seqlm.decoding import TorchSteps

        steps = TorchSteps(self.model, self.device)
        return TextWriter(steps, self.tokenizer, needs_torch=True)

    def _search(
        self,
        prompt: str,
        max_tokens: int,
        beam: int,
        length_penalty: float,
        stop: Sequence[str],
        on_text: Callable[[str], None],
    ) -> Generated:
        import torch

        from seqlm.beam_search import beam_search
        from seqlm.decoding import read_prompt

        ids = prompt_ids(self.tokenizer, prompt)
        with torch.inference_mode():
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
        writer = Writer(self.tokenizer, ids, stop, on_text)
        reason = "end" if best.tokens[-1:] == (END_ID,) else "length"
        for token in best.tokens[: -1 if reason == "end" else None]:
            if writer.add(token):
                reason = "stop"
                break
        return Generated(prompt, writer.finish(), best.log_prob, len(best.tokens), reason)
