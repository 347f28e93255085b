"""Attention maps: reduced, and written as JSON, SVG and PNG."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from seqlm.errors import InputError, SeqlmError
from seqlm.recipes.attention_layout import colour, label
from seqlm.recipes.attention_map import reduce_attention, write_attention

SOURCE = ["▁The", "▁<b>&\"'", "\x07cat", "</s>"]
TARGET = ["▁고양이", "가", "</s>"]
WEIGHTS = np.array([[0.1, 0.2, 0.7, 0.0], [0.0, 0.0, 0.996, 0.004], [0, 0, 0, 1]], np.float32)
SVG = "{http://www.w3.org/2000/svg}"


def test_layers_and_heads() -> None:
    """Else a picture would show another head than its caption says."""
    weights = np.random.default_rng(1).dirichlet(np.ones(4), (2, 3, 5))
    np.testing.assert_allclose(reduce_attention(weights), weights.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(reduce_attention(weights, 2, 1), weights[1, 0], rtol=1e-6)
    np.testing.assert_allclose(reduce_attention(weights, layer=-1), weights[1].mean(0), rtol=1e-6)
    np.testing.assert_allclose(reduce_attention(weights, head=3), weights[:, 2].mean(0), rtol=1e-6)
    np.testing.assert_allclose(reduce_attention(weights).sum(-1), 1, rtol=1e-5)
    for layer, head in ((0, 1), (3, 1), (-3, 1), (1, 4)):
        with pytest.raises(InputError, match="there is no"):
            reduce_attention(weights, layer, head)


def test_json(tmp_path: Path) -> None:
    """Else a program could not read what the decoder looked at."""
    path = tmp_path / "map.JSON"
    write_attention(path, SOURCE, TARGET, WEIGHTS)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (record["source"], record["target"]) == (SOURCE, TARGET)
    np.testing.assert_allclose(record["weights"], WEIGHTS, atol=1e-6)


def test_svg(tmp_path: Path) -> None:
    """Else a token with < or & would break the picture, or a cell stand in the wrong place."""
    path = tmp_path / "map.svg"
    write_attention(path, SOURCE, TARGET, WEIGHTS)
    root = ElementTree.parse(path).getroot()
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts == [*(token.replace("\x07", "\ufffd") for token in SOURCE), *TARGET]
    cells = {
        cell[0].text: cell.attrib for cell in root.iter(f"{SVG}rect") if len(cell) and cell[0].text
    }
    assert len(cells) == 5  # 0.004 and 0 stay white
    dark, pale = cells["</s> ← </s>: 1.000"], cells["▁고양이 ← ▁The: 0.100"]
    assert int(dark["x"]) > int(pale["x"]) and int(dark["y"]) > int(pale["y"])
    assert dark["fill"] == "#{:02x}{:02x}{:02x}".format(*colour(1.0))


def test_a_long_token_is_cut() -> None:
    """Else one odd token would leave no room for the map."""
    assert label("a" * 500) == "a" * 23 + "…"
    assert label("고양이") == "고양이"


def test_png(tmp_path: Path) -> None:
    """Else the picture would be empty, or upside down."""
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "map.png"
    write_attention(path, ["the", "cat"], ["a", "b", "c"], np.array([[0, 1], [0, 0], [0, 0]]))
    picture = image.open(path)
    pixels = np.asarray(picture)
    rows, columns = (pixels == colour(1.0)).all(-1).nonzero()
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (25, 26)  # the frame takes a row
    assert columns.min() > picture.width / 2 and rows.max() < 0.75 * picture.height


def test_a_font_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Hangul would be drawn as empty boxes."""
    pytest.importorskip("PIL.Image")
    monkeypatch.setattr("seqlm.recipes.attention_png.FONTS", ("no-such-font.ttf",))
    with pytest.raises(SeqlmError, match="가") as caught:
        write_attention(tmp_path / "map.png", SOURCE, TARGET, WEIGHTS)
    assert "apt install" in str(caught.value.hint)
    assert not (tmp_path / "map.png").exists()


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a missing extra would be a traceback."""
    for name in ("PIL", "PIL.Image"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SeqlmError, match="Pillow") as caught:
        write_attention(tmp_path / "map.png", SOURCE, TARGET, WEIGHTS)
    assert caught.value.hint == "pip install 'seqlm[plot]'"


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """Else a name that was mistyped would hold something else than it says."""
    with pytest.raises(InputError, match="neither"):
        write_attention(tmp_path / "map.jpg", SOURCE, TARGET, WEIGHTS)
    with pytest.raises(InputError, match="shows nothing"):
        write_attention(tmp_path / "m.svg", ["a"] * 600, ["b"] * 600, np.zeros((600, 600)))
    with pytest.raises(ValueError, match="weights for"):
        write_attention(tmp_path / "m.svg", SOURCE, TARGET, WEIGHTS.T)
