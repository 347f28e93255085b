"""Skip-gram with negative sampling, the negatives shared by a block of neighbouring words.

Mikolov et al. (2013, arXiv:1310.4546), eq. 4: for a word w and a word c of its context

    log sigmoid(u_c . v_w) + sum over k negatives n of log sigmoid(-u_n . v_w)

is maximised. Each pair of word and context is exact. The negatives of sixteen words in a row are
the same few, and each stands for as many draws as keep the sum's expectation, so that their part
of the gradient is three small matrix products (after Ji et al., 2016, arXiv:1611.06172, who share
them within one window).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from seqlm.compiled import kernel, part
from seqlm.compiled.lane_math import (
    Float,
    among,
    logarithm,
    mask_of,
    sigmoid,
    sum_lanes,
    write_mask,
)
from seqlm.compiled.lanes import (
    BYTES,
    add,
    fill,
    load,
    load_fill,
    multiply,
    multiply_add,
    store,
    subtract,
)
from seqlm.compiled.memory import load_long, store_long
from seqlm.compiled.row_products import add_products, four_products, tile
from seqlm.compiled.rows import add_row, clear_row, copy_row, prefetch_row
from seqlm.data.windows import STEP, start, subsample
from seqlm.models.word2vec_rows import (
    compose,
    merge_hot,
    output_row,
    prefetch_word,
    spread,
    take_hot,
)
from seqlm.models.word2vec_tables import draw, find_places, window_of, word_at

BLOCK = 16
AHEAD = 6  # words between what is computed and what is fetched meanwhile


class Space(NamedTuple):
    """Where a thread works, in bytes.

    Attributes:
        x: the block's word vectors, and ``change`` what is to be added to them.
        n: the negatives' vectors, and ``n_change`` what is to be added to them.
        nothing: a row of zeros.
        grid: gradients of the scores of words against negatives, in tiles.
        weights: how many draws a negative stands for, for each word four times.
        mask: see ``write_mask``.
        losses: sums over lanes.
        drawn, coming: where the negatives of this block and of the next lie.
        context: where the output rows of one word's context lie.
        pairs: gradients of that word's scores against them.
    """

    x: int
    change: int
    n: int
    n_change: int
    nothing: int
    grid: int
    weights: int
    mask: int
    losses: int
    drawn: int
    coming: int
    context: int
    pairs: int


@part
def _space(scratch: Any, shared: Any, window: Any, row: Any) -> Any:
    size = BYTES * len(row)
    x = scratch.ctypes.data
    n = x + 2 * BLOCK * size
    nothing = n + 2 * shared * size
    grid = nothing + size
    weights = grid + 4 * BLOCK * shared
    mask = weights + 16 * BLOCK + BYTES
    losses = mask + 2 * BYTES
    drawn = losses + BYTES
    coming = drawn + 8 * shared
    context = coming + 8 * shared
    pairs = context + 8 * (2 * window + 4)
    return Space(
        x, x + BLOCK * size, n, n + shared * size, nothing, grid, weights, mask, losses,
        drawn, coming, context, pairs,
    )  # fmt: skip


def scratch_floats(width: int, shared: int, window: int) -> int:
    """How many float32 of working space a thread needs."""
    rows = 2 * BLOCK + 2 * shared + 1
    return rows * width + BLOCK * shared + 4 * BLOCK + 6 * 16 + 4 * shared + 6 * window + 64


@kernel
def train_skipgram(
    ids: Any,
    keep: Any,
    window: Any,
    kept: Any,
    tables: Any,
    subwords: Any,
    noise: Any,
    rate: Any,
    negative: Any,
    shared: Any,
    seed: Any,
    chunk: Any,
    merge_every: Any,
    scratch: Any,
    row: Any,
) -> Any:
    """Train on one chunk of text.

    Args:
        ids, keep, window, kept: see ``subsample``.
        tables, subwords, noise: see ``word2vec_tables`` and ``windows``.
        rate: the learning rate, float32.
        negative: negatives that each pair counts for.
        shared: negatives that a block shares, a multiple of 8.
        seed, chunk: of the generator.
        merge_every: words between two times that the threads' own rows are brought together.
        scratch: working space of this thread.
        row: a tuple of as many zeros as a row has ``Lanes``.

    Returns:
        The summed loss in nats, its number of pairs, and the number of words kept.
    """
    num, state = subsample(ids, keep, window, start(seed, chunk), kept)
    space = _space(scratch, shared, window, row)
    clear_row(space.nothing, row)
    write_mask(space.mask)
    places = find_places(tables, subwords, noise, kept, num)
    state = _draw_ahead(places, shared, space, state, row)
    take_hot(places, row)
    loss, pairs, since = 0.0, 0, 0
    for first in range(0, num, BLOCK):
        count = min(BLOCK, num - first)
        if since >= merge_every:
            merge_hot(places, row)
            since = 0
        since += count
        for index in range(0, 8 * shared, 8):
            store_long(space.drawn + index, load_long(space.coming + index))
        state = _draw_ahead(places, shared, space, state, row)
        _fetch_words(places, subwords, first + count + AHEAD, row)
        _take_words(places, subwords, first, count, space, row)
        pairs += _learn_contexts(places, first, count, rate, negative / shared, space, row)
        _learn_noise(shared, rate, space, row)
        for index in range(count):
            change = space.change + index * BYTES * len(row)
            spread(places, subwords, word_at(places, first + index), change, row)
        loss -= sum_lanes(space.losses)
    merge_hot(places, row)
    return loss, pairs, num


@part
def _draw_ahead(places: Any, shared: Any, space: Any, state: Any, row: Any) -> Any:
    """Draw the negatives of the next block and have them fetched meanwhile."""
    for index in range(shared):
        state += STEP
        address = output_row(places, draw(places, state), row)
        store_long(space.coming + 8 * index, address)
        prefetch_row(address, row)
    return state


@part
def _fetch_words(places: Any, subwords: Any, first: Any, row: Any) -> None:
    num = places.num_words
    for index in range(min(first, num), min(first + BLOCK, num)):
        word = word_at(places, index)
        prefetch_word(places, subwords, word, row)
        prefetch_row(output_row(places, word, row), row)


@part
def _take_words(places: Any, subwords: Any, first: Any, count: Any, space: Any, row: Any) -> None:
    """Copy the block's word vectors; a block that is not full is filled with zeros."""
    size = BYTES * len(row)
    for index in range(BLOCK):
        clear_row(space.change + index * size, row)
        if index < count:
            word = word_at(places, first + index)
            compose(places, subwords, word, space.x + index * size, row)
        else:
            clear_row(space.x + index * size, row)


