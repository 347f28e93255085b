"""Running out of memory: what is said is what was tried."""

from __future__ import annotations

import pytest

from seqlm.errors import OutOfMemory, SeqlmError
from seqlm.training.memory import within_memory


def attempt_up_to(most: int):
    """Something that fits up to a size; and the sizes that it was tried with."""
    tried: list[int] = []

    def attempt(size: int) -> str:
        tried.append(size)
        if size > most:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return f"made {size}"

    return attempt, tried


def test_what_fits_is_given_at_once() -> None:
    """Else every training would be settled more than once."""
    attempt, tried = attempt_up_to(64)
    assert within_memory(attempt, 64, "--batch-size") == "made 64"
    assert tried == [64]


def test_the_option_that_fits_was_tried() -> None:
    """Else the line that is offered could run out of memory again."""
    attempt, tried = attempt_up_to(20)
    with pytest.raises(OutOfMemory) as error:
        within_memory(attempt, 64, "--batch-size")
    assert error.value.option == "--batch-size 8"  # half of what fitted: more is to come
    assert tried == [64, 32, 16]


def test_nothing_fits() -> None:
    """Else the search would go on for ever."""
    with pytest.raises(SeqlmError, match="even for one row"):
        within_memory(attempt_up_to(0)[0], 8, "--batch-size")


def test_other_errors_pass() -> None:
    """Else a mistake would be taken for a lack of memory."""

    def attempt(size: int) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        within_memory(attempt, 8, "--batch-size")
