"""sentencepiece's subwords, unigram and BPE: lossless on any text (the only file that imports it).

Kudo and Richardson, 2018, arXiv:1808.06226. Identity normalisation, every space kept, a character
that is no piece spelled in its UTF-8 bytes; see ``subword_text`` for what the text goes through.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from seqlm.config import Normalization, TokenizerKind
from seqlm.data.normalization import normalize
from seqlm.errors import InputError, ModelError
from seqlm.tokenizers.code_points import code_points
from seqlm.tokenizers.files import CONFIG, MAX_MODEL_BYTES, MODEL, config_bytes, damaged
from seqlm.tokenizers.pieces import show_piece
from seqlm.tokenizers.subword_text import SPACE, from_model_text, line_offsets, to_model_text
from seqlm.tokenizers.tokenizer import (
    END,
    END_ID,
    FIRST_ID,
    UNKNOWN,
    UNKNOWN_ID,
    check_ids,
    split_lines,
)

BYTES = 256
PROBES = ("a", "  a  b ", "\ttab\r", "▁ \ue000\ue001", "é한글\u1112\u1161🙂", "<unk></s>", "ﬁ①Ａ")


class SubwordTokenizer:
    """A sentencepiece model whose ids and settings are those of ``train_subword``.

    Raises:
        ModelError: it is not.
    """

    def __init__(self, kind: TokenizerKind, model: bytes, normalization: Normalization) -> None:
        self.kind: TokenizerKind = kind
        self.normalization: Normalization = normalization
        self._model = model
        self._processor = open_model(model)
        self.vocab_size = int(self._processor.get_piece_size())
        self._pieces = _pieces(self._processor)
        self._bytes = _piece_bytes(self._processor, self._pieces)
        self._widths = [_width(data) for data in self._bytes]
        self._shown = [self._show(i) for i in range(self.vocab_size)]
        self._ids = {shown: i for i, shown in enumerate(self._shown)}
        if len(self._ids) < self.vocab_size:
            raise damaged("two of its pieces look the same")
        if any(self.decode(self.encode(text)) != self._normal(text) for text in PROBES):
            raise damaged("its sentencepiece model does not keep a text as it is")

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._encode(to_model_text(self._normal(text)))
        return ids

    def encode_lines(
        self, lines: Sequence[str], continues: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        texts = [to_model_text(self._normal(line)) for line in lines]
        if continues and texts:
            texts[0] = to_model_text(self._normal(lines[0]), continues=True)
        ids: list[list[int]] = self._encode(texts)
        counts = np.fromiter(map(len, ids), np.int64, len(ids))
        return np.fromiter(chain.from_iterable(ids), np.int32, int(counts.sum())), counts

    def decode(self, ids: Sequence[int]) -> str:
        check_ids(ids, self.vocab_size)
        return "\n".join(self._decode_line(line) for line in split_lines(ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        check_ids(ids, self.vocab_size)
        return list(map(self._shown.__getitem__, ids))

    def piece_ids(self, pieces: Sequence[str]) -> list[int]:
        try:
            return [self._ids[piece] for piece in pieces]
        except KeyError as error:
            raise InputError(
                f"the tokenizer has no piece {error.args[0]!r}", "tokenize, to see its pieces"
            ) from error

    def end_offsets(self, text: str) -> list[int]:
        places = line_offsets(text)
        ends: list[int] = []
        done = missing = 0  # characters of the model text; bytes to the end of the one begun
        for i in self.encode(text):
            width = self._widths[i]
            if width > 0:
                done += width
            elif width < 0:
                missing = -width - 1
            else:
                missing -= 1
                done += missing == 0
            ends.append(places[done])
        return ends

    def to_files(self) -> dict[str, bytes]:
        config = config_bytes(
            self.kind,
            self.normalization,
            vocab_size=self.vocab_size,
            model_sha256=hashlib.sha256(self._model).hexdigest(),
        )
        return {CONFIG: config, MODEL: self._model}

    def model_pieces(self) -> tuple[list[str], list[float]]:
        """sentencepiece's own pieces, spaces as U+2581, and their scores, in the order of ids."""
        scores = [float(self._processor.get_score(i)) for i in range(self.vocab_size)]
        return list(self._pieces), scores

    def _normal(self, text: str) -> str:
        return normalize(text, self.normalization)

    def _encode(self, texts: str | list[str]) -> Any:
        """The ids of one text, or of each text of a list."""
        try:
            return self._processor.encode(texts, out_type=int)
        except (RuntimeError, TypeError, UnicodeError):
            code_points("".join(texts))  # says what is wrong, if it is the text
            raise

    def _decode_line(self, ids: Sequence[int]) -> str:
        data = b"".join([self._bytes[i] for i in ids])
        return from_model_text(data.decode("utf-8", "replace"))

    def _show(self, i: int) -> str:
        if i < FIRST_ID or self._processor.is_byte(i):
            return self._pieces[i]
        return show_piece(self._pieces[i].replace(SPACE, " "))


