"""Joey NMT in the race: its configuration with our vocabulary and shape, its log read back.

    python -m venv .joey
    .joey/bin/pip install torch numpy sacrebleu tensorboard subword-nmt pyyaml datasets \\
        matplotlib seaborn importlib_metadata lazy_importer sentencepiece==0.2.0
    .joey/bin/pip install --no-deps joeynmt==2.3.0      # its own pins do not go with torch 2.13

Its vocabulary is the sentencepiece model of the race, its shape that of ``plain_transformer``
(pre-norm, tied three ways); it warms up and then decays with the square root of the step, the
nearest that it has to a linear decay.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqlm.config import TranslationOptions
from seqlm.data.corpus import Corpus, read_lines
from seqlm.recipes.prepare_pairs import PreparedPairs
from seqlm.recipes.translation_scores import evaluate

PROBE = 60
"""Updates that are timed before the training proper."""
Figures = tuple[float, int | None, float | None, float | None]


def race_joeynmt(
    python: str,
    prepared: PreparedPairs,
    options: TranslationOptions,
    train: Sequence[str],
    valid: Sequence[str],
    test: Sequence[str],
    seconds: float,
) -> Figures:
    """Time it, train it for ``seconds``, let it translate with beam 5.

    Returns:
        Target tokens a second of processor time in training, updates, BLEU, and sentences a second.
    """
    with tempfile.TemporaryDirectory(prefix="joeynmt-") as scratch:
        folder = Path(scratch)
        _write_data(folder, prepared, {"train": train, "dev": valid, "test": test})
        _, start = _run([python, "-m", "joeynmt", "--help"])
        speed, cpu = _train(python, folder, options, PROBE)
        if not seconds:
            return speed, None, None, None
        updates = max(PROBE, round(PROBE * seconds / (cpu - start)) // PROBE * PROBE)
        _train(python, folder, options, updates)
        rate, found = _translate(python, folder, test[0])
        references = list(read_lines(Corpus([test[1]])))
        return speed, updates, evaluate(found, [references])[0].score, rate


def _write_data(folder: Path, prepared: PreparedPairs, parts: dict[str, Sequence[str]]) -> None:
    """The texts with endings that tell the languages apart, the sentencepiece model, its pieces."""
    for name, paths in parts.items():
        for side, path in zip(("src", "trg"), paths, strict=True):
            lines = list(read_lines(Corpus([path])))
            # It looks at the held-out part at the end of a training; a little of it will do.
            text = "".join(f"{line}\n" for line in lines[: 50 if name == "dev" else None])
            (folder / f"{name}.{side}").write_text(text, encoding="utf-8")
    files = prepared.target.to_files()
    (folder / "pieces.model").write_bytes(files["tokenizer.model"])
    pieces = prepared.target.pieces(range(2, prepared.target.vocab_size))
    (folder / "vocabulary.txt").write_text("".join(f"{piece}\n" for piece in pieces))


def _configuration(folder: Path, options: TranslationOptions, updates: int) -> dict[str, Any]:
    size = options.hidden_size
    half = {
        "type": "transformer", "num_layers": options.num_layers, "num_heads": 4,
        "embeddings": {"embedding_dim": size, "scale": True, "dropout": options.dropout},
        "hidden_size": size, "ff_size": 4 * (size or 0), "dropout": options.dropout,
        "layer_norm": "pre",
    }  # fmt: skip
    side = {
        "max_length": options.max_length, "level": "bpe", "voc_min_freq": 1,
        "voc_file": str(folder / "vocabulary.txt"), "tokenizer_type": "sentencepiece",
        "tokenizer_cfg": {"model_file": str(folder / "pieces.model")},
    }  # fmt: skip
    return {
        "name": "race", "joeynmt_version": "2.3.0", "model_dir": str(folder / "model"),
        "use_cuda": False, "fp16": False, "random_seed": options.seed,
        "data": {
            "train": str(folder / "train"), "dev": str(folder / "dev"),
            "test": str(folder / "test"), "dataset_type": "plain",
            "src": {"lang": "src", **side}, "trg": {"lang": "trg", **side},
            "special_symbols": {"unk_id": 0, "pad_id": 1, "bos_id": 2, "eos_id": 3},
        },
        "testing": {
            "beam_size": 5, "beam_alpha": 1.0, "batch_size": 64, "batch_type": "sentence",
            "max_output_length": 100, "eval_metrics": [],
        },
        "training": {
            "optimizer": "adamw", "adam_betas": [0.9, 0.98], "normalization": "tokens",
            "scheduling": "warmupinversesquareroot", "learning_rate": options.learning_rate,
            "learning_rate_warmup": 150, "learning_rate_min": 0.0, "loss": "crossentropy",
            "label_smoothing": options.label_smoothing, "clip_grad_norm": options.clip,
            "batch_size": options.batch_tokens, "batch_type": "token", "epochs": 10_000,
            "updates": updates, "validation_freq": updates, "logging_freq": PROBE // 3,
            "early_stopping_metric": "loss", "keep_best_ckpts": 1, "overwrite": True,
            "shuffle": True, "print_valid_sents": [],
        },
        "model": {
            "initializer": "xavier_uniform", "bias_initializer": "zeros",
            "embed_initializer": "xavier_uniform", "init_gain": 1.0, "embed_init_gain": 1.0,
            "tied_embeddings": True, "tied_softmax": True, "encoder": half, "decoder": half,
        },
    }  # fmt: skip


def _train(
    python: str, folder: Path, options: TranslationOptions, updates: int
) -> tuple[float, float]:
    """Run one training; tokens a second by its own count, and seconds of processor time.

    JSON is YAML too.
    """
    (folder / "race.yaml").write_text(json.dumps(_configuration(folder, options, updates)))
    log, cpu = _run([python, "-m", "joeynmt", "train", str(folder / "race.yaml"), "--skip-test"])
    speeds = [float(value) for value in re.findall(r"Tokens per Sec:\s*([\d.]+)", log)]
    if not speeds:
        raise SystemExit(f"Joey NMT did not train:\n{log[-2000:]}")
    return speeds[-1], cpu


def _translate(python: str, folder: Path, source: str) -> tuple[float, list[str]]:
    """Sentences a second of processor time, less the time of starting, and translations."""
    command = [python, "-m", "joeynmt", "translate", str(folder / "race.yaml")]
    started = _run(command, "a\n")[1]
    lines = list(read_lines(Corpus([source])))
    text = "".join(f"{line}\n" for line in lines)
    said, cpu = _run(command, text)
    return len(lines) / max(cpu - started, 1e-3), said.splitlines()[: len(lines)]


def _run(command: Sequence[str], text: str = "") -> tuple[str, float]:
    """What a command says, its log last, and its seconds of processor time."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    before = os.times()
    started = time.monotonic()
    done = subprocess.run(
        list(command), input=text, capture_output=True, text=True, env=environment
    )
    after = os.times()
    if done.returncode:
        seconds = time.monotonic() - started
        raise SystemExit(f"{command} failed after {seconds:.0f} s:\n{done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system
    return done.stdout + done.stderr, cpu - before.children_user - before.children_system
