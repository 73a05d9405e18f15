"""Rules applied to Values, so that a derivative is recorded as a graph of its own.

A rule states the partial derivatives of all operands. Of those only the ones that somebody asks
for are computed: the slope of zᶻ⁰ in its base need not exist where the one in its exponent does.
So a rule is applied to ``Later``, which notes what is to be done and records it when asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autodiff.engine.errors import DomainError, described
from autodiff.engine.handmade import check_has_rule
from autodiff.engine.namespaces import Namespace
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value, as_value, record

__all__ = ["VALUES", "Derivative", "recorded", "recorded_partials"]

Derivative = Any  # a float where it is known to be constant, else a Value


class Later:
    """A Value, or the call of a function on such, that is recorded as soon as its ``value`` is asked for."""

    def __init__(self, function: Callable[..., Derivative], *operands: Any) -> None:
        self._call: tuple[Callable[..., Derivative], tuple[Any, ...]] | None = (function, operands)
        self._value: Derivative = None

    def value(self) -> Any:
        """What was to be done, done once.

        Raises:
            DomainError: where it is not defined, or overflows.
        """
        if self._call is not None:
            function, operands = self._call
            self._value = function(*(each.value() if isinstance(each, Later) else each for each in operands))
            self._call = None
        return self._value

    def __add__(self, other: Any) -> Later:
        return _later("add", self, other)

    def __radd__(self, other: Any) -> Later:
        return _later("add", other, self)

    def __sub__(self, other: Any) -> Later:
        return _later("sub", self, other)

    def __rsub__(self, other: Any) -> Later:
        return _later("sub", other, self)

    def __mul__(self, other: Any) -> Later:
        return _later("mul", self, other)

    def __rmul__(self, other: Any) -> Later:
        return _later("mul", other, self)

    def __truediv__(self, other: Any) -> Later:
        return _later("div", self, other)

    def __rtruediv__(self, other: Any) -> Later:
        return _later("div", other, self)

    def __pow__(self, other: Any) -> Later:
        return _later("pow", self, other)

    def __rpow__(self, other: Any) -> Later:
        return _later("pow", other, self)

    def __neg__(self) -> Later:
        return _later("neg", self)


def _later(name: str, *operands: Any) -> Later:
    """One node of the row ``name``."""
    return Later(lambda *known: record(OPS[name], *map(as_value, known)), *operands)


class Values(Namespace):
    """Functions on what is recorded later: each call of a row is one node.

    A choice is recorded as arithmetic on ``step``, never taken in Python, so that the graph
    stays right for other data.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in OPS:
            return super().__getattr__(name)
        return lambda *operands: _later(name, *operands)

    def choose(self, c: Any, a: Any, b: Any) -> Later:
        chosen = _later("step", c)
        result: Later = chosen * a + (1.0 - chosen) * b
        return result

    def difference(self, x: Any, z: Any) -> Later:
        return Later(_difference, x, z)

    def power_slope(self, x: Any, z: Any) -> Later:
        return Later(_power_slope, x, z)


VALUES = Values()


def _difference(x: Value, z: Value) -> Value:
    try:
        return x - z
    except DomainError:
        return 0.5 * x - 0.5 * z


def _power_slope(x: Value, z: Value) -> Derivative:
    """z·xᶻ⁻¹; 0 where z = 0 and xᶻ⁻¹ is not finite."""
    if 0.0 < abs(z.data) < 0.5 and x.data != 0.0:  # as for floats
        tiny = abs(z.data) < 1e-3 and abs(x.data) < 1.0
        return z / x * x**z if tiny else z * (x**z / x)
    if x.data < 0.0 and abs(z.data) >= 2.0**53:
        return -(z * (-x) ** (z - 1.0))
    try:
        return z * x ** (z - 1.0)
    except DomainError:
        if z.data == 0.0:
            return 0.0
        raise


def recorded_partials(node: Value) -> list[Derivative]:
    """∂node/∂operand for each operand by the rule of its row: floats, and what is recorded later.

    Raises:
        ValueError: for a node made by hand, which has no rule.
    """
    if not node.op:
        return []
    check_has_rule(node)
    slope = f"{node.op}_slope"
    if slope in OPS:
        return [_later(slope, *node.operands)]
    operands = [Later(lambda known: known, each) for each in (*node.operands, node)]
    return list(OPS[node.op].partials(VALUES, *operands))


def recorded(partial: Derivative, node: Value) -> Derivative:
    """A partial derivative of ``node``, recorded if it is not constant.

    Raises:
        DomainError: where it has no finite value.
    """
    call = f"{node.op}({described(*node.operands)})"
    try:
        value = partial.value() if isinstance(partial, Later) else partial
    except DomainError as error:
        raise DomainError(f"the derivative of {call} cannot be recorded: {error}") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise DomainError(f"{call} has no finite derivative there to be recorded")
    return value
