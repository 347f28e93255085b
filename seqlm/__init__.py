"""seqlm: from a text file to a tokenizer, word vectors and a language model.

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

__version__ = "0.1.0"
