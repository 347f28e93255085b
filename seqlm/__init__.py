"""seqlm: from a text file to a tokenizer, word vectors, a language model, a translation model.

Where things are, from the command line down:

    commands/       what is typed and what is shown (the only users of typer and rich)
    recipes/        what each command does, without a terminal
    training/       one loop, its schedule, its time budget, its checkpoints
    evaluation.py   perplexity and surprisal; decoding.py writes text; losses.py trains it
    model_folder.py how a model lies on disk
    models/         one architecture a file; cells/ one recurrence a file
    tokenizers/     word, character, subword
    data/           from files to ids
    state.py, config.py, errors.py

From Python: ``seqlm.load("models/lm-corpus")``. Importing this package alone is light; torch comes
with the first ``load`` or training call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__version__ = "0.1.0"


def load(path: str | Path, device: str = "auto") -> Any:
    """Open a model folder: a language model, word vectors or a tokenizer, by what it says it is.

    Args:
        path: the folder.
        device: where a network computes: auto, cpu, cuda, cuda:N or mps.

    Raises:
        ModelError: the folder is missing, unfinished or damaged.
    """
    from seqlm.recipes.loading import load

    return load(path, device)
