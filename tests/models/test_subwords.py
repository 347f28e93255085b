"""Parts of words: which they are, and the vectors that unknown words get from them."""

from __future__ import annotations

import numpy as np
import pytest

from seqlm.models.subwords import PartRules, PartVectors

RULES = PartRules(min_part=3, max_part=6, jamo=False, buckets=1000)
WORDS = ["a", "an", "where", "naïve", "서울", "갔다", "🙂", "12"]


def fnv(part: str) -> int:
    """FNV-1a of 32 bits, as its authors write it down."""
    code = 2166136261
    for byte in part.encode():
        code = (code ^ byte) * 16777619 % 2**32
    return code


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 3), (3, 6), (6, 9)])
def test_parts_are_all_runs_of_letters(word: str, shortest: int, longest: int) -> None:
    """Else letters of more than a byte would be cut, or vectors of others' n-grams be other's."""
    spelled = f"<{word}>"
    runs = [
        spelled[first:end]
        for first in range(len(spelled))
        for end in range(first + shortest, min(first + longest, len(spelled)) + 1)
    ]
    wanted = [fnv(run) % 1000 for run in runs if run not in ("<", ">")]
    assert PartRules(shortest, longest, False, 1000).parts(word) == wanted


def test_hangul_as_jamo() -> None:
    """Else an ending that changes only a final consonant would change every part."""
    rules = PartRules(3, 6, True, 2_000_000)
    assert rules.spell("갔다a") == "<\u1100\u1161\u11bb\u1103\u1161\u11a7a>".encode()
    stem, past = set(rules.parts("가다")), set(rules.parts("갔다"))
    by_syllable = PartRules(3, 6, False, 2_000_000)
    assert len(stem & past) >= 4
    assert not set(by_syllable.parts("가다")) & set(by_syllable.parts("갔다"))


def test_the_vector_of_an_unknown_word_is_the_mean_of_its_known_parts() -> None:
    """Else training and looking up would mean different things by a part."""
    parts = sorted(set(RULES.parts("where")))
    matrix = np.random.default_rng(1).normal(size=(len(parts), 4)).astype(np.float32)
    vectors = PartVectors(RULES, np.array(parts, np.int32), matrix)
    rows = [matrix[parts.index(part)] for part in RULES.parts("here") if part in parts]
    assert len(rows) > 3
    found = vectors.vector("here")
    assert found is not None
    np.testing.assert_allclose(found, np.mean(rows, axis=0), rtol=1e-6)
    assert PartVectors(RULES, np.array([999], np.int32), matrix[:1]).vector("") is None


def test_the_whole_vocabulary_has_the_same_parts() -> None:
    """Else what is learnt for a part would be looked up under another."""
    pytest.importorskip("numba")
    from seqlm.models.word2vec_subwords import vocabulary_parts

    for rules in (RULES, PartRules(2, 4, True, 50)):
        subwords, hashes = vocabulary_parts(WORDS, rules)
        for number, word in enumerate(WORDS):
            own, *rows = subwords.rows[subwords.starts[number] : subwords.starts[number + 1]]
            assert own == number
            assert [hashes[row - len(WORDS)] for row in rows] == rules.parts(word)
