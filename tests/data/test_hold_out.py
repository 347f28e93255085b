"""The held-out part is a twentieth, and nothing is in both parts or in neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlm.config import TextOptions
from seqlm.data import blocks as blocks_module
from seqlm.data.blocks import Block, blocks_of
from seqlm.data.hold_out import hold_out, hold_out_rule
from seqlm.data.report import ReadReport
from tests.data.test_blocks import put_together


def divide(text: str, piece: int = 50) -> tuple[list[str], list[str], int]:
    """Both parts' lines, and their bytes together."""
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)]
    report = ReadReport()
    options = TextOptions(normalization="none")
    blocks = list(blocks_of(iter(pieces), options, report))
    parts: tuple[list[Block], list[Block]] = ([], [])
    for train, held in hold_out(iter(blocks), report.lines, report.chars):
        parts[0].extend([train] if train else [])
        parts[1].extend([held] if held else [])
    num_bytes = sum(block.num_bytes for part in parts for block in part)
    return put_together(parts[0]), put_together(parts[1]), num_bytes


def test_every_twentieth_line() -> None:
    """Else a held-out perplexity would be of lines that were trained on."""
    lines = [f"line {number}" for number in range(1, 101)]
    train, held, num_bytes = divide("".join(f"{line}\n" for line in lines))
    assert held == ["line 20", "line 40", "line 60", "line 80", "line 100"]
    assert train == [line for line in lines if line not in held]
    assert num_bytes == sum(len(line) + 1 for line in lines)
    assert hold_out_rule(20) == "every 20th line"


@given(st.lists(st.text("ab é", max_size=60), min_size=20, max_size=70), st.integers(1, 80))
def test_lines_stay_whole(lines: list[str], piece: int) -> None:
    """Else the part of a long line in the next block would count as another line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks_module, "SEGMENT", 16)
        train, held, num_bytes = divide("".join(f"{line}\n" for line in lines), piece)
    assert held == lines[19::20]
    assert train == [line for number, line in enumerate(lines) if number % 20 != 19]
    assert num_bytes == sum(len(line.encode()) + 1 for line in lines)


def test_the_end_of_a_text_on_one_line() -> None:
    """Else a text without line ends could not be held out from."""
    words = " ".join(f"w{number:02d}" for number in range(100))
    train, held, num_bytes = divide(words)
    assert train == [" ".join(words.split()[:95])]
    assert held == [" ".join(words.split()[95:])]
    assert num_bytes == len(words) + 1
    assert hold_out_rule(19) == "the last 5% of the text"


def test_the_end_of_a_few_lines() -> None:
    """Else whole paragraphs would be held out, or none."""
    train, held, _ = divide("a b c\n" * 10)
    assert train == ["a b c"] * 9 + ["a b"] and held == ["c"]
    train, held, _ = divide("a\n" + "b c\n" * 18)
    assert train == ["a", *["b c"] * 17] and held == ["b c"]


def test_a_text_without_white_space() -> None:
    """Else a Chinese or Japanese text on one line would be refused."""
    train, held, _ = divide("가" * 2000)
    assert (len(train[0]), len(held[0])) == (1900, 101) or (len(train[0]), len(held[0])) == (
        1900,
        100,
    )
    train, held, _ = divide("word")
    assert train == ["word"] and held == []


def test_the_smallest_text() -> None:
    """Else two words would not be enough to try a command on."""
    assert divide("hello world")[:2] == (["hello"], ["world"])
