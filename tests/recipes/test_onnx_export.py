"""A network as an ONNX graph, run by onnxruntime where that is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from seqlm.config import LanguageModelOptions
from seqlm.models.networks import make_network
from seqlm.recipes.onnx_export import check_graph, names, write_graph
from seqlm.state import flatten

SHAPES = {
    "rnn": {},
    "lstm": {"num_layers": 2},
    "gru": {"embedding_size": 6},
    "window": {"context": 4},
    "transformer": {"num_layers": 2, "context": 5, "num_heads": 2},
}


@pytest.mark.parametrize("arch", SHAPES)
def test_the_graph_computes_what_the_model_computes(arch: str, tmp_path: Path) -> None:
    """Else a phone or a browser would run another model than the one that was measured."""
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    torch.manual_seed(1)
    sizes = {"hidden_size": 8, "num_layers": 1} | SHAPES[arch]
    model = make_network(LanguageModelOptions(arch=arch, **sizes), 17).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    path = tmp_path / "model.onnx"
    write_graph(model, path)
    assert check_graph(model, path) < 1e-4
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs, outputs = names(len(flatten(model.initial_state(1))))
    assert [each.name for each in session.get_inputs()] == inputs
    assert [each.name for each in session.get_outputs()] == outputs
    # "Every state begins as zeros" is what a program that has only the graph goes by.
    feed = {
        each.name: np.zeros([1, *each.shape[1:]], "int64" if "int" in each.type else "float32")
        for each in session.get_inputs()
    }
    with torch.no_grad():
        expected, _ = model.next_log_probs(torch.tensor([0]), model.initial_state(1))
    np.testing.assert_allclose(session.run(None, feed)[0], expected.numpy(), atol=1e-5)


def test_a_graph_of_another_model_is_found_out(tmp_path: Path) -> None:
    """Else the check that every export goes through would check nothing."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from seqlm.errors import SeqlmError

    options = LanguageModelOptions(arch="gru", hidden_size=8, num_layers=1)
    write_graph(make_network(options, 9).eval(), tmp_path / "model.onnx")
    other = make_network(options, 9).eval()
    with torch.no_grad():
        other.output_bias.add_(torch.arange(9.0))
    with pytest.raises(SeqlmError, match="differs"):
        check_graph(other, tmp_path / "model.onnx")
