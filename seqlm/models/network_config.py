"""The shapes of networks, and how one is read from a model folder: without torch, every value
checked first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar

from seqlm.config import Arch


class NetworkConfig(Protocol):
    """A frozen dataclass of names, whole numbers and switches, as ``config.json`` holds it.

    Attributes:
        LIMITS: the largest value of each whole number; the smallest is 1.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    LIMITS: ClassVar[Mapping[str, int]]


C = TypeVar("C", bound=NetworkConfig)


def read_config(kind: type[C], stored: Mapping[str, Any]) -> C:
    """The config of that class that ``stored`` holds; other entries are left alone.

    Raises:
        ValueError: a value is missing, of another type, out of range, or does not fit the others.
    """
    values: dict[str, Any] = {}
    for field in fields(kind):
        if field.name not in stored and field.default is not MISSING:
            continue
        value = stored.get(field.name)
        limit = kind.LIMITS.get(field.name)
        if limit is not None:
            sound = type(value) is int and 0 < value <= limit
        else:
            sound = type(value) is (bool if field.type == "bool" else str)
        if not sound:
            raise ValueError(f"{field.name} cannot be {str(value)[:40]}")
        values[field.name] = value
    return kind(**values)


@dataclass(frozen=True)
class RecurrentConfig:
    """The shape of a recurrent language model, as ``config.json`` holds it.

    With ``narrow_last`` the last layer is as wide as the embedding, in place of a projection from a
    wider one (Merity et al., 2018).
    """

    arch: Arch
    vocab_size: int
    embedding_size: int
    hidden_size: int
    num_layers: int
    tied: bool = True
    skip: bool = True
    narrow_last: bool = False

    LIMITS: ClassVar[Mapping[str, int]] = {
        "vocab_size": 1 << 24,
        "embedding_size": 1 << 16,
        "hidden_size": 1 << 16,
        "num_layers": 64,
    }

    @property
    def layer_sizes(self) -> list[int]:
        """Features of each layer."""
        last = self.embedding_size if self.narrow_last else self.hidden_size
        return [self.hidden_size] * (self.num_layers - 1) + [last]

    def skips(self, layer: int) -> bool:
        """Whether a layer adds its input to its output: from the second on, at the same width."""
        sizes = self.layer_sizes
        return self.skip and layer > 0 and sizes[layer] == sizes[layer - 1]


@dataclass(frozen=True)
class WindowConfig:
    """The shape of a window model, as ``config.json`` holds it; ``context`` is the paper's N."""

    vocab_size: int
    embedding_size: int
    hidden_size: int
    context: int
    tied: bool = True
    arch: str = "window"

    LIMITS: ClassVar[Mapping[str, int]] = {
        "vocab_size": 1 << 24,
        "embedding_size": 1 << 16,
        "hidden_size": 1 << 16,
        "context": 1 << 10,
    }
