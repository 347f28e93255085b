"""Properties of what reads text, tokenizers' text and files of others, on generated input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqlm.config import TextOptions
from seqlm.data.corpus import Corpus, read_lines
from seqlm.errors import InputError
from tests.faults.parsers import Parser, complaint, parsers

QUICK = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_TITLES = [
    "ARPA", "ARPA, gzip", "gzip", "bzip2", "xz", "zstd", "pairs", "similarities", "analogies",
    "n-best, tsv", "n-best, moses", "n-best, jsonl", "safetensors", "vectors, word2vec-text",
    "vectors, word2vec-bin", "vectors, fasttext-vec", "vectors, npy", "vectors, projector",
]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Parser]:
    return parsers(tmp_path_factory.mktemp("parsers"))


@st.composite
def spliced(draw: st.DrawFn, length: int) -> list[tuple[int, int, bytes]]:
    """Up to three replacements: from where, to where, by what."""
    place = st.integers(0, length)
    return draw(st.lists(st.tuples(place, place, st.binary(max_size=12)), max_size=3))


@pytest.mark.parametrize("title", _TITLES)
def test_a_changed_file_is_read_or_refused(
    files: dict[str, Parser], tmp_path: Path, title: str
) -> None:
    """Else a file that somebody sent could end a command in a traceback, or hang it."""
    parser = files[title]

    @QUICK
    @given(spliced(len(parser.good)))
    def check(changes: list[tuple[int, int, bytes]]) -> None:
        data = parser.good
        for start, end, new in changes:
            data = data[: min(start, end)] + new + data[max(start, end) :]
        assert complaint(parser, data, tmp_path) == ""

    check()


@QUICK
@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_an_error(tmp_path: Path, data: bytes) -> None:
    """Else a text could be read as another one than Python's strict decoder gives."""
    path = tmp_path / "any"
    path.write_bytes(data)
    try:
        lines = list(read_lines(Corpus(path, TextOptions(normalization="none"))))
    except InputError:
        return
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    assert "\n".join(lines) == (text[:-1] if text.endswith("\n") else text)


_LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), max_size=30)


@QUICK
@given(st.lists(_LINES, max_size=8), st.booleans(), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_lines_come_back(tmp_path: Path, lines: list[str], crlf: bool, encoding: str) -> None:
    """Else line numbers would not be those of the file, or an odd character would end a line."""
    path = tmp_path / "lines"
    path.write_bytes("".join(line + ("\r\n" if crlf else "\n") for line in lines).encode(encoding))
    read = list(read_lines(Corpus(path, TextOptions(normalization="none"))))
    expected = [line.removeprefix("\ufeff") if not number else line for number, line in
                enumerate(lines)] if encoding == "utf-8" else lines  # fmt: skip
    assert read == expected
