"""The tuning text of a mixture under each of its members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqlm.data.corpus import Corpus, read_lines
from seqlm.errors import InputError
from seqlm.evaluation import Scorer, lines_of
from seqlm.model_folder import ModelFolder
from seqlm.recipes.mixture_members import Member
from seqlm.recipes.text_scores import as_blocks
from seqlm.tokenizers import END_ID, UNKNOWN_ID, Tokenizer, load_tokenizer
from seqlm.tokenizers.events import events

if TYPE_CHECKING:
    import torch

    from seqlm.models.language_model import LanguageModel

MAX_TOKENS = 1_000_000
MAX_LINES = 50_000
"""Text beyond these is not looked at: a few weights need no more."""
_READERS, _CHUNK = 32, 70


@dataclass(frozen=True)
class Tuning:
    """A tuning text as the members see it.

    Attributes:
        log_probs: natural logs, of each event under each member, (members, events).
        units: what a perplexity divides by.
        facts: what was read, for ``train.json``.
    """

    log_probs: NDArray[np.float64]
    units: int
    facts: dict[str, Any]


def token_log_probs(
    members: Sequence[Member],
    tune: Corpus | NDArray[np.integer],
    device: str,
    note: Callable[[str], None],
) -> Tuning:
    """Score each token under each of ``members``, which share a tokenizer, one after the other.

    Raises:
        InputError: there is nothing in the text.
    """
    tokenizer = load_tokenizer(members[0].tokenizer_files)
    if isinstance(tune, Corpus):
        ids = ids_of(tune, tokenizer, MAX_TOKENS + 1)
        files = [source.name for source in tune.sources]
    else:
        ids, files = tune.astype(np.int64), []
    if len(ids) > MAX_TOKENS:
        note(f"the weights are tuned on the first {MAX_TOKENS:,} tokens")
        ids = ids[:MAX_TOKENS]
    if not len(ids):
        raise InputError(
            "there is no text to tune the weights on", "a --tune file with some lines of text"
        )
    rows = [_score(member.folder, tokenizer, ids, device) for member in members]
    return Tuning(np.stack(rows), len(ids), {"files": files, "tokens": len(ids)})


def ids_of(corpus: Corpus, tokenizer: Tokenizer, limit: int) -> NDArray[np.int64]:
    """The first ids of a text, at most ``limit``, with ``END_ID`` at the end of each line."""
    parts: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for block in corpus.blocks(tokenizer.normalization):
        parts.append(events(tokenizer, block)[0])
        if sum(map(len, parts)) >= limit:
            break
    return np.concatenate(parts)[:limit]


def _score(
    folder: ModelFolder, tokenizer: Tokenizer, ids: NDArray[np.int64], device: str
) -> NDArray[np.float64]:
    from seqlm.device import choose_device
    from seqlm.recipes.loading import build

    model, chosen = build(folder), choose_device(device)
    if not hasattr(model, "to"):
        return Scorer(model, tokenizer, device=chosen).score_ids(ids)
    model.to(chosen).eval()
    return _read_side_by_side(model, ids, chosen)


def _read_side_by_side(
    model: LanguageModel, ids: NDArray[np.int64], device: torch.device
) -> NDArray[np.float64]:
    """Score ids that many readers share out: a network reads many rows
    several times as fast as one.

    Each reader begins without a past, which is as good where only weights are to be found.
    """
    import torch

    length = -(-len(ids) // min(_READERS, -(-len(ids) // _CHUNK)))
    rows = -(-len(ids) // length)
    padded = np.full(rows * length + 1, END_ID)
    padded[1 : len(ids) + 1] = ids
    text = torch.from_numpy(padded).to(device)
    inputs, targets = text[:-1].view(rows, length), text[1:].view(rows, length)
    state, parts = model.initial_state(rows), []
    with torch.inference_mode():
        for start in range(0, length, _CHUNK):
            chunk = slice(start, start + _CHUNK)
            scores, state = model.score(inputs[:, chunk], targets[:, chunk], state)
            parts.append(scores.double().cpu().numpy())
    return np.concatenate(parts, axis=1).reshape(-1)[: len(ids)]


def line_log_probs(
    members: Sequence[Member], tune: Corpus, device: str, note: Callable[[str], None]
) -> Tuning:
    """Score each line under each of ``members``, one after the other.

    Raises:
        InputError: there is nothing in the text.
    """
    from seqlm.recipes.loading import load_scores_of

    lines = list(islice(read_lines(tune), MAX_LINES + 1))
    if len(lines) > MAX_LINES:
        note(f"the weights are tuned on the first {MAX_LINES:,} lines")
        lines.pop()
    if not lines:
        raise InputError(
            "there is no text to tune the weights on", "a --tune file with some lines of text"
        )
    rows = []
    for member in members:
        unknown, sums = 0, []
        for scored in load_scores_of(member.folder, device).scored(as_blocks(lines)):
            unknown += int((scored.ids == UNKNOWN_ID).sum())
            sums += [log_probs.sum() for _, _, log_probs in lines_of(scored)]
        if unknown:
            note(
                f"{member.name} knows {unknown:,} tokens of the text only as <unk>, which is "
                "cheaper than to spell them: it weighs more than it should"
            )
        rows.append(np.array(sums))
    words = sum(len(line.split()) for line in lines)
    files = [source.name for source in tune.sources]
    facts = {"files": files, "lines": len(lines), "words": words}
    return Tuning(np.stack(rows), words + len(lines), facts)