def load_subword(config: Mapping[str, Any], files: Mapping[str, bytes]) -> SubwordTokenizer:
    """Make the tokenizer of a checked ``config`` and the model file beside it.

    Raises:
        ModelError: the model is missing, damaged, or of other settings.
    """
    model = files.get(MODEL)
    if model is None or len(model) > MAX_MODEL_BYTES:
        raise damaged(f"{MODEL} is missing or over {MAX_MODEL_BYTES:,} bytes long")
    if hashlib.sha256(model).hexdigest() != config["model_sha256"]:
        raise damaged(f"{MODEL} is not the file that was written with it")
    tokenizer = SubwordTokenizer(config["kind"], model, config["normalization"])
    if tokenizer.vocab_size != config["vocab_size"]:
        raise damaged(f"{MODEL} has {tokenizer.vocab_size} pieces, not {config['vocab_size']}")
    return tokenizer


def train_model(kind: TokenizerKind, texts: list[str], vocab_size: int) -> bytes:
    """sentencepiece's own training, in memory; fewer pieces where the text supports no more."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type=kind,
        vocab_size=vocab_size,
        hard_vocab_limit=False,
        # A tenth of the usual seeds for a vocabulary of this size, pruned in fewer rounds: half
        # the time, and no more bits a byte.
        seed_sentencepiece_size=max(10 * vocab_size, 1000),
        num_sub_iterations=1,
        shrinking_factor=0.65,
        character_coverage=1.0,
        normalization_rule_name="identity",
        byte_fallback=True,
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        eos_id=END_ID,
        unk_id=UNKNOWN_ID,
        bos_id=-1,
        pad_id=-1,
        eos_piece=END,
        unk_piece=UNKNOWN,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def open_model(model: bytes) -> sentencepiece.SentencePieceProcessor:
    try:
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    except Exception as error:
        raise damaged(f"{MODEL} is not a sentencepiece model") from error
    special = (processor.eos_id(), processor.unk_id(), processor.bos_id(), processor.pad_id())
    if special != (END_ID, UNKNOWN_ID, -1, -1):
        raise damaged(f"{MODEL} has other ids for the end and the unknown token")
    return processor


def _pieces(processor: sentencepiece.SentencePieceProcessor) -> list[str]:
    try:
        return [str(processor.id_to_piece(i)) for i in range(processor.get_piece_size())]
    except UnicodeDecodeError as error:
        raise damaged(f"{MODEL} has a piece that is not UTF-8") from error


def _piece_bytes(processor: sentencepiece.SentencePieceProcessor, pieces: list[str]) -> list[bytes]:
    """Each id's bytes of model text; the unknown token is U+FFFD and the end is nothing.

    Raises:
        ModelError: a byte is missing, or there is a piece of another type.
    """
    table = [b"", "\ufffd".encode()]
    spelled = set()
    for i in range(FIRST_ID, len(pieces)):
        if processor.is_byte(i):
            table.append(bytes([int(pieces[i][3:5], 16)]))
            spelled.add(table[i])
        elif processor.is_control(i) or processor.is_unused(i) or processor.is_unknown(i):
            raise damaged(f"{MODEL} has a piece {i} of another type")
        else:
            table.append(pieces[i].encode())
    if len(spelled) != BYTES:
        raise ModelError(f"{MODEL} does not have all 256 bytes", "seqlm train-tokenizer FILE")
    return table


def _width(data: bytes) -> int:
    """How many characters a piece adds: 0 for a byte inside one, -n for the first of n bytes."""
    if len(data) != 1 or data[0] < 0x80:
        return len(data.decode("utf-8"))
    return 0 if data[0] < 0xC0 else -(2 + (data[0] >= 0xE0) + (data[0] >= 0xF0))
