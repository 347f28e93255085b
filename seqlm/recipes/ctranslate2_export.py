"""A translating transformer in CTranslate2's format: the same weights in an engine made for them.

The weights are laid out as its ``TransformerSpec`` names them; its own positions differ from ours,
so they are given. The folder can be used with CTranslate2 alone: ``model.bin``, ``config.json``,
the vocabulary as our tokenizer shows its pieces, and the tokenizer's files beside them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from torch import Tensor, nn

from seqlm.config import Quantization
from seqlm.errors import ModelError, SeqlmError
from seqlm.layers.positions import sinusoids
from seqlm.layers.transformer import DecoderLayer, EncoderLayer
from seqlm.model_folder import free_folder
from seqlm.models.transformer_seq2seq import TransformerSeq2Seq
from seqlm.recipes.tokenizer_pair import tokenizer_files
from seqlm.recipes.translation_folder import LoadedTranslation, load_translation
from seqlm.tokenizers import Tokenizer
from seqlm.tokenizers.tokenizer import END, UNKNOWN
from seqlm.verified_folder import write_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POSITIONS = 1024
"""Rows of the table of positions; the engine takes no longer line, and writes none."""


def import_ctranslate2() -> Any:
    """The engine.

    Raises:
        SeqlmError: it is not installed.
    """
    try:
        import ctranslate2
        import ctranslate2.specs
    except ImportError as error:
        raise SeqlmError("CTranslate2 is not installed", "pip install 'seqlm[fast]'") from error
    return ctranslate2


def export_ctranslate2(
    model: Path, out: Path, quantization: Quantization = "none", *, force: bool = False
) -> list[Path]:
    """Write a translation model as a folder that CTranslate2 reads; its files.

    Raises:
        ModelError: ``model`` is no translating transformer, or damaged.
        InputError: ``out`` is there already.
        SeqlmError: CTranslate2 is not installed, or the disk is full.
    """
    import_ctranslate2()
    loaded = load_translation(model, "cpu")
    free_folder(out, chosen=True, force=force)
    with tempfile.TemporaryDirectory(prefix="seqlm-") as folder:
        write_engine_files(loaded, Path(folder), quantization)
        files = {path.name: path for path in sorted(Path(folder).iterdir())}
        write_folder(out, {**files, **tokenizer_files(loaded.source, loaded.target)})
    return sorted(out.iterdir())


def write_engine_files(
    loaded: LoadedTranslation, folder: Path, quantization: Quantization = "none"
) -> None:
    """Write what the engine reads into an existing folder.

    Raises:
        ModelError: the model is not a transformer.
    """
    specs = import_ctranslate2().specs
    model = loaded.model
    if not isinstance(model, TransformerSeq2Seq):
        raise ModelError(
            f"CTranslate2 runs transformers, and {loaded.path} is {loaded.config['arch']}",
            "seqlm train-translate --arch transformer --source FILE --target FILE",
        )
    config = model.config
    spec = specs.TransformerSpec.from_config(
        (config.num_layers, config.num_layers), config.num_heads, pre_norm=True
    )
    _fill(spec, model)
    spec.register_source_vocabulary(_vocabulary(loaded.source))
    spec.register_target_vocabulary(_vocabulary(loaded.target))
    spec.config.unk_token = UNKNOWN
    spec.config.bos_token = spec.config.eos_token = spec.config.decoder_start_token = END
    spec.config.add_source_eos = True
    spec.config.layer_norm_epsilon = model.encoder_norm.eps
    spec.validate()
    spec.optimize(quantization=None if quantization == "none" else quantization)
    spec.save(os.fspath(folder))


def _vocabulary(tokenizer: Tokenizer) -> list[str]:
    return tokenizer.pieces(range(tokenizer.vocab_size))


def _fill(spec: Any, model: TransformerSeq2Seq) -> None:
    """Copy every weight to its place."""
    table = _array(model.embedding)
    source = model.source_embedding
    spec.encoder.embeddings[0].weight = table if source is None else _array(source)
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table
    spec.decoder.projection.bias = _array(model.output_bias)
    sides = (
        (spec.encoder, model.encoder, model.encoder_norm),
        (spec.decoder, model.decoder, model.decoder_norm),
    )
    for side, layers, norm in sides:
        side.scale_embeddings = True
        side.position_encodings.encodings = _array(sinusoids(0, POSITIONS, model.embedding))
        _fill_norm(side.layer_norm, norm)
        for layer_spec, layer in zip(side.layer, layers, strict=True):
            _fill_layer(layer_spec, cast(EncoderLayer, layer))


def _fill_layer(spec: Any, layer: EncoderLayer) -> None:
    own = layer.self_attention
    _fill_norm(spec.self_attention.layer_norm, own.norm)
    _fill_linear(spec.self_attention.linear[0], own.query_key_value)
    _fill_linear(spec.self_attention.linear[1], own.output)
    if isinstance(layer, DecoderLayer):
        source = layer.source_attention
        _fill_norm(spec.attention.layer_norm, source.norm)
        for place, part in enumerate((source.query, source.key_value, source.output)):
            _fill_linear(spec.attention.linear[place], part)
    _fill_norm(spec.ffn.layer_norm, layer.feed_forward.norm)
    _fill_linear(spec.ffn.linear_0, layer.feed_forward.inner)
    _fill_linear(spec.ffn.linear_1, layer.feed_forward.outer)


def _fill_norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _fill_linear(spec: Any, linear: nn.Linear) -> None:
    spec.weight, spec.bias = _array(linear.weight), _array(linear.bias)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    """A copy of its own, in float32."""
    copied: NDArray[np.float32] = tensor.detach().float().cpu().numpy().copy()
    return copied
