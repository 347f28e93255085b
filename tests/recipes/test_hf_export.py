"""A translating transformer in Hugging Face's ``transformers``, where that is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from seqlm.errors import InputError, ModelError
from seqlm.recipes.hf_export import export_hf, hf_files
from seqlm.recipes.translation_folder import load_translation, source_batch
from seqlm.tokenizers import END_ID
from tests.tiny_translation import SOURCES, TARGETS, tiny_translation


def test_the_same_numbers_there(tmp_path: Path) -> None:
    """Else what was measured here and what is served there would be two models."""
    transformers = pytest.importorskip("transformers")
    ours = load_translation(tiny_translation(tmp_path / "tiny"), "cpu")
    export_hf(tmp_path / "tiny", tmp_path / "out")
    theirs = transformers.AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "out").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    batch = tokenizer(SOURCES, padding=True, return_tensors="pt")
    ids, lengths = source_batch(ours, SOURCES)
    assert torch.equal(batch["input_ids"], ids)
    target = torch.tensor([[END_ID, *ours.target.encode(TARGETS[0])]] * len(SOURCES))
    with torch.no_grad():
        logits = theirs(**batch, decoder_input_ids=target).logits
        state = ours.model.encode(ids, lengths)
        features, _ = ours.model.features(target, state)
        expected = torch.log_softmax(
            features @ ours.model.output_weight.T + ours.model.output_bias, 2
        )
        torch.testing.assert_close(torch.log_softmax(logits, 2), expected, atol=2e-5, rtol=0)
        written = theirs.generate(**batch, max_new_tokens=30, do_sample=False)
    texts = tokenizer.batch_decode(written, skip_special_tokens=True)
    assert [text.strip() for text in texts] == TARGETS


def test_the_folder_without_their_library(tmp_path: Path) -> None:
    """Else an export that nobody here can read back would go out unchecked."""
    ours = load_translation(tiny_translation(tmp_path / "tiny"), "cpu")
    (tmp_path / "m").write_bytes(hf_files(ours)["model.safetensors"])
    with safe_open(tmp_path / "m", "pt") as file:
        assert file.metadata() == {"format": "pt"}
        shared = file.get_tensor("model.shared.weight")
        parameters = sum(
            file.get_tensor(name).numel()
            for name in file.keys()  # noqa: SIM118
            if "embed_positions" not in name
        )
    assert torch.equal(shared, ours.model.output_weight)
    assert parameters == sum(parameter.numel() for parameter in ours.model.parameters())
    config = json.loads(hf_files(ours)["config.json"])
    assert config["vocab_size"] == len(shared) and config["model_type"] == "pegasus"


def test_what_they_have_no_model_for(tmp_path: Path) -> None:
    """Else the folder would load there and translate nonsense."""
    with pytest.raises(InputError, match="backwards"):
        export_hf(tiny_translation(tmp_path / "r", reverse_source=True), tmp_path / "x")
    with pytest.raises(InputError, match="each language"):
        export_hf(tiny_translation(tmp_path / "s", shared=False), tmp_path / "x")
    with pytest.raises(ModelError):
        export_hf(tiny_translation(tmp_path / "l", "gru"), tmp_path / "x")
    assert not (tmp_path / "x").exists()
