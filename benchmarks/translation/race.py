"""seqlm's transformer beside ``torch.nn.Transformer``, and Joey NMT where it is installed.

    python benchmarks/translation/race.py [--source A --target B --valid-source C --valid-target D
        --test-source E --test-target F] [--seconds 60] [--joeynmt .joey/bin/python] [-o results]

One run, one thread, the same pairs, vocabulary, shape, batches and optimizer for all.

1. Training speed: updates of each program in turn, round after round; medians of target tokens a
   second of processor time.
2. Quality at equal time: each is trained for ``--seconds`` of processor time, warm-up and linear
   decay fitted into it, and translates the test set; BLEU is sacreBLEU's.
3. Decoding: sentences of the test set a second of processor time.

Joey NMT has its own loop and batches of as many tokens, and is a process of its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from joeynmt_peer import race_joeynmt
from plain_transformer import PlainTraining, PlainTransformer, greedy

from seqlm.config import DecodingOptions, TranslationOptions
from seqlm.data.corpus import Corpus, read_lines
from seqlm.data.pair_batches import PairBatches
from seqlm.data.pairs import PairedText
from seqlm.device import has_fast_bfloat16, keep_freed_memory, set_threads
from seqlm.models.translation_networks import make_translation_model, translation_config
from seqlm.recipes.prepare_pairs import PreparedPairs, prepare_pairs
from seqlm.recipes.translation_choices import make_translation_optimizer
from seqlm.recipes.translation_folder import LoadedTranslation
from seqlm.recipes.translation_scores import evaluate
from seqlm.recipes.translation_task import TranslationTask
from seqlm.recipes.translator import Translator
from seqlm.training.fit import Plan, Run, update
from seqlm.training.schedule import linear

CORPUS = Path(__file__).parents[2] / "corpora" / "english-korean"
WARMUP_STEPS = 150
FOREVER = 10**9
Translate = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Racer:
    """One program.

    Attributes:
        name: what it is called in the table.
        step: makes the update of that number out of that many; the target tokens it read.
        decoders: what translates lines after the training, by name.
    """

    name: str
    step: Callable[[int, int], int]
    decoders: dict[str, Translate]


@dataclass
class Row:
    """A line of the table; None where it was not measured."""

    name: str
    tokens_per_second: float | None = None
    updates: int | None = None
    bleu: float | None = None
    sentences_per_second: float | None = None


def ours(prepared: PreparedPairs, options: TranslationOptions, precision: torch.dtype) -> Racer:
    """What ``train-translate`` and ``translate`` do."""
    sizes = prepared.source.vocab_size, prepared.target.vocab_size
    shape = translation_config(options, *sizes)
    model = make_translation_model(shape, options.dropout or 0.0)
    train, valid = (
        PairBatches(pairs, options.batch_tokens, options.seed)
        for pairs in (prepared.train_pairs, prepared.valid_pairs)
    )
    smoothing = options.label_smoothing
    task = TranslationTask(model, train, valid, precision=precision, label_smoothing=smoothing)
    task.start_from_unigram()
    optimizer = make_translation_optimizer(model, options)
    run = Run()
    assert options.learning_rate is not None
    rate = options.learning_rate

    def step(number: int, steps: int) -> int:
        model.train()
        before = run.tokens
        plan = Plan(steps, rate, min(0.3, WARMUP_STEPS / steps), options.clip, FOREVER, 0, "linear")
        run.step = number
        update(task, optimizer, plan, run)
        return run.tokens - before

    loaded = LoadedTranslation(
        model, prepared.source, prepared.target, torch.device("cpu"), Path("."), False, {}
    )

    def translate(lines: Sequence[str], beam: int) -> list[str]:
        model.eval()
        return Translator(loaded).translate(lines, beam=beam)

    decoders: dict[str, Translate] = {
        "greedy": lambda lines: translate(lines, 1),
        "beam 5": lambda lines: translate(lines, 5),
    }
    return Racer(f"seqlm, {str(precision)[6:]}", step, decoders)


def plain(prepared: PreparedPairs, options: TranslationOptions) -> Racer:
    """``torch.nn.Transformer`` with the same shape, batches and schedule, in float32."""
    shape = translation_config(options, prepared.source.vocab_size, prepared.target.vocab_size)
    model = PlainTransformer(
        prepared.target.vocab_size, shape.hidden_size, shape.inner_size, shape.num_heads,
        shape.num_layers, options.dropout or 0.0,
    )  # fmt: skip
    training = PlainTraining(model, options.label_smoothing, options.clip)
    batches = PairBatches(prepared.train_pairs, options.batch_tokens, options.seed)
    assert options.learning_rate is not None
    rate = options.learning_rate

    def step(number: int, steps: int) -> int:
        model.train()
        batch = batches.batch(number)
        training.step(batch, linear(number, steps, rate, min(0.3, WARMUP_STEPS / steps)))
        return batch.num_tokens

    def translate(lines: Sequence[str]) -> list[str]:
        model.eval()
        order = sorted(range(len(lines)), key=lambda place: len(lines[place]))
        found = [""] * len(lines)
        size = DecodingOptions().batch_size
        for start in range(0, len(order), size):
            places = order[start : start + size]
            rows = greedy(model, [prepared.source.encode(lines[place]) for place in places])
            for place, row in zip(places, rows, strict=True):
                found[place] = prepared.target.decode(row)
        return found

    return Racer("torch.nn.Transformer, float32", step, {"greedy": translate})


def speeds(racers: Sequence[Racer], rounds: int, steps: int) -> list[float]:
    """Target tokens a second of processor time, the median over rounds; one more warms up."""
    found: list[list[float]] = [[] for _ in racers]
    for number in range(rounds + 1):
        for racer, values in zip(racers, found, strict=True):
            started = time.process_time()
            places = range(number * steps, (number + 1) * steps)
            tokens = sum(racer.step(place, FOREVER) for place in places)
            if number:
                values.append(tokens / (time.process_time() - started))
    return [statistics.median(values) for values in found]


def quality(
    racer: Racer, speed: float, tokens: float, seconds: float, test: tuple[list[str], list[str]]
) -> list[Row]:
    """Train for ``seconds``, then translate the test set in every way.

    Args:
        racer: a new one.
        speed: target tokens a second, as measured.
        tokens: target tokens of an update.
        seconds: of processor time.
        test: sources and references.
    """
    steps = max(2, round(speed * seconds / tokens))
    for number in range(steps):
        racer.step(number, steps)
    rows = []
    sources, references = test
    for name, translate in racer.decoders.items():
        translate(sources[:8])  # kernels are made
        started = time.process_time()
        found = translate(sources)
        rate = len(sources) / (time.process_time() - started)
        bleu = evaluate(found, [references])[0].score
        rows.append(Row(f"{racer.name}, {name}", speed, steps, bleu, rate))
    return rows


def main() -> None:
    options = _options()
    torch.manual_seed(1)
    keep_freed_memory()
    set_threads(1)
    recipe = TranslationOptions(
        arch="transformer", vocab_size=options.vocab_size, hidden_size=options.hidden_size,
        num_layers=options.num_layers, dropout=0.1, learning_rate=3e-3,
    )  # fmt: skip
    train, valid, test = (
        [getattr(options, f"{part}{side}") for side in ("source", "target")]
        for part in ("", "valid_", "test_")
    )
    prepared = prepare_pairs(PairedText(train), PairedText(valid), recipe)
    lines = list(read_lines(Corpus([test[0]]))), list(read_lines(Corpus([test[1]])))

    fast = torch.bfloat16 if has_fast_bfloat16(torch.device("cpu")) else torch.float32
    makers: list[Callable[[], Racer]] = [
        lambda: plain(prepared, recipe),
        lambda: ours(prepared, recipe, torch.float32),
    ]
    if fast != torch.float32:
        makers.append(lambda: ours(prepared, recipe, fast))
    measured = speeds([make() for make in makers], options.rounds, options.steps)
    batches = PairBatches(prepared.train_pairs, recipe.batch_tokens, recipe.seed)
    tokens = float(prepared.train_pairs.lengths[1].sum()) / batches.steps_per_epoch
    rows = []
    for make, speed in zip(makers, measured, strict=True):
        torch.manual_seed(1)
        if options.seconds:
            rows += quality(make(), speed, tokens, options.seconds, lines)
        else:
            rows.append(Row(make().name, speed))
        print(rows[-1], file=sys.stderr)
    if options.joeynmt:
        rows.append(
            Row(
                "Joey NMT, float32, beam 5",
                *race_joeynmt(
                    options.joeynmt, prepared, replace(recipe), train, valid, test, options.seconds
                ),
            )
        )
    report = _report(rows, measured[0], options, prepared)
    print(report)
    if options.out:
        Path(f"{options.out}-{date.today()}.md").write_text(report + "\n", encoding="utf-8")


def _report(
    rows: Sequence[Row], base: float, options: argparse.Namespace, prepared: PreparedPairs
) -> str:
    facts = (
        f"{len(prepared.train_pairs):,} pairs of {Path(options.source).name} and "
        f"{Path(options.target).name}, {prepared.target.vocab_size:,} subwords for both, "
        f"{options.hidden_size} features, {options.num_layers} + {options.num_layers} layers, "
        f"{options.seconds:g} s of processor time each, one thread; torch {torch.__version__}, "
        f"Python {platform.python_version()}, {date.today()}."
    )
    lines = [
        facts,
        "",
        "| | target tokens/s | ratio | updates | BLEU | sentences/s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        speed = row.tokens_per_second
        cells = (
            f"{speed:,.0f}" if speed else "",
            f"{speed / base:.2f}" if speed else "",
            f"{row.updates:,}" if row.updates else "",
            f"{row.bleu:.1f}" if row.bleu is not None else "",
            f"{row.sentences_per_second:,.0f}" if row.sentences_per_second else "",
        )
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for part, name in (("", "train"), ("valid-", "valid"), ("test-", "test")):
        for side, language in (("source", "en"), ("target", "ko")):
            parser.add_argument(f"--{part}{side}", default=str(CORPUS / f"{name}.{language}"))
    parser.add_argument("--seconds", type=float, default=60, help="of training; 0: speed alone")
    parser.add_argument("--vocab-size", type=int, default=4000)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--num-layers", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="updates in a round")
    parser.add_argument("--joeynmt", help="the Python that has Joey NMT")
    parser.add_argument("-o", "--out", help="beginning of the report's name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
