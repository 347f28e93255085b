"""Model folders whose manifest fits, and whose config.json was written by somebody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqlm.errors import ModelError
from seqlm.model_folder import find_model, open_model
from seqlm.verified_folder import write_folder


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
