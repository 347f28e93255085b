"""Where faults are tried: small texts, small models, and a fresh place for each run."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.faults import forks
from tests.faults.command_table import Command

CORPORA = Path(__file__).parents[2] / "corpora"
_MODELS = {
    "models/lm": "train-lm text.txt --arch lstm --vocab-size 300 --hidden-size 8"
    " --steps 3 --batch-size 4 --chunk-length 5 --threads 1",
    "models/ngram": "train-lm text.txt --arch ngram --order 3 --tokenizer word",
    "models/vectors": "train-count-vectors text.txt --dim 8 --min-count 1 --subsample 0",
    "models/w2v": "train-word2vec text.txt --dim 8 --min-count 1 --subwords --buckets 50"
    " --threads 1",
    "models/lm2": "train-lm text.txt --tokenizer models/lm --arch gru --hidden-size 8 --steps 3"
    " --batch-size 4 --chunk-length 5 --threads 1",
    "models/mix": "mix models/lm models/lm2 --weights 0.5,0.5",
    "models/transformer": "train-lm text.txt --arch transformer --tokenizer char --hidden-size 8"
    " --steps 3 --batch-size 4 --chunk-length 5 --threads 1",
    "models/translation": "train-translate --source text.txt --target target.txt --hidden-size 8"
    " --arch transformer"
    " --num-layers 1 --vocab-size 300 --batch-tokens 60 --steps 3 --threads 1",
    "models/seq2seq": "train-translate --source text.txt --target target.txt --hidden-size 8"
    " --arch lstm --tokenizer word --batch-tokens 60 --steps 3 --threads 1",
    "models/char": "train-tokenizer text.txt --kind char",
    "models/word": "train-tokenizer text.txt --kind word",
    "models/bpe": "train-tokenizer text.txt --kind bpe --vocab-size 300",
}


class Workplace:
    """Texts and models in ``folder``, and copies of them to run in.

    Args:
        folder: empty; on a disk in memory it is fastest.
        lines: of the training text.
        models: the names of those to make; all unless told otherwise.
    """

    def __init__(self, folder: Path, lines: int = 60, models: Sequence[str] = ()) -> None:
        self.folder = folder
        self.template = folder / "template"
        self._numbers = itertools.count()
        self.template.mkdir()
        write_texts(self.template, lines)
        self._models_made = False
        self._wanted = models

    def make_models(self) -> None:
        """Train what commands read, once."""
        if self._models_made:
            return
        self._models_made = True
        (self.template / "models").mkdir()
        for name, line in _MODELS.items():
            if self._wanted and Path(name).name not in self._wanted:
                continue
            made = forks.run([*line.split(), "-o", name], self.template)
            assert made.code == 0, made.err
        shutil.rmtree(self.template / "cache", ignore_errors=True)

    def fresh(self, *, models: bool = True) -> Path:
        """A new folder with the texts and, where they are wanted, the models."""
        if models:
            self.make_models()
        place = self.folder / f"run-{next(self._numbers)}"
        place.mkdir()
        for path in self.template.iterdir():
            if path.is_file():
                shutil.copyfile(path, place / path.name)
        if models:
            (place / "models").symlink_to(self.template / "models")
        return place

    def discard(self, place: Path) -> None:
        """A run's folder is not needed any more."""
        shutil.rmtree(place)
        shutil.rmtree(place.with_name(f"{place.name}.logs"), ignore_errors=True)

    def stdin_of(self, command: Command) -> bytes:
        """What the command reads from stdin."""
        return (self.template / command.stdin).read_bytes() if command.stdin else b""


def write_texts(folder: Path, lines: int = 60) -> None:
    """The small texts that commands are run on."""
    english = (CORPORA / "english.txt").read_text(encoding="utf-8").splitlines()[:lines]
    korean = (CORPORA / "korean.txt").read_text(encoding="utf-8").splitlines()[:lines]
    texts = {
        "text.txt": english,
        "target.txt": korean,
        "pairs.tsv": [f"{one}\t{other}" for one, other in zip(english, korean, strict=True)],
        "nbest.tsv": [f"1\t{line}\t-{number}" for number, line in enumerate(english[:4])],
        "one.txt": english[:1],
        "blanks.tsv": ["the ___ man\told\triver", "___ sat\tthe\ta"],
        "prompt.txt": ["the old"],
        "words.txt": english[0].split()[:3],
        "analogies.txt": [" ".join(english[0].split()[:3])],
        "similar.tsv": [f"{one}\t{other}\t{number}" for number, (one, other) in enumerate(
            itertools.combinations(dict.fromkeys(english[0].split()), 2)
        )],
    }  # fmt: skip
    for name, content in texts.items():
        (folder / name).write_text("\n".join(content) + "\n", encoding="utf-8")


def fingerprint(path: Path) -> dict[str, str]:
    """The sha256 of every file of a model folder (or of the one file) but ``checkpoint/``."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()
    }