@part
def _learn_contexts(
    places: Any,
    first: Any,
    count: Any,
    rate: Any,
    share: Any,
    space: Any,
    row: Any,
) -> Any:
    """Each word of the block with each word of its window, one word after the other."""
    size = BYTES * len(row)
    pairs = 0
    likelihood, log_likelihood = fill(Float(1)), fill(Float(0))
    for index in range(BLOCK):
        found = _find_context(places, space, first + index, row) if index < count else 0
        pairs += found
        store(space.weights + 16 * index, fill(Float(share * found)))
        for place in range(found, (found + 3) & -4):
            store_long(space.context + 8 * place, space.nothing)
        x, change = space.x + index * size, space.change + index * size
        for place in range(0, found, 4):
            store(space.pairs + 4 * place, four_products(x, space.context + 8 * place, row))
        for place in range(0, found, 16):
            p = sigmoid(load(space.pairs + 4 * place))
            likelihood = multiply(likelihood, among(p, mask_of(space.mask, found - place)))
            gradient = multiply(fill(rate), subtract(fill(Float(1)), p))
            store(space.pairs + 4 * place, gradient)
        for lane in range(0, size, BYTES):
            v, total = load(x + lane), load(change + lane)
            for place in range(found):
                g = load_fill(space.pairs + 4 * place)
                address = load_long(space.context + 8 * place) + lane
                u = load(address)
                total = multiply_add(g, u, total)
                store(address, multiply_add(g, v, u))
            store(change + lane, total)
        if index % 4 == 3 or found > 16:
            log_likelihood = add(log_likelihood, logarithm(likelihood))
            likelihood = fill(Float(1))
    store(space.losses, log_likelihood)
    return pairs


@part
def _find_context(places: Any, space: Any, centre: Any, row: Any) -> Any:
    """Write down where the output rows of a word's context lie; how many they are."""
    found = 0
    begin, last = window_of(places, centre)
    for place in range(begin, last + 1):
        if place != centre:
            address = output_row(places, word_at(places, place), row)
            store_long(space.context + 8 * found, address)
            found += 1
    return found


@part
def _learn_noise(shared: Any, rate: Any, space: Any, row: Any) -> None:
    """Every word of the block against every negative of the block."""
    size = BYTES * len(row)
    for index in range(shared):
        copy_row(load_long(space.drawn + 8 * index), space.n + index * size, row)
        clear_row(space.n_change + index * size, row)
    _score_noise(shared, rate, space, row)
    for index in range(0, BLOCK, 8):
        grid = space.grid + 4 * shared * index
        strides = (16 * shared, 16, 64, 4)
        add_products(space.change + index * size, grid, strides, space.n, shared, row)
    for index in range(0, shared, 8):
        grid = space.grid + 16 * index
        strides = (64, 4, 16 * shared, 16)
        add_products(space.n_change + index * size, grid, strides, space.x, BLOCK, row)
    for index in range(shared):
        add_row(space.n_change + index * size, load_long(space.drawn + 8 * index), row)


@part
def _score_noise(shared: Any, rate: Any, space: Any, row: Any) -> None:
    """Fill ``grid``: the tile of words i.. and negatives k.. is at (i * shared + 4 * k) floats."""
    size = BYTES * len(row)
    log_likelihood = load(space.losses)
    for word in range(0, BLOCK, 4):
        weight = load(space.weights + 16 * word)
        likelihood = fill(Float(1))
        for index in range(0, shared, 4):
            score = tile(space.x + word * size, space.n + index * size, row)
            p = sigmoid(subtract(fill(Float(0)), score))
            gradient = multiply(multiply(fill(-rate), weight), subtract(fill(Float(1)), p))
            store(space.grid + 4 * (word * shared + 4 * index), gradient)
            likelihood = multiply(likelihood, p)
            if index % 16 == 12 or index + 4 == shared:
                log_likelihood = multiply_add(weight, logarithm(likelihood), log_likelihood)
                likelihood = fill(Float(1))
    store(space.losses, log_likelihood)
