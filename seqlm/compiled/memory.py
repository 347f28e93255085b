"""Numbers at addresses, for compiled functions.

An array that is handed from function to function is a counted reference, and the counting (an
atomic operation each time) can cost more than what is done with the array. So the inner loops get
addresses (``array.ctypes.data``), which are plain integers. Nothing is checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from seqlm.compiled import instruction

_I8, _I32, _I64, _FLOAT = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()


def _loader(kind: Any, result: Any, widen: str | None) -> Any:
    @instruction
    def load(typing: Any, address: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            value = builder.load(builder.inttoptr(given[0], kind.as_pointer()))
            value.align = 1
            return getattr(builder, widen)(value, _I64) if widen else value

        return result(types.int64), write

    return load


load_byte = _loader(_I8, types.int64, "zext")
"""The byte at an address, 0 to 255."""
load_int = _loader(_I32, types.int64, "sext")
"""The 32-bit integer at an address."""
load_long = _loader(_I64, types.int64, None)
"""The 64-bit integer at an address, which may be an address itself."""
load_float = _loader(_FLOAT, types.float32, None)
"""The float32 at an address."""


def _storer(kind: Any) -> Any:
    @instruction
    def store(typing: Any, address: Any, value: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            value = given[1] if kind is _I64 else builder.trunc(given[1], kind)
            builder.store(value, builder.inttoptr(given[0], kind.as_pointer())).align = 1
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), write

    return store


store_byte, store_int, store_long = _storer(_I8), _storer(_I32), _storer(_I64)


@instruction
def prefetch(typing: Any, address: Any) -> Any:
    """Ask for the cache line at ``address`` to be fetched meanwhile."""

    def write(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        pointer = _I8.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, _I32, _I32, _I32])
        function = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        builder.call(function, [builder.inttoptr(given[0], pointer), _I32(0), _I32(3), _I32(1)])
        return context.get_dummy_value()

    return types.void(types.int64), write
