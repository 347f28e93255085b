"""Which ``--encoding`` to suggest for bytes that are not valid in the one that was asked for."""

from __future__ import annotations

WINDOW = 4096  # bytes on each side of the bad one
CANDIDATES = ("utf-8", "cp949", "shift_jis", "latin-1", "cp1252")
TYPOGRAPHY = "‘’“”–—…•€™"


def advice(name: str, data: bytes, at: int, encoding: str) -> str:
    """Return the hint for the byte ``data[at]``: the change that would read this text.

    Args:
        name: of the source.
        data: what was being decoded.
        at: where the byte is that cannot be decoded.
        encoding: the codec's own name.
    """
    if encoding == "utf-8" and _mostly_utf8(data, at):
        return "--errors replace"
    start = data.rfind(b"\n", 0, max(0, at - WINDOW)) + 1
    end = data.find(b"\n", at + WINDOW)
    window = data[start : end if end >= 0 else len(data)]
    for candidate in CANDIDATES:
        if candidate != encoding and _sensible(window, candidate):
            return f"--encoding {candidate}"
    return f"file {name}"


def _mostly_utf8(data: bytes, at: int) -> bool:
    """Whether the bytes around the bad one hold many characters that only UTF-8 explains."""
    text = data[max(0, at - WINDOW) : at + WINDOW].decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return good > 4 * bad


def _sensible(data: bytes, encoding: str) -> bool:
    """Whether ``data``, read in ``encoding``, looks like text somebody wrote."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    if any(c < " " and c not in "\t\n\r\f\v" for c in text) or "\x7f" in text:
        return False
    foreign = [c for c in text if c > "\x7f"]
    if encoding == "utf-8":
        return bool(foreign)
    if encoding == "cp949":
        return _share(foreign, "\uac00", "\ud7a3") > 0.6
    if encoding == "shift_jis":
        kana = _share(foreign, "\u3040", "\u30ff")
        return kana > 0.2 and kana + _share(foreign, "\u4e00", "\u9fff") > 0.7
    letters = sum(c.isalpha() or c in TYPOGRAPHY for c in foreign)
    return all(c >= "\xa0" for c in foreign) and 2 * letters > len(foreign) and _wordlike(text)


def _wordlike(text: str) -> bool:
    """Whether most characters are ASCII, as they are in the languages of western Europe."""
    return sum(c <= "\x7f" for c in text) > 0.6 * len(text)


def _share(characters: list[str], first: str, last: str) -> float:
    return sum(first <= c <= last for c in characters) / max(1, len(characters))
