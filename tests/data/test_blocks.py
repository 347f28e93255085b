"""Lines come out whole whatever the pieces they arrived in, and endless ones in segments."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlm.config import TextOptions
from seqlm.data import blocks as module
from seqlm.data.blocks import Block, blocks_of
from seqlm.data.report import ReadReport


def put_together(blocks: list[Block]) -> list[str]:
    """The lines of a text, as everything that reads blocks has to put them together."""
    lines: list[str] = []
    open_end = False
    for block in blocks:
        assert block.continues == open_end, "a line goes on exactly where one was left open"
        first, *rest = block.lines
        if block.continues:
            lines[-1] += first
        else:
            lines.append(first)
        lines += rest
        open_end = block.open_end
    assert not open_end
    return lines


ALPHABET = "ab \n\r\t\u3000é\u0301한\u1112\u1161\u11ab🙂\u200d"


@given(
    st.lists(st.text(ALPHABET, max_size=12), max_size=30),
    st.sampled_from([4, 7, 30]),
)
def test_no_text_is_lost(pieces: list[str], segment: int) -> None:
    """Else words at the edges of what is read at once would be trained on wrongly, or twice."""
    text = "".join(pieces)
    report = ReadReport()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SEGMENT", segment)
        blocks = list(blocks_of(iter(pieces), TextOptions(), report))
    plain = text.replace("\r\n", "\n")
    lines = plain.removesuffix("\n").split("\n") if plain else []
    found = put_together(blocks)
    if report.cut:  # a cut can stand between a letter and its mark, where nothing else is
        found = [unicodedata.normalize("NFC", line) for line in found]
    assert found == [unicodedata.normalize("NFC", line) for line in lines]
    num_bytes = len(plain.encode()) + (plain != "" and not plain.endswith("\n"))
    assert report.bytes == sum(block.num_bytes for block in blocks) == num_bytes
    assert report.lines == len(lines)
    if not report.cut:
        assert report.words == len(text.split())


def test_a_long_line_is_cut_before_white_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the words at every cut would be torn in two."""
    monkeypatch.setattr(module, "SEGMENT", 20)
    words = " ".join(f"word{n}" for n in range(20))
    report = ReadReport()
    blocks = list(blocks_of(iter([words[:33], words[33:]]), TextOptions(), report))
    assert put_together(blocks) == [words]
    assert all(block.lines[0].startswith(" word") for block in blocks[1:])
    assert all(len(block.lines[0]) <= 20 for block in blocks)
    assert report.cut == 0 and report.words == 20 and report.lines == 1


@pytest.mark.parametrize("unit", ["e\u0301", "\u1112\u1161\u11ab", "한\u0301\u0302", "x"])
def test_a_cut_tears_no_character(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    """Else a letter and its accent would be composed in one half of a text and not in the other."""
    monkeypatch.setattr(module, "SEGMENT", 100)
    text = unit * 300
    report = ReadReport()
    blocks = list(blocks_of(iter([text]), TextOptions(), report))
    assert report.cut == len(blocks) - 1 > 0
    normal = unicodedata.normalize("NFC", unit)
    assert all(set(block.lines[0].split(normal)) == {""} for block in blocks)


def test_memory_is_bounded_by_the_segment() -> None:
    """Else one line of 200 MB would be held as a whole, several times."""
    pieces = ("x" * 99_999 for _ in range(60))
    lengths = [len(block.lines[0]) for block in blocks_of(pieces, TextOptions(), ReadReport())]
    assert sum(lengths) == 60 * 99_999
    assert max(lengths) <= module.SEGMENT


def test_blocks_come_as_the_text_comes() -> None:
    """Else a filter would answer late."""
    seen = []

    def pieces() -> object:
        for text in ("a\nb", "c\n", "d"):
            seen.append(text)
            yield text

    made = [(block.lines, len(seen)) for block in blocks_of(pieces(), TextOptions(), ReadReport())]  # type: ignore[arg-type]
    assert made == [(["a"], 1), (["bc"], 2), (["d"], 3)]


def test_skipping_in_a_long_line_keeps_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what follows a part that was left out would be joined to the line before."""
    monkeypatch.setattr(module, "SEGMENT", 8)
    report = ReadReport()
    text = "first\n" + "aaa bbb \ud800cc ddd eee\nlast\n"
    blocks = list(blocks_of(iter([text[:20], text[20:]]), TextOptions(errors="skip"), report))
    lines = put_together(blocks)
    assert lines[0] == "first" and lines[-1] == "last" and len(lines) == 3
    assert "\ud800" not in lines[1] and report.skipped >= 1
    assert all(first.open_end == second.continues for first, second in pairwise(blocks))
