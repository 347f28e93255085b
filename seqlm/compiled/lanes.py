"""Sixteen float32 side by side, as a type that compiled functions compute with.

A compiler turns a plain loop over a row into vector code only if it can prove that the rows do not
overlap, and it never keeps a tile of rows in registers; these few operations say both outright. A
row is ``Lanes`` at an address that is a multiple of four bytes. On a processor whose registers are
shorter, the compiler makes two or four of each.

Addresses are plain integers (``array.ctypes.data``) and nothing is checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import models, register_model

from seqlm.compiled import instruction

SIZE = 16
BYTES = 4 * SIZE

_FLOAT, _I32 = ir.FloatType(), ir.IntType(32)
_VECTOR = ir.VectorType(_FLOAT, SIZE)
_ANY = ir.Constant(_VECTOR, ir.Undefined)
_CONTRACT = ("contract",)  # a product and a sum may become one instruction


class Lanes(types.Type):
    """Sixteen float32 in a register."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = Lanes()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _VECTOR)  # type: ignore[no-untyped-call]


def _at(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


def _fill(builder: Any, value: Any) -> Any:
    first = builder.insert_element(_ANY, value, _I32(0))
    return builder.shuffle_vector(first, _ANY, ir.Constant(ir.VectorType(_I32, SIZE), [0] * SIZE))


@instruction
def load(typing: Any, address: Any) -> Any:
    """The sixteen float32 at ``address``."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        value = builder.load(_at(builder, given[0], _VECTOR))
        value.align = 4
        return value

    return lanes(types.int64), write


@instruction
def store(typing: Any, address: Any, value: Any) -> Any:
    """Write ``value`` to ``address``."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[1], _at(builder, given[0], _VECTOR)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64, lanes), write


@instruction
def fill(typing: Any, value: Any) -> Any:
    """Sixteen times ``value``."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _fill(builder, given[0])

    return lanes(types.float32), write


@instruction
def load_fill(typing: Any, address: Any) -> Any:
    """Sixteen times the float32 at ``address``."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        value = builder.load(_at(builder, given[0], _FLOAT))
        value.align = 4
        return _fill(builder, value)

    return lanes(types.int64), write


def _arithmetic(name: str) -> Any:
    @instruction
    def operation(typing: Any, a: Any, b: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return getattr(builder, name)(*given)

        return lanes(lanes, lanes), write

    return operation


add, subtract = _arithmetic("fadd"), _arithmetic("fsub")
multiply, divide = _arithmetic("fmul"), _arithmetic("fdiv")


@instruction
def multiply_add(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c``, in one instruction where the processor has it."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        product = builder.fmul(given[0], given[1], flags=_CONTRACT)
        return builder.fadd(product, given[2], flags=_CONTRACT)

    return lanes(lanes, lanes, lanes), write


@instruction
def clip(typing: Any, value: Any, limit: Any) -> Any:
    """``value`` between ``-limit`` and ``limit``."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        value, limit = given
        value = builder.select(builder.fcmp_ordered("<", value, limit), value, limit)
        low = builder.fneg(limit)
        return builder.select(builder.fcmp_ordered(">", value, low), value, low)

    return lanes(lanes, lanes), write


@instruction
def logarithm_parts(typing: Any, value: Any) -> Any:
    """Exponent and mantissa, in [1, 2), of each positive lane."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        whole = ir.VectorType(_I32, SIZE)

        def constant(number: int) -> Any:
            return ir.Constant(whole, [number] * SIZE)

        bits = builder.bitcast(given[0], whole)
        exponent = builder.sub(builder.lshr(bits, constant(23)), constant(127))
        mantissa = builder.or_(builder.and_(bits, constant(0x7FFFFF)), constant(127 << 23))
        pair = builder.sitofp(exponent, _VECTOR), builder.bitcast(mantissa, _VECTOR)
        return context.make_tuple(builder, signature.return_type, pair)

    return types.Tuple((lanes, lanes))(lanes), write  # type: ignore[no-untyped-call]


def _shuffle(builder: Any, a: Any, b: Any, order: list[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, SIZE), order))


def _in_quarters(places: tuple[tuple[int, int], ...]) -> list[int]:
    """The same choice (which vector, which of four lanes) in each quarter."""
    return [SIZE * vector + 4 * quarter + lane for quarter in range(4) for vector, lane in places]


def _of_quarters(places: tuple[tuple[int, int], ...]) -> list[int]:
    """Whole quarters: which vector, which quarter of it."""
    return [SIZE * vector + 4 * quarter + lane for vector, quarter in places for lane in range(4)]


_STEPS = (
    (
        _in_quarters(((0, 0), (1, 0), (0, 1), (1, 1))),
        _in_quarters(((0, 2), (1, 2), (0, 3), (1, 3))),
    ),
    (
        _in_quarters(((0, 0), (0, 1), (1, 0), (1, 1))),
        _in_quarters(((0, 2), (0, 3), (1, 2), (1, 3))),
    ),
    (
        _of_quarters(((0, 0), (0, 1), (1, 0), (1, 1))),
        _of_quarters(((0, 2), (0, 3), (1, 2), (1, 3))),
    ),
    (
        _of_quarters(((0, 0), (0, 2), (1, 0), (1, 2))),
        _of_quarters(((0, 1), (0, 3), (1, 1), (1, 3))),
    ),
)


@instruction
def sums(typing: Any, parts: Any) -> Any:
    """The sums of 4, 8 or 16 ``Lanes`` as the first lanes of one (further lanes repeat them)."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        level = [builder.extract_value(given[0], index) for index in range(len(parts))]
        for low, high in _STEPS:
            pairs = zip(level[::2], level[1::2], strict=True) if len(level) > 1 else [level * 2]
            level = [
                builder.fadd(_shuffle(builder, a, b, low), _shuffle(builder, a, b, high))
                for a, b in pairs
            ]
        return level[0]

    return lanes(parts), write
