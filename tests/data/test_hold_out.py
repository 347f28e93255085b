"""What is held out of a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqlm.data.corpus import Corpus
from seqlm.data.hold_out import divide


def parts(tmp_path: Path, text: str) -> tuple[list[str], list[str]]:
    file = tmp_path / "text"
    file.write_text(text, encoding="utf-8")
    corpus = Corpus([file])
    for _ in corpus.blocks():
        pass
    train: list[str] = []
    held: list[str] = []
    for one, other in divide(corpus.blocks(), corpus.report):
        train += one.lines
        held += other.lines
    return train, held


def test_every_twentieth_line(tmp_path: Path) -> None:
    """Else the held-out text would not be of all of the text's parts, or would be trained on."""
    lines = [f"line {i}" for i in range(45)]
    train, held = parts(tmp_path, "\n".join(lines))
    assert held == ["line 19", "line 39"]
    assert train + held != lines and sorted(train + held) == sorted(lines)


@pytest.mark.parametrize("text", ["one " * 100, "a b c\n" * 7, "가나다 라마바 " * 30])
def test_a_short_text_gives_its_end(tmp_path: Path, text: str) -> None:
    """Else a text of one long line could not be learnt from."""
    train, held = parts(tmp_path, text)
    assert "".join(train).split() and "".join(held).split()
    words = [word for line in train + held for word in line.split()]
    assert words == text.split()
    share = sum(map(len, held)) / len(text)
    assert 0.01 < share < 0.15


def test_a_line_longer_than_a_block(tmp_path: Path) -> None:
    """Else a text of one line of many megabytes would be lost, or fill the memory."""
    text = "word " * 600_000
    train, held = parts(tmp_path, text)
    assert "".join(train + held) == text
    assert 0.04 < sum(map(len, held)) / len(text) < 0.06
