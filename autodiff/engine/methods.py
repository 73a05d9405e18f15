"""The methods that the table gives a Value, one for each row: ``x.tanh()``, ``x.maximum(z)``.

They are made at import; ``methods.pyi``, which ``python -m autodiff.functions.stubs`` writes, tells type
checkers and editors of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.engine.errors import not_a_number
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS, Op

__all__ = ["RowMethods", "give_method", "give_methods"]


class RowMethods:
    """The base of Value that declares them."""

    __slots__ = ()


def give_methods(kind: type[Any], record: Callable[..., Any], apply: Callable[..., Any]) -> None:
    """Give ``kind`` a method for each row.

    Args:
        record: makes a node from a row and an operand.
        apply: makes one from a row and operands of which some may be numbers.
    """
    for op in OPS.values():
        give_method(kind, op, record, apply)


def give_method(kind: type[Any], op: Op, record: Callable[..., Any], apply: Callable[..., Any]) -> None:
    """Give ``kind`` the method of one row."""
    method = _method(op, record, apply)
    # Where NumPy calls a function otherwise (arcsin), its loop over objects looks for that name.
    ufunc = getattr(type(ARRAYS), op.name, None)
    for name in {op.name, ufunc.__name__ if isinstance(ufunc, np.ufunc) else op.name}:
        if name not in vars(kind):
            setattr(kind, name, method)


def _method(op: Op, record: Callable[..., Any], apply: Callable[..., Any]) -> Callable[..., Any]:
    def unary(self: Any) -> Any:
        return record(op, self)

    def binary(self: Any, other: Any) -> Any:
        result = apply(op, self, other)
        if result is NotImplemented:
            raise TypeError(f"{not_a_number(other)}; the function autodiff.{op.name} takes arrays")
        return result

    binary.__defaults__ = op.defaults or None
    method: Callable[..., Any] = unary if op.arity == 1 else binary
    method.__name__, method.__qualname__ = op.name, f"Value.{op.name}"
    method.__doc__ = f"``autodiff.{op.name}`` of this Value, the row {op.name!r} ({op.symbol}) of the table."
    return method
