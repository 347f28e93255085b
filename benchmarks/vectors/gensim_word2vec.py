"""One training by gensim, for ``race.py``; run by a Python that has gensim 4."""

from __future__ import annotations

import json
import sys
import time

from gensim.models import Word2Vec  # type: ignore[import-not-found, unused-ignore]

given = json.loads(sys.argv[1])
started = time.monotonic()
model = Word2Vec(
    corpus_file=given["text"],
    sg=int(given["arch"] == "skipgram"),
    vector_size=given["dim"],
    window=5,
    negative=5,
    sample=1e-4,
    min_count=5,
    epochs=given["epochs"],
    workers=given["threads"],
    seed=given["seed"],
    alpha=given["lr"],
)
seconds = time.monotonic() - started
model.wv.save_word2vec_format(given["out"], binary=True)
print(json.dumps({"train": seconds}))
