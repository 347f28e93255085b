"""Files that a generator makes: written, or compared with what lies there."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def compare(path: Path, content: bytes, write: bool) -> bool:
    """Whether the file at ``path`` holds ``content``, after writing it if ``write``; says so."""
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    same = path.is_file() and path.read_bytes() == content
    lines, words = content.count(b"\n"), len(content.split())
    digest = hashlib.sha256(content).hexdigest()
    print(f"  {path.name}: {lines} lines, {words} words, {len(content)} bytes, {digest}")
    if not same:
        print(f"  {path.name}: DIFFERS from what is drawn", file=sys.stderr)
    return same
