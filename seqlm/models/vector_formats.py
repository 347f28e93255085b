"""Vectors in others' formats: told apart by looking at them, written whole or not at all.

word2vec-text, fasttext-vec and word2vec-bin are one file; npy is ``PATH.npy`` and
``PATH.words.txt``; projector is a folder with ``vectors.tsv`` and ``metadata.tsv``.
"""

from __future__ import annotations

from pathlib import Path

from seqlm.config import VectorFormat
from seqlm.errors import InputError
from seqlm.models import vectors_numpy, vectors_projector
from seqlm.models.vectors_binary import read_binary, write_binary
from seqlm.models.vectors_text import looks_like_text, read_text, write_text
from seqlm.models.word_vectors import WordVectors
from seqlm.whole_file import check_free, whole_file

_REFUSED = (
    (b"\x1f\x8b", "is compressed", "gunzip -k {path}"),
    (b"BZh", "is compressed", "bunzip2 -k {path}"),
    (b"\xfd7zXZ", "is compressed", "unxz -k {path}"),
    (b"\x28\xb5\x2f\xfd", "is compressed", "unzstd {path}"),
    (b"PK\x03\x04", "is a zip file", "unzip {path}"),
    (b"\xba\x16\x4f\x2f", "is fastText's own .bin", "the .vec that fastText wrote beside it"),
    (b"\x80", "is a pickle, which could run programs", "gensim's save_word2vec_format"),
)
_START_BYTES = 1 << 16


def read_vectors(path: Path) -> WordVectors:
    """The vectors of a file in any of the formats, or of a projector's folder.

    Raises:
        InputError: there is nothing that can be read, or it is not whole.
    """
    if path.is_dir():
        path = path / vectors_projector.VECTORS
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise InputError(f"{path} {what}", "a folder of train-word2vec, or a file of vectors")
    try:
        with open(path, "rb") as file:
            start = file.read(_START_BYTES)
            _check_start(start, path)
            if start.startswith(vectors_numpy.MAGIC):
                return vectors_numpy.read_numpy(path)
            if path.name == vectors_projector.VECTORS or b"\t" in start.partition(b"\n")[0]:
                return vectors_projector.read_projector(path)
            file.seek(0)
            return read_text(file, path) if looks_like_text(start) else read_binary(file, path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", f"ls -l {path}") from error


def _check_start(start: bytes, path: Path) -> None:
    if not start:
        raise InputError(f"{path} is empty", "copy or download it again")
    for magic, what, hint in _REFUSED:
        if start.startswith(magic):
            raise InputError(f"{path} {what}", hint.format(path=path))


def write_vectors(
    vectors: WordVectors, path: Path, form: VectorFormat, *, force: bool = False
) -> list[Path]:
    """Write ``vectors`` at ``path``; the files that were written.

    Args:
        force: files that are there may be replaced.

    Raises:
        InputError: the path is not free, or a word cannot be written in this format.
        SeqlmError: the disk is full or a write fails.
    """
    targets = _targets(path, form)
    for target in targets:
        check_free(target, force)
    targets[0].parent.mkdir(parents=True, exist_ok=True)
    with whole_file(targets[0]) as file:
        if form == "word2vec-bin":
            write_binary(vectors, file)
        elif form == "npy":
            with whole_file(targets[1]) as words:
                words.write(vectors.words.to_bytes())
                vectors_numpy.write_matrix(vectors.matrix, file)
        elif form == "projector":
            with whole_file(targets[1]) as words:
                vectors_projector.write_projector(vectors, file, words)
        else:
            write_text(vectors, file, trailing_space=form == "fasttext-vec")
    return targets


def _targets(path: Path, form: VectorFormat) -> list[Path]:
    if form == "npy":
        path = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
        return [path, vectors_numpy.words_path(path)]
    if form == "projector":
        return [path / vectors_projector.VECTORS, path / vectors_projector.METADATA]
    return [path]
