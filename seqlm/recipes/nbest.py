"""N-best lists of speech recognisers and translators: four formats, read strictly.

tsv     id TAB text [TAB score ...], or with a first line that names the columns
moses   id ||| text [||| features [||| score [||| ...]]]
kaldi   utterance-rank text, with the scores, if any, in a file of their own
jsonl   {"id": ..., "text": ..., "score": ...}; ``line`` will do for ``id``
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from seqlm.data.corpus import Corpus, read_lines
from seqlm.data.inputs import is_line
from seqlm.errors import InputError

Format = Literal["tsv", "moses", "kaldi", "jsonl"]
_BAR = re.compile(r"\s\|\|\|(?:\s|$)")
_KALDI = re.compile(r"(\S+)-([0-9]+)(?:[ \t]+(.*))?")
_OWN = ("id", "rank", "text", "score", "lm_log_prob")
"""What ``rescore`` itself gives; a list's own fields of these names are called ``list_NAME``."""


@dataclass(frozen=True)
class Hypothesis:
    """One text of an n-best list.

    Attributes:
        id: of its list.
        text: as it stands there.
        score: its score, higher is better; 0 where there is none.
        brought: what else the list says of it, by the name it has in the results.
    """

    id: str
    text: str
    score: float = 0.0
    brought: dict[str, Any] = field(default_factory=dict)


class _Wrong(Exception):
    """What is wrong with a line; whoever catches it knows the line."""


Parse = Callable[[str], Hypothesis]


def read_nbest(
    corpus: Corpus, form: Format | None = None, costs: dict[str, float] | None = None
) -> Iterator[list[Hypothesis]]:
    """The lists of one text, in order; neighbouring lines with one id are a list.

    Args:
        corpus: the text, of one source.
        form: its format; None finds it from the first line.
        costs: of Kaldi's hypotheses by their names, lower is better.

    Raises:
        InputError: names the line that cannot be read, or the list that comes twice.
    """
    seen: set[str] = set()
    lines = _hypotheses(corpus, form, costs)
    for name, group in groupby(lines, key=lambda hypothesis: hypothesis.id):
        if name in seen:
            raise InputError(
                f"{corpus.sources[0].name}: the list {name!r} comes in two pieces",
                f"sort -s -k1,1 {corpus.sources[0].name}",
            )
        seen.add(name)
        yield list(group)


def _hypotheses(
    corpus: Corpus, form: Format | None, costs: dict[str, float] | None
) -> Iterator[Hypothesis]:
    parse: Parse | None = None
    for number, line in enumerate(read_lines(corpus), start=1):
        if not line.strip():
            continue
        try:
            if parse is None:
                parse, is_header = _parser(line, form, costs)
                if is_header:
                    continue
            yield parse(line)
        except _Wrong as error:
            raise InputError(
                f"{corpus.sources[0].name}, line {number}: {error}",
                "seqlm rescore --help",
            ) from None


def _parser(line: str, form: Format | None, costs: dict[str, float] | None) -> tuple[Parse, bool]:
    """How to read lines like this first one, and whether it is a header."""
    form = form or _form_of(line)
    if costs is not None and form != "kaldi":
        raise _Wrong("a file of scores goes with Kaldi's lists only")
    if form == "kaldi":
        return lambda text: _kaldi(text, costs), False
    if form == "tsv":
        cells = line.split("\t")
        named = "text" in cells and ("id" in cells or "line" in cells)
        names = cells if named else None
        return lambda text: _tsv(text, names), named
    return (_moses if form == "moses" else _jsonl), False


def _form_of(line: str) -> Format:
    if line.lstrip().startswith("{"):
        return "jsonl"
    if _BAR.search(line):
        return "moses"
    if "\t" in line:
        return "tsv"
    if _KALDI.fullmatch(line):
        return "kaldi"
    raise _Wrong("this is no n-best list that is known")


def _tsv(line: str, names: list[str] | None) -> Hypothesis:
    cells = line.split("\t")
    if names is not None:
        if len(cells) != len(names):
            raise _Wrong(f"{len(cells)} cells under {len(names)} names")
        return _from_fields(dict(zip(names, cells, strict=True)))
    if len(cells) < 2:
        raise _Wrong("there is no tab between id and text")
    scores = [_number(cell) for cell in cells[2:]]
    brought: dict[str, Any] = {"list_score": scores[0]} if scores else {}
    brought |= {f"list_score_{i}": score for i, score in enumerate(scores[1:], start=2)}
    return Hypothesis(cells[0], cells[1], math.fsum(scores), brought)


def _moses(line: str) -> Hypothesis:
    parts = [part.strip() for part in _BAR.split(line)]
    if len(parts) < 2:
        raise _Wrong("there is no ||| between id and text")
    brought: dict[str, Any] = {"features": parts[2]} if len(parts) > 2 else {}
    score = 0.0
    if len(parts) > 3:
        score = brought["list_score"] = _number(parts[3])
    if len(parts) > 4:
        brought["more"] = " ||| ".join(parts[4:])
    return Hypothesis(parts[0], parts[1], score, brought)


def _kaldi(line: str, costs: dict[str, float] | None) -> Hypothesis:
    found = _KALDI.fullmatch(line.strip())
    if found is None:
        raise _Wrong("the first word is no utterance-rank")
    name, rank, text = found.group(1), int(found.group(2)), found.group(3) or ""
    if costs is None:
        return Hypothesis(name, text, 0.0, {"list_rank": rank})
    key = f"{name}-{found.group(2)}"
    if key not in costs:
        raise _Wrong(f"there is no score of {key}")
    return Hypothesis(name, text, -costs[key], {"list_rank": rank, "cost": costs[key]})


def _jsonl(line: str) -> Hypothesis:
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _Wrong("this is no JSON object") from None
    if not isinstance(value, dict):
        raise _Wrong("this is no JSON object")
    return _from_fields(value)


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a finite number")


def _from_fields(fields: dict[str, Any]) -> Hypothesis:
    """A hypothesis whose parts have names."""
    name = fields.get("id", fields.get("line"))
    text = fields.get("text")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise _Wrong("there is no id, a text or a whole number")
    if not isinstance(text, str):
        raise _Wrong("there is no text")
    if not is_line(text):
        raise _Wrong("the text is no single line of Unicode")
    score = _number(fields["score"]) if fields.get("score") is not None else 0.0
    brought = {
        f"list_{key}" if key in _OWN else key: score if key == "score" else value
        for key, value in fields.items()
        if key not in ("id", "text")
    }
    return Hypothesis(str(name), text, score, brought)


def _number(value: Any) -> float:
    """A finite number, as JSON has it or in text."""
    try:
        number = float(value) if type(value) in (str, int, float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _Wrong(f"{str(value)[:40]!r} is no score")
    return number


def read_costs(corpus: Corpus) -> dict[str, float]:
    """Kaldi's file of costs, ``utterance-rank cost``.

    Raises:
        InputError: names the line that cannot be read.
    """
    costs = {}
    for number, line in enumerate(read_lines(corpus), start=1):
        try:
            words = line.split()
            if len(words) != 2:
                raise _Wrong("a line has a name and a number")
            costs[words[0]] = _number(words[1])
        except _Wrong as error:
            raise InputError(
                f"{corpus.sources[0].name}, line {number}: {error}", "utt1-1 123.4"
            ) from None
    return costs
