"""``+`` and ``*``, which are most of every graph, with their rows written out in one function each.

``Value.__add__`` goes through ``apply``, ``record`` and the two rules of its row: five calls, which
cost more than the addition. Written out, a node is made in about a fifth of the time. A test holds
them to their rows.
"""

from __future__ import annotations

from autodiff.engine.errors import DomainError, described, domain_error
from autodiff.engine.ops import OPS
from autodiff.engine.value import Operand, Value, apply, as_value

__all__ = ["add", "multiply"]

_new = object.__new__


def add(self: Value, other: Operand) -> Value:
    """self + other, as ``Value.__add__``."""
    if other.__class__ is not Value or self.__class__ is not Value:
        operand = _plain(self, other)
        if operand is None:
            return apply(OPS["add"], self, other)
        other = operand
    node = _new(Value)
    node._data = y = self._data + other._data
    if y - y != 0.0:  # 0 for every finite y and nan for the others: the cheapest test for overflow
        raise _overflow("add", self, other)
    node._grad = 0.0
    node.op = "add"
    node._a = self
    node._b = other
    node._da = node._db = 1.0
    return node


def multiply(self: Value, other: Operand) -> Value:
    """self * other, as ``Value.__mul__``."""
    if other.__class__ is not Value or self.__class__ is not Value:
        operand = _plain(self, other)
        if operand is None:
            return apply(OPS["mul"], self, other)
        other = operand
    node = _new(Value)
    node._db = x = self._data
    node._da = z = other._data
    node._data = y = x * z
    if y - y != 0.0:
        raise _overflow("mul", self, other)
    node._grad = 0.0
    node.op = "mul"
    node._a = self
    node._b = other
    return node


def _plain(a: Value, b: Operand) -> Value | None:
    """The second operand as a Value, if the result is a plain Value; else None, and the row decides."""
    b = as_value(b)
    return None if b is NotImplemented or a.result_kind is not Value or b.result_kind is not Value else b


def _overflow(name: str, a: Value, b: Value) -> DomainError:
    return domain_error(name, described(a, b), OverflowError())
