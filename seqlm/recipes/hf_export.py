"""A translating transformer as a folder of Hugging Face's ``transformers``: the same numbers there.

Pegasus is its architecture with our layers: pre-norm, ReLU, scaled and tied embeddings, a bias on
the logits, and positions that are read from the file (Zhang et al., 2020; positions: Vaswani et
al., 2017). Nothing in the folder is code. No stock architecture has the layers of our language
models, so those go by ONNX.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor, nn

from seqlm.errors import InputError, ModelError
from seqlm.layers.positions import sinusoids
from seqlm.layers.transformer import DecoderLayer, EncoderLayer
from seqlm.model_folder import free_folder
from seqlm.models.transformer_seq2seq import TransformerSeq2Seq
from seqlm.recipes.translation_folder import LoadedTranslation, load_translation
from seqlm.tokenizers import END_ID, UNKNOWN_ID
from seqlm.tokenizers.hugging_face import hugging_face_files
from seqlm.verified_folder import write_folder

POSITIONS = 1024
"""Tokens of the longest source and target there."""


def export_hf(path: Path, out: Path, *, force: bool = False) -> list[Path]:
    """Write a translation model for ``AutoModelForSeq2SeqLM``; its files.

    Raises:
        ModelError: the model is no transformer, or damaged.
        InputError: ``out`` is there already, or the model is of a kind that Pegasus is not.
        SeqlmError: the disk is full.
    """
    free_folder(out, chosen=True, force=force)
    files = hf_files(load_translation(path, "cpu"))
    write_folder(out, files)
    return sorted(out.iterdir())


def hf_files(loaded: LoadedTranslation) -> dict[str, bytes]:
    """The files of the folder.

    Raises:
        ModelError, InputError: as ``export_hf``.
    """
    model = loaded.model
    if not isinstance(model, TransformerSeq2Seq):
        raise ModelError(f"{loaded.path} is {loaded.config['arch']}", "train-translate --arch ...")
    for wrong, what in (
        (loaded.source is not loaded.target, "a vocabulary of each language"),
        (loaded.reverse_source, "sources read backwards"),
        (model.config.hidden_size % 2 == 1, "an odd number of features"),
    ):
        if wrong:
            raise InputError(
                f"{loaded.path} has {what}, and transformers has no such model",
                f"seqlm export {loaded.path} --to ctranslate2",
            )
    tensors = {name: tensor.detach().contiguous() for name, tensor in _tensors(model).items()}
    return {
        "config.json": _json(_config(model)),
        "generation_config.json": _json(_special_tokens() | {"max_length": 256}),
        "model.safetensors": save(tensors, metadata={"format": "pt"}),
        **hugging_face_files(loaded.source, end=True),
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _special_tokens() -> dict[str, Any]:
    """``</s>`` ends and pads a source, and begins and ends a target."""
    names = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    return {**dict.fromkeys(names, END_ID), "forced_eos_token_id": None}


def _config(model: TransformerSeq2Seq) -> dict[str, Any]:
    config = model.config
    sizes = {
        "layers": config.num_layers,
        "attention_heads": config.num_heads,
        "ffn_dim": config.inner_size,
        "layerdrop": 0.0,
    }
    return {
        "architectures": ["PegasusForConditionalGeneration"],
        "model_type": "pegasus",
        "vocab_size": config.vocab_size,
        "d_model": config.hidden_size,
        **{
            f"{side}_{name}": size
            for side in ("encoder", "decoder")
            for name, size in sizes.items()
        },
        "num_hidden_layers": config.num_layers,
        "activation_function": "relu",
        "scale_embedding": True,
        "tie_word_embeddings": True,
        "max_position_embeddings": POSITIONS,
        "is_encoder_decoder": True,
        "dropout": 0.0,
        "unk_token_id": UNKNOWN_ID,
        "dtype": "float32",
        **_special_tokens(),
    }


def _tensors(model: TransformerSeq2Seq) -> dict[str, Tensor]:
    """Every weight by the name that it has there."""
    found: dict[str, Tensor] = {
        "model.shared.weight": model.embedding,
        "final_logits_bias": model.output_bias[None],
    }
    sides = (
        ("model.encoder", model.encoder, model.encoder_norm),
        ("model.decoder", model.decoder, model.decoder_norm),
    )
    for side, layers, norm in sides:
        found[f"{side}.embed_positions.weight"] = sinusoids(0, POSITIONS, model.embedding).clone()
        found |= _named(f"{side}.layer_norm", norm)
        for number, layer in enumerate(layers):
            assert isinstance(layer, EncoderLayer)
            found |= _layer(f"{side}.layers.{number}", layer)
    return found


def _layer(name: str, layer: EncoderLayer) -> dict[str, Tensor]:
    own, wide = layer.self_attention, layer.feed_forward
    found = _named(f"{name}.self_attn_layer_norm", own.norm)
    found |= _split(f"{name}.self_attn", ("q_proj", "k_proj", "v_proj"), own.query_key_value)
    found |= _named(f"{name}.self_attn.out_proj", own.output)
    if isinstance(layer, DecoderLayer):
        source = layer.source_attention
        found |= _named(f"{name}.encoder_attn_layer_norm", source.norm)
        found |= _named(f"{name}.encoder_attn.q_proj", source.query)
        found |= _split(f"{name}.encoder_attn", ("k_proj", "v_proj"), source.key_value)
        found |= _named(f"{name}.encoder_attn.out_proj", source.output)
    found |= _named(f"{name}.final_layer_norm", wide.norm)
    return found | _named(f"{name}.fc1", wide.inner) | _named(f"{name}.fc2", wide.outer)


def _named(name: str, part: nn.Linear | nn.LayerNorm) -> dict[str, Tensor]:
    return {f"{name}.weight": part.weight, f"{name}.bias": part.bias}


def _split(name: str, parts: tuple[str, ...], fused: nn.Linear) -> dict[str, Tensor]:
    """A map that makes several things at once, as one map for each."""
    weights, biases = fused.weight.chunk(len(parts)), fused.bias.chunk(len(parts))
    found = {f"{name}.{part}.weight": value for part, value in zip(parts, weights, strict=True)}
    return found | {f"{name}.{part}.bias": value for part, value in zip(parts, biases, strict=True)}
