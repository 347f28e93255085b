"""Where a translation model looked, in a file: JSON, or a heat map of source against target.

    write_attention("map.svg", ["the", "cat", "</s>"], ["고양이", "</s>"], weights)

Rows are the target's tokens, columns the source's; row t says where the decoder looked to write
token t (Bahdanau, Cho and Bengio, 2015, figure 3).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqlm.errors import InputError
from seqlm.recipes.attention_svg import svg

Weights = NDArray[np.float32]
MOST_CELLS = 1 << 18
"""Of a picture: beyond 512 by 512 nobody sees anything."""


def reduce_attention(
    weights: ArrayLike, layer: int | None = None, head: int | None = None
) -> Weights:
    """One map out of those of all layers and heads.

    Args:
        weights: (layers, heads, target, source).
        layer: counted from 1, negative from the last; None is the mean of all.
        head: counted from 1; None is the mean of all.

    Returns:
        (target, source), each row of which sums to one if those of ``weights`` do.

    Raises:
        InputError: there is no such layer or head.
    """
    maps = np.asarray(weights, dtype=np.float32)
    maps = _chosen(maps, layer, "layer")
    chosen: Weights = _chosen(maps, head, "head")
    return chosen


def _chosen(maps: Weights, number: int | None, name: str) -> Weights:
    """The mean over the first axis, or one entry of it."""
    if number is None:
        mean: Weights = maps.mean(0)
        return mean
    count = len(maps)
    if number == 0 or not -count <= number <= count:
        raise InputError(f"there is no {name} {number}: the model has {count}", f"--{name} {count}")
    entry: Weights = maps[number - 1 if number > 0 else number]
    return entry


def write_attention(
    path: str | Path, source: Sequence[str], target: Sequence[str], weights: ArrayLike
) -> None:
    """Write a map in the form that the name's ending asks for.

    Args:
        path: ends in ``.json``, ``.svg`` or ``.png``.
        source: the tokens read, their end included.
        target: the tokens written, their end included.
        weights: (target, source).

    Raises:
        InputError: the name ends otherwise, or a picture would be too large.
        SeqlmError: a PNG needs Pillow, or a font that is not installed.
    """
    path = Path(path)
    form = checked_form(path)
    table = np.asarray(weights, dtype=np.float32)
    if table.shape != (len(target), len(source)):
        raise ValueError(f"{table.shape} weights for {len(target)} x {len(source)} tokens")
    if form == ".json":
        path.write_text(_json(source, target, table) + "\n", encoding="utf-8")
        return
    if table.size > MOST_CELLS:
        raise InputError(
            f"a picture of {len(source):,} by {len(target):,} tokens shows nothing",
            f"{path.with_suffix('.json')}",
        )
    if form == ".svg":
        path.write_text(svg(source, target, table), encoding="utf-8")
    else:
        from seqlm.recipes.attention_png import png

        path.write_bytes(png(source, target, table))


def checked_form(path: Path) -> str:
    """The ending of ``path``, if it is one that ``write_attention`` knows.

    Raises:
        InputError: it is not.
        SeqlmError: it is a PNG, and Pillow is not installed.
    """
    form = path.suffix.lower()
    if form not in (".json", ".svg", ".png"):
        raise InputError(
            f"{path} is neither .json, .svg nor .png", f"--attention {path.stem or 'map'}.svg"
        )
    if form == ".png":
        from seqlm.recipes.attention_png import need_pillow

        need_pillow()
    return form


def _json(source: Sequence[str], target: Sequence[str], table: Weights) -> str:
    record = {
        "source": list(source),
        "target": list(target),
        "weights": [[round(float(weight), 6) for weight in row] for row in table],
    }
    return json.dumps(record, ensure_ascii=False)
