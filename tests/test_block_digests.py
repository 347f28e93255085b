"""Large files are verified block by block: every byte must still count."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from seqlm import block_digests
from seqlm.block_digests import BlockDigests, has_digests
from seqlm.errors import ModelError
from seqlm.verified_folder import read_manifest, verify_folder, write_folder


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 16 bytes, read 5 at a time."""
    monkeypatch.setattr(block_digests, "BLOCK", 16)
    monkeypatch.setattr(block_digests, "_READ", 5)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 33, 100])
@pytest.mark.parametrize("piece", [1, 7, 16, 40])
def test_the_pieces_do_not_matter(tmp_path: Path, length: int, piece: int) -> None:
    """Else a model could not be read back after it was written in other pieces."""
    data = bytes(range(length))
    digests = BlockDigests()
    for start in range(0, length, piece):
        digests.update(data[start : start + piece])
    blocks = [data[start : start + 16] for start in range(0, length, 16)] or [b""]
    expected = [hashlib.sha256(block).hexdigest() for block in blocks]
    result = digests.result()
    assert digests.length == length
    assert (result if isinstance(result, list) else [result]) == expected
    (tmp_path / "file").write_bytes(data)
    with open(tmp_path / "file", "rb") as file:
        assert has_digests(file, length, result)


def test_every_byte_of_a_large_file_counts(tmp_path: Path) -> None:
    """Else damage in some block of a large model would be taken without a word."""
    folder = tmp_path / "model"
    write_folder(folder, {"weights": bytes(50)})
    assert len(read_manifest(folder)["weights"]["sha256"]) == 4
    for position in range(50):
        changed = bytearray(50)
        changed[position] = 1
        (folder / "weights").write_bytes(changed)
        with pytest.raises(ModelError, match="weights is not what was saved"):
            verify_folder(folder)


def test_a_digest_of_the_whole_is_read_as_well(tmp_path: Path) -> None:
    """Else models that were saved with one digest a file would be lost."""
    (tmp_path / "file").write_bytes(bytes(50))
    with open(tmp_path / "file", "rb") as file:
        assert has_digests(file, 50, hashlib.sha256(bytes(50)).hexdigest())


@pytest.mark.parametrize("forged", [[], ["0" * 64], ["0" * 64] * 9, [1], None, {}, [[]]])
def test_a_forged_list_is_refused(tmp_path: Path, forged: object) -> None:
    """Else a manifest with fewer digests than blocks would let changed bytes through."""
    import json

    folder = tmp_path / "model"
    write_folder(folder, {"weights": bytes(50)})
    manifest = json.loads((folder / "MANIFEST.json").read_bytes())
    manifest["files"]["weights"]["sha256"] = forged
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError):
        verify_folder(folder)
