"""CBOW with negative sampling, every negative drawn for one word alone.

Mikolov et al. (2013, arXiv:1301.3781, section 3.1): a word w is predicted from h, the mean of the
vectors of its context, by

    log sigmoid(u_w . h) + sum over k negatives n of log sigmoid(-u_n . h)

and the gradient of h goes to each vector of the context in full, as in the authors' program. The
word and five negatives are computed side by side, and their rows are fetched some words ahead.
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
    sums,
)
from seqlm.compiled.memory import load_long, store_long
from seqlm.compiled.rows import add_row, clear_row, copy_row, prefetch_row
from seqlm.data.windows import STEP, start, subsample
from seqlm.models.word2vec_rows import (
    compose,
    input_row,
    merge_hot,
    output_row,
    prefetch_word,
    spread,
    take_hot,
)
from seqlm.models.word2vec_tables import draw, find_places, window_of, word_at

GROUP = 6
"""Words that are scored side by side: the word itself and five negatives, or six negatives."""
AHEAD = 4  # words between what is computed and what is fetched meanwhile
SLOTS = 8  # places for the targets of coming words, more than AHEAD


class Space(NamedTuple):
    """Where a thread works, in bytes.

    Attributes:
        h: the mean of the context.
        change: what the context gets.
        scores: gradients of the scores of a group of targets.
        signs: 1 for the word itself, -1 for a negative, 0 where there is no target.
        mask: see ``write_mask``.
        losses: sums over lanes.
        nothing: a row of zeros, for targets that are not there.
        targets: where the rows of each coming word and of its negatives lie.
        context: where the vectors of one word's context lie.
        ring: the vectors of the words in and around the window, where they are made of subwords;
            and as they were when they came in.
    """

    h: int
    change: int
    scores: int
    signs: int
    mask: int
    losses: int
    nothing: int
    targets: int
    context: int
    ring: int


@part
def _space(scratch: Any, groups: Any, window: Any, row: Any) -> Any:
    size = BYTES * len(row)
    h = scratch.ctypes.data
    scores = h + 2 * size
    signs = scores + BYTES
    mask = signs + groups * BYTES
    losses = mask + 2 * BYTES
    nothing = losses + BYTES
    targets = nothing + size
    context = targets + 8 * SLOTS * groups * GROUP
    ring = context + 8 * ((2 * window + 7) & -8)
    return Space(h, h + size, scores, signs, mask, losses, nothing, targets, context, ring)


def num_groups(negative: int) -> int:
    """How many groups of targets a word and its negatives make."""
    return (negative + GROUP) // GROUP


def ring_size(window: int) -> int:
    """Places of the ring: a power of two, more than a window on each side and what comes next."""
    return 1 << (2 * window + AHEAD + 1).bit_length()


def scratch_floats(width: int, groups: int, window: int) -> int:
    """How many float32 of working space a thread needs."""
    rows = 3 + 2 * ring_size(window)
    return rows * width + 16 * (groups + 5) + 2 * SLOTS * groups * GROUP + 4 * window + 16


@kernel
def train_cbow(
    ids: Any,
    keep: Any,
    window: Any,
    kept: Any,
    tables: Any,
    subwords: Any,
    noise: Any,
    rate: Any,
    negative: Any,
    ring: Any,
    seed: Any,
    chunk: Any,
    merge_every: Any,
    scratch: Any,
    row: Any,
) -> Any:
    """Train on one chunk of text; see ``train_skipgram`` for what is not said here.

    Args:
        ring: ``ring_size(window)``.

    Returns:
        The summed loss in nats, its number of predicted words, and the number of words kept.
    """
    num, state = subsample(ids, keep, window, start(seed, chunk), kept)
    groups = (negative + GROUP) // GROUP
    space = _space(scratch, groups, window, row)
    write_mask(space.mask)
    _write_signs(space, negative, groups)
    clear_row(space.nothing, row)
    places = find_places(tables, subwords, noise, kept, num)
    for index in range(SLOTS * groups * GROUP):
        store_long(space.targets + 8 * index, space.nothing)
    take_hot(places, row)
    loss, predicted = 0.0, 0
    likelihood = fill(Float(1))
    log_likelihood = fill(Float(0))
    for centre in range(-AHEAD - window, num):
        coming = centre + AHEAD + window
        if coming < num:
            prefetch_word(places, subwords, word_at(places, coming), row)
        coming = centre + AHEAD
        if 0 <= coming < num:
            targets = space.targets + 8 * (coming % SLOTS) * groups * GROUP
            state = _draw_targets(targets, coming, negative, places, state, row)
        if subwords is not None:
            _turn_ring(places, subwords, centre, window, ring, space, row)
        if centre < 0:
            continue
        if centre % merge_every == merge_every - 1:
            merge_hot(places, row)
        found = _find_context(places, subwords, centre, ring, space, row)
        if found == 0:
            continue
        predicted += 1
        _average(found, space, row)
        clear_row(space.change, row)
        targets = space.targets + 8 * (centre % SLOTS) * groups * GROUP
        for group in range(groups):
            p = _learn_targets(targets + 8 * GROUP * group, group, rate, space, row)
            likelihood = multiply(likelihood, p)
        _learn_context(found, space, row)
        if predicted % 4 == 0 or groups > 1:
            log_likelihood = add(log_likelihood, logarithm(likelihood))
            likelihood = fill(Float(1))
        if predicted % 512 == 0:
            store(space.losses, log_likelihood)
            loss -= sum_lanes(space.losses)
            log_likelihood = fill(Float(0))
    store(space.losses, add(log_likelihood, logarithm(likelihood)))
    loss -= sum_lanes(space.losses)
    if subwords is not None:
        for place in range(max(0, num - window - 1), num):
            _leave_ring(places, subwords, place, ring, space, row)
    merge_hot(places, row)
    return loss, predicted, num


@part
def _write_signs(space: Any, negative: Any, groups: Any) -> None:
    for group in range(groups):
        there = min(GROUP, negative + 1 - group * GROUP)
        signs = subtract(fill(Float(0)), mask_of(space.mask, there))
        if group == 0:
            signs = multiply_add(fill(Float(2)), mask_of(space.mask, 1), signs)
        store(space.signs + group * BYTES, signs)


@part
def _draw_targets(
    targets: Any, index: Any, negative: Any, places: Any, state: Any, row: Any
) -> Any:
    """The rows of a word and of its negatives, none of which is the word itself."""
    word = word_at(places, index)
    address = output_row(places, word, row)
    store_long(targets, address)
    prefetch_row(address, row)
    for target in range(1, negative + 1):
        other = word
        while other == word:
            state += STEP
            other = draw(places, state)
        address = output_row(places, other, row)
        store_long(targets + 8 * target, address)
        prefetch_row(address, row)
    return state


@part
def _turn_ring(
    places: Any, subwords: Any, centre: Any, window: Any, ring: Any, space: Any, row: Any
) -> None:
    """Make the vector of the word that comes into reach, and share out what the last one learnt."""
    size = BYTES * len(row)
    if centre > window:
        _leave_ring(places, subwords, centre - window - 1, ring, space, row)
    coming = centre + window
    if 0 <= coming < places.num_words:
        address = space.ring + (coming & (ring - 1)) * size
        compose(places, subwords, word_at(places, coming), address, row)
        copy_row(address, address + ring * size, row)


@part
def _leave_ring(places: Any, subwords: Any, index: Any, ring: Any, space: Any, row: Any) -> None:
    size = BYTES * len(row)
    address = space.ring + (index & (ring - 1)) * size
    for at in range(0, size, BYTES):
        change = subtract(load(address + at), load(address + ring * size + at))
        store(space.change + at, change)
    spread(places, subwords, word_at(places, index), space.change, row)


@part
def _find_context(places: Any, subwords: Any, centre: Any, ring: Any, space: Any, row: Any) -> Any:
    """Write down where the vectors of a word's context lie; how many they are."""
    found = 0
    begin, last = window_of(places, centre)
    for index in range(begin, last + 1):
        if index != centre:
            address = space.ring + (index & (ring - 1)) * (BYTES * len(row))
            if subwords is None:
                address = input_row(places, word_at(places, index), row)
            store_long(space.context + 8 * found, address)
            found += 1
    return found


