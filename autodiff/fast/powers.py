"""A power whose exponent is a number, ``x**2``, as ``autodiff.engine.constants`` has it.

No node for the 2, and no slope by it, y·log x, before somebody asks: with both a square would take twice as
long.
"""

from __future__ import annotations

from typing import Any

from autodiff.engine.value import Operand, Value
from autodiff.fast.operators import OPERATORS

__all__ = ["power"]

_new, _init = object.__new__, Value.__init__
_general = OPERATORS["__pow__"]
USUAL = 64.0  # the largest exponent that is done here; from 2**53 on the slope needs care


def power(self: Value, other: Operand) -> Value:
    """self ** other, as ``Value.__pow__``."""
    given = other.__class__
    kind = Value if self.__class__ is Value else self.result_kind
    if not (
        (given is float or given is int)
        and kind.__init__ is _init
        and (0.5 <= other <= USUAL or -USUAL <= other <= -0.5)
    ):
        return _general(self, other)  # type: ignore[no-any-return]
    x = self._data
    z: Any = 1.0 * other
    try:
        y: Any = x**z
        slope: Any = z * x ** (z - 1.0)
    except ArithmeticError:
        return _general(self, other)  # type: ignore[no-any-return]
    if y.__class__ is not float:  # but complex; infinite it cannot be, since that raises OverflowError
        return _general(self, other)  # type: ignore[no-any-return]
    node = _new(kind)
    node._data = y
    node._grad = 0.0
    node.op = "pow"
    node._a = self
    node._b = None
    node._da = slope
    node._db = z
    return node
