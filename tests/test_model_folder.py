"""Model folders whose manifest fits, and whose config.json was written by somebody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqlm.errors import ModelError
from seqlm.model_folder import find_model, open_model
from seqlm.verified_folder import locked, write_folder


@pytest.mark.parametrize("kind", [None, [], {}, ["vectors"], 1, "", "../x", "x" * 1000])
def test_an_odd_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: object
) -> None:
    """Else a stranger's folder, or one that merely lies in models/, would end in a traceback."""
    folder = tmp_path / "models" / "odd"
    write_folder(folder, {"config.json": json.dumps({"kind": kind}).encode()})
    with pytest.raises(ModelError, match="no kind of model"):
        open_model(folder)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="there is no"):
        find_model(None, ("vectors",))


def test_a_lock_leaves_no_empty_folder(tmp_path: Path) -> None:
    """Else a dry run, or one that failed, would leave a models/ with nothing in it."""
    target = tmp_path / "models" / "m"
    with locked(target):
        pass
    assert not target.parent.exists()
    with locked(target):
        write_folder(target, {"file": b"1"})
    assert [path.name for path in target.parent.iterdir()] == ["m"]
    target.parent.with_name("mine").mkdir()
    with locked(tmp_path / "mine" / "m"):
        pass
    assert (tmp_path / "mine").is_dir()