@part
def _average(num: Any, space: Any, row: Any) -> None:
    share = fill(Float(1) / Float(num))
    for lane in range(0, BYTES * len(row), BYTES):
        total = load(load_long(space.context) + lane)
        for index in range(8, 8 * num, 8):
            total = add(total, load(load_long(space.context + index) + lane))
        store(space.h + lane, multiply(total, share))


@part
def _learn_targets(targets: Any, group: Any, rate: Any, space: Any, row: Any) -> Any:
    """Move six targets along ``h``; the probabilities that each is told for what it is."""
    at, bt, ct = load_long(targets), load_long(targets + 8), load_long(targets + 16)
    dt, et = load_long(targets + 24), load_long(targets + 32)
    ft = load_long(targets + 40)
    a = b = c = d = e = f = zero = fill(Float(0))
    for lane in range(0, BYTES * len(row), BYTES):
        h = load(space.h + lane)
        a, b = multiply_add(h, load(at + lane), a), multiply_add(h, load(bt + lane), b)
        c, d = multiply_add(h, load(ct + lane), c), multiply_add(h, load(dt + lane), d)
        e, f = multiply_add(h, load(et + lane), e), multiply_add(h, load(ft + lane), f)
    sign = load(space.signs + group * BYTES)
    p = sigmoid(multiply(sign, sums((a, b, c, d, e, f, zero, zero))))
    store(space.scores, multiply(multiply(fill(rate), sign), subtract(fill(Float(1)), p)))
    ag, bg = load_fill(space.scores), load_fill(space.scores + 4)
    cg, dg = load_fill(space.scores + 8), load_fill(space.scores + 12)
    eg, fg = load_fill(space.scores + 16), load_fill(space.scores + 20)
    for lane in range(0, BYTES * len(row), BYTES):
        h, change = load(space.h + lane), load(space.change + lane)
        change = _move(at + lane, ag, h, change)
        change = _move(bt + lane, bg, h, change)
        change = _move(ct + lane, cg, h, change)
        change = _move(dt + lane, dg, h, change)
        change = _move(et + lane, eg, h, change)
        store(space.change + lane, _move(ft + lane, fg, h, change))
    return among(p, multiply(sign, sign))


@part
def _move(address: Any, gradient: Any, h: Any, change: Any) -> Any:
    u = load(address)
    store(address, multiply_add(gradient, h, u))
    return multiply_add(gradient, u, change)


@part
def _learn_context(num: Any, space: Any, row: Any) -> None:
    """Add ``change`` to each vector of the context."""
    for index in range(0, 8 * num, 8):
        add_row(space.change, load_long(space.context + index), row)
