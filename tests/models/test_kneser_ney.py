"""Modified Kneser-Ney against its definition, worked by hand and with dicts."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from ngram_reference import BEGIN, ReferenceKneserNey, to_ids

from seqlm.models.kneser_ney import FALLBACK, Discounts, estimate, estimate_discounts
from seqlm.models.large_arrays import ArrayStore
from seqlm.models.ngram_counts import count_ngrams
from seqlm.models.ngram_table import NgramTable

A, B, C = 2, 3, 4


def train(
    lines: list[list[int]], order: int, vocab_size: int, memory_limit: int = 1 << 30
) -> tuple[NgramTable, list[Discounts]]:
    with ArrayStore(memory_limit) as store:
        counted = count_ngrams(np.array(to_ids(lines)), order, vocab_size, store)
        return estimate(counted, vocab_size, store)


def probs_after(table: NgramTable, tokens: list[int]) -> np.ndarray:
    """The distribution after some tokens; they begin with the end of a line."""
    contexts = table.after(np.array([tokens]), table.start(1))
    return np.exp(table.distributions(contexts)[0].astype(np.float64))


def test_three_sentences_by_hand() -> None:
    """The arithmetic of the definition; a wrong formula would be wrong in every figure.

    Sentences "a b", "a c", "b a"; five tokens: </s>, <unk>, a, b, c; order 2.

    Order 1 counts what stands before: a after <s> b: 2, b after <s> a: 2, c after a: 1,
    </s> after a b c: 3; 8 in all. So n1 = 1, n2 = 2, n3 = 1, n4 = 0, and y = 1 / (1 + 2 * 2) = 0.2:
        D(1) = 1 - 2 * 0.2 * 2 / 1 = 0.2    D(2) = 2 - 3 * 0.2 * 1 / 2 = 1.7    D(3) = 3 - 0 = 3
        gamma = (0.2 + 2 * 1.7 + 3) / 8 = 0.825, times the uniform 1 / 5: 0.165
        p(a) = p(b) = (2 - 1.7) / 8 + 0.165 = 0.2025     p(c) = (1 - 0.2) / 8 + 0.165 = 0.265
        p(</s>) = (3 - 3) / 8 + 0.165 = 0.165            p(<unk>) = 0.165
    Order 2: <s> a twice and seven more once: n3 = 0, so D = 0.5, 1, 1.5 are taken.
        After <s>: a twice, b once of 3; gamma = (1 + 0.5) / 3 = 0.5
        p(a | <s>) = (2 - 1) / 3 + 0.5 * 0.2025    p(b | <s>) = (1 - 0.5) / 3 + 0.5 * 0.2025
        After c: only </s>; gamma = 0.5 / 1        p(</s> | c) = 0.5 + 0.5 * 0.165
    """
    table, discounts = train([[A, B], [A, C], [B, A]], order=2, vocab_size=5)
    assert discounts[0].values == pytest.approx((0.2, 1.7, 3.0))
    assert discounts[0].estimated
    assert discounts[1] == Discounts(FALLBACK, estimated=False)
    half = 0.5
    assert probs_after(table, [0]) == pytest.approx(
        [half * 0.165, half * 0.165, 1 / 3 + half * 0.2025, half / 3 + half * 0.2025, half * 0.265],
        rel=1e-6,
    )
    assert probs_after(table, [0, C]) == pytest.approx(
        [half + half * 0.165, half * 0.165, half * 0.2025, half * 0.2025, half * 0.265], rel=1e-6
    )
    # The probability of the sentence "b a" is the product along it.
    log_probs, orders = table.score(np.array([B, A, 0]))
    by_hand = (half / 3 + half * 0.2025) * (half / 2 + half * 0.2025) * (half / 3 + half * 0.165)
    assert float(log_probs.sum()) == pytest.approx(math.log(by_hand), rel=1e-6)
    assert orders.tolist() == [2, 2, 2]


def test_unigram_is_the_relative_frequency_but_for_smoothing() -> None:
    """Order 1 counts tokens, not what stands before them.

    Nine a, one b, no ends but one: a 9, b 1, </s> 1 of 11; D = 0.5 and 1.5 as nothing occurs twice;
    gamma = (1.5 + 0.5 + 0.5) / 11, times 1 / 4.
    """
    table, _ = train([[A] * 9 + [B]], order=1, vocab_size=4)
    rest = 2.5 / 11 / 4
    expected = [0.5 / 11 + rest, rest, 7.5 / 11 + rest, 0.5 / 11 + rest]
    assert probs_after(table, [0]) == pytest.approx(expected, rel=1e-6)


def random_lines(seed: int, vocab_size: int, num_lines: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, vocab_size) ** 1.3
    return [
        rng.choice(np.arange(1, vocab_size), rng.integers(0, 9), p=weights / weights.sum()).tolist()
        for _ in range(num_lines)
    ]


@pytest.mark.parametrize(("order", "seed"), [*product((1, 2, 3, 4, 5), (0, 1, 2))])
def test_equals_the_definition(order: int, seed: int) -> None:
    """Sorted arrays and back-off weights must give what the recursion over dicts gives."""
    vocab_size = 8 + 20 * seed
    lines = random_lines(seed, vocab_size, 120)
    table, discounts = train(lines, order, vocab_size)
    reference = ReferenceKneserNey(lines, order, vocab_size)
    for n, found in enumerate(discounts, start=1):
        assert (0.0, *found.values) == pytest.approx(reference.discounts[n])
    for line in random_lines(seed + 10, vocab_size, 20):
        log_probs, _ = table.score(np.array([*line, 0]))
        for i, token in enumerate([*line, 0]):
            prob = reference.prob(token, (BEGIN, *line[:i]))
            assert log_probs[i] == pytest.approx(math.log(prob), abs=2e-6)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_sums_to_one_in_every_context(order: int) -> None:
    """Anything else is no probability, and a perplexity could be made as low as one likes."""
    vocab_size = 5
    table, _ = train(random_lines(0, vocab_size, 30), order, vocab_size)
    for length in range(4):
        for context in product(range(vocab_size), repeat=length):
            assert probs_after(table, [0, *context]).sum() == pytest.approx(1.0, abs=1e-6)


def test_disk_gives_the_same_table() -> None:
    """A corpus that does not fit the memory limit must give the same model, bit for bit."""
    lines = random_lines(3, 20, 300)
    whole, _ = train(lines, 4, 20)
    with ArrayStore(1 << 14) as store:
        counted = count_ngrams(np.array(to_ids(lines)), 4, 20, store)
        spilled, _ = estimate(counted, 20, store)
        assert store.spilled
        for one, other in zip(
            (*whole.keys, *whole.log_probs, *whole.backoffs),
            (*spilled.keys, *spilled.log_probs, *spilled.backoffs),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "counts",
    [[], [1], [1, 1, 1], [5, 6], [1, 2, 2, 2, 2, 2, 2, 2, 2, 3], [1, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4]],
)
def test_odd_counts_never_fail(counts: list[int]) -> None:
    """A tiny text must give a model too; the classic estimator stops with an error."""
    found = estimate_discounts(np.array(counts, np.int64))
    assert all(0 < value <= j for j, value in enumerate(found.values, start=1))


def test_the_smallest_texts() -> None:
    """One token, one line, or only empty lines: still a distribution over the vocabulary."""
    for lines in ([[2]], [[]], [[], []], [[2, 2, 2, 2]]):
        for order in (1, 2, 5):
            table, _ = train(lines, order, vocab_size=3)
            assert probs_after(table, [0]).sum() == pytest.approx(1.0, abs=1e-6)
            assert probs_after(table, [0, 2, 2]).sum() == pytest.approx(1.0, abs=1e-6)
