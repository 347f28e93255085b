"""Reading the shape of a network from a model folder, every value checked first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, ClassVar, Protocol, TypeVar


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
