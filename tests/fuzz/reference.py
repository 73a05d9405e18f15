"""A second engine in 60 digits, which shares no code with the first and says how far floats may be off.

A ``Number`` is a node of a graph as a ``Value`` is, made by the same program text. Its data and
gradients are exact for all practical purposes; beside each stands a bound on the error that a float
computation makes on the way, however it orders its sums. Source of the bounds: running error
analysis, Higham, Accuracy and Stability of Numerical Algorithms (2002), section 3.3.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from mpmath import mp, mpf

mp.dps = 60
UNIT = mpf(2) ** -53
TINY = mpf(2) ** -1074
ONE, ZERO = mpf(1), mpf(0)
LEAK = mpf(0.01)  # the float


class Number:
    """A node: data, the bound of its error in floats, operands with the derivative by each.

    ``slopes`` are functions of the operands' data. ``kink`` says that the operation bends so near
    that rounding decides on which side it is.
    """

    __slots__ = ("data", "error", "kink", "operands", "slopes")

    def __init__(
        self,
        data: Any,
        error: Any = ZERO,
        operands: Sequence[Number] = (),
        slopes: Sequence[Callable[..., Any] | None] = (),
        kink: bool = False,
    ) -> None:
        self.data, self.error = mpf(data), mpf(error)
        self.operands, self.slopes, self.kink = operands, slopes, kink

    def __add__(self, other: Any) -> Number:
        return NotImplemented if isinstance(other, np.ndarray) else _sum(self, as_number(other), ONE)

    def __sub__(self, other: Any) -> Number:
        return NotImplemented if isinstance(other, np.ndarray) else _sum(self, as_number(other), -ONE)

    def __radd__(self, other: Any) -> Number:
        return as_number(other) + self

    def __rsub__(self, other: Any) -> Number:
        return as_number(other) - self

    def __mul__(self, other: Any) -> Number:
        return NotImplemented if isinstance(other, np.ndarray) else FUNCTIONS["mul"](self, other)

    def __rmul__(self, other: Any) -> Number:
        return FUNCTIONS["mul"](other, self)

    def __truediv__(self, other: Any) -> Number:
        return NotImplemented if isinstance(other, np.ndarray) else FUNCTIONS["div"](self, other)

    def __rtruediv__(self, other: Any) -> Number:
        return FUNCTIONS["div"](other, self)

    def __pow__(self, other: Any) -> Number:
        return FUNCTIONS["pow"](self, other)

    def __neg__(self) -> Number:
        return FUNCTIONS["neg"](self)


def as_number(operand: Any) -> Number:
    """The operand, or a constant."""
    return operand if isinstance(operand, Number) else Number(float(operand))


def _sum(a: Number, b: Number, sign: Any) -> Number:
    """a ± b. In another order of a long sum the partial sums are others, so the rounding is that of
    the terms, not of the result."""
    rounding = UNIT * (abs(a.data) + abs(b.data))
    error = a.error + b.error + rounding
    return Number(a.data + sign * b.data, error, (a, b), (None, None) if sign == ONE else (None, _minus_one))


def _minus_one(*_: Any) -> Any:
    return -ONE


def _smooth(f: Callable[..., Any], *slopes: Callable[..., Any]) -> Callable[..., Number]:
    """A function that has a derivative everywhere in its domain."""

    def function(*operands: Any) -> Number:
        nodes = tuple(map(as_number, operands))
        at = [node.data for node in nodes]
        y = f(*at)
        if not mp.isfinite(y) or isinstance(y, mp.mpc):
            raise ValueError("outside the domain")
        error = 4 * UNIT * abs(y) + TINY
        for i, (node, slope) in enumerate(zip(nodes, slopes, strict=True)):
            if node.error:
                steepest = max(abs(slope(*_moved(at, i, step))) for step in (0, node.error, -node.error))
                error += node.error * steepest
        return Number(y, error, nodes, slopes)

    return function


def _moved(at: Sequence[Any], i: int, step: Any) -> list[Any]:
    return [x + step if i == j else x for j, x in enumerate(at)]


def _chosen(
    side: Callable[..., Any], f: Callable[..., Any], *slopes: Callable[..., Any]
) -> Callable[..., Number]:
    """A function with a kink where ``side`` is 0."""
    smooth = _smooth(f, *slopes)

    def function(*operands: Any) -> Number:
        nodes = tuple(map(as_number, operands))
        y = smooth(*nodes)
        reach = 4 * sum((node.error for node in nodes), ZERO)
        y.kink = abs(side(*[node.data for node in nodes])) <= reach and any(node.error for node in nodes)
        return y

    return function


def _sign(x: Any) -> Any:
    return mpf(mp.sign(x))


def _step(x: Any) -> Any:
    return ONE if x > 0 else ZERO


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x)) if x > 0 else mp.exp(x) / (1 + mp.exp(x))


def _softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(-abs(x))) + max(x, ZERO)


def _log_of_power(x: Any, z: Any) -> Any:
    return x**z * mp.log(x) if x > 0 else ZERO


def _power_slope(x: Any, z: Any) -> Any:
    return z * x ** (z - 1) if z else ZERO


def _normal(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _sech_squared(x: Any) -> Any:
    return mp.sech(x) ** 2


def _silu_slope(x: Any) -> Any:
    s = _sigmoid(x)
    return s * (1 + x * (1 - s))


FUNCTIONS: dict[str, Callable[..., Number]] = {
    "mul": _smooth(lambda x, z: x * z, lambda x, z: z, lambda x, z: x),
    "div": _smooth(lambda x, z: x / z, lambda x, z: 1 / z, lambda x, z: -x / z / z),
    "pow": _smooth(lambda x, z: x**z, _power_slope, _log_of_power),
    "neg": _smooth(lambda x: -x, _minus_one),
    "sqrt": _smooth(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)) if x else mp.inf),
    "exp": _smooth(mp.exp, mp.exp),
    "log": _smooth(mp.log, lambda x: 1 / x),
    "log1p": _smooth(mp.log1p, lambda x: 1 / (1 + x)),
    "expm1": _smooth(mp.expm1, mp.exp),
    "sin": _smooth(mp.sin, mp.cos),
    "cos": _smooth(mp.cos, lambda x: -mp.sin(x)),
    "atan": _smooth(mp.atan, lambda x: 1 / (1 + x * x)),
    "acos": _smooth(mp.acos, lambda x: -1 / mp.sqrt(1 - x * x) if abs(x) < 1 else -mp.inf),
    "asinh": _smooth(mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x)),
    "tanh": _smooth(mp.tanh, _sech_squared),
    "cosh": _smooth(mp.cosh, mp.sinh),
    "erf": _smooth(mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "sigmoid": _smooth(_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    "softplus": _smooth(_softplus, _sigmoid),
    "silu": _smooth(lambda x: x * _sigmoid(x), _silu_slope),
    "gelu": _smooth(lambda x: x * mp.ncdf(x), lambda x: mp.ncdf(x) + x * _normal(x)),
    "hypot": _smooth(
        mp.hypot,
        lambda x, z: x / mp.hypot(x, z) if x or z else mp.nan,
        lambda x, z: z / mp.hypot(x, z) if x or z else mp.nan,
    ),
    "abs": _chosen(lambda x: x, abs, _sign),
    "relu": _chosen(lambda x: x, lambda x: max(x, ZERO), _step),
    "step": _chosen(lambda x: x, _step, lambda x: ZERO),
    "leaky_relu": _chosen(lambda x: x, lambda x: x if x > 0 else x * LEAK, lambda x: ONE if x > 0 else LEAK),
    "maximum": _chosen(
        lambda x, z: x - z,
        max,
        lambda x, z: (1 + _sign(x - z)) / 2,
        lambda x, z: (1 - _sign(x - z)) / 2,
    ),
    "minimum": _chosen(
        lambda x, z: x - z,
        min,
        lambda x, z: (1 - _sign(x - z)) / 2,
        lambda x, z: (1 + _sign(x - z)) / 2,
    ),
}


def clip(x: Any, low: float, high: float) -> Number:
    """x between low and high; the slope is 1 between and at them."""
    inside = _chosen(
        lambda v: min(abs(v - mpf(low)), abs(v - mpf(high))),
        lambda v: min(max(v, mpf(low)), mpf(high)),
        lambda v: ONE if low <= v <= high else ZERO,
    )
    return inside(x)


def detach(x: Any) -> Number:
    """x as a constant."""
    node = as_number(x)
    return Number(node.data, node.error)


def total(xs: Iterable[Any]) -> Any:
    """Σ xᵢ."""
    return reduce(lambda a, b: a + b, xs)


def logsumexp(xs: Iterable[Any]) -> Number:
    """log Σ exp xᵢ, with the errors of the stable form."""
    nodes = tuple(map(as_number, xs))
    largest = max(node.data for node in nodes)
    below = [mp.exp(node.data - largest) for node in nodes]
    weights = [power / sum(below) for power in below]
    y = largest + mp.log(sum(below))
    spread = [UNIT * 2 * (abs(node.data) + abs(largest)) for node in nodes]
    error = UNIT * (4 + len(nodes)) * (1 + abs(y)) + TINY
    error += sum(w * (node.error + s) for w, node, s in zip(weights, nodes, spread, strict=True))

    def slope(i: int) -> Callable[..., Any]:
        def derivative(*at: Any) -> Any:
            powers = [mp.exp(x - max(at)) for x in at]
            return powers[i] / sum(powers)

        return derivative

    return Number(y, error, nodes, [slope(i) for i in range(len(nodes))])


def log_softmax(xs: Sequence[Any]) -> list[Number]:
    """xᵢ - logsumexp x."""
    normaliser = logsumexp(xs)
    return [x - normaliser for x in xs]


def softmax(xs: Sequence[Any]) -> list[Number]:
    """exp(xᵢ) / Σ exp(xⱼ)."""
    return [FUNCTIONS["exp"](each) for each in log_softmax(xs)]


def namespace() -> dict[str, Any]:
    """What a program text finds: each function for one Number or an array of them."""

    def wide(f: Callable[..., Number]) -> Callable[..., Any]:
        def function(*operands: Any) -> Any:
            if not any(isinstance(each, np.ndarray) for each in operands):
                return f(*operands)
            return np.frompyfunc(f, len(operands), 1)(*operands)

        return function

    names: dict[str, Any] = {name: wide(f) for name, f in FUNCTIONS.items()}
    names |= {"detach": wide(detach), "logsumexp": logsumexp, "sum": total, "np": np}
    names["clip"] = lambda x, low, high: wide(lambda v: clip(v, low, high))(x)
    names["softmax"] = lambda xs: np.array(softmax(list(xs)), dtype=object)
    names["log_softmax"] = lambda xs: np.array(log_softmax(list(xs)), dtype=object)
    names["dot"] = lambda ws, xs: total([w * x for w, x in zip(ws, xs, strict=True)])
    return names


class Gradients:
    """∂output/∂node for every node, each with the bound of its error in floats."""

    def __init__(self, output: Number) -> None:
        order = _order(output)
        self.kinks = sum(node.kink for node in order)
        self.value: dict[Number, Any] = {output: ONE}
        self.error: dict[Number, Any] = {output: ZERO}
        for node in reversed(order):
            if node in self.value:
                self._pass_on(node)

    def _pass_on(self, node: Number) -> None:
        cotangent, error = self.value[node], self.error[node]
        at = [operand.data for operand in node.operands]
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            local, doubt = ONE, ZERO
            if slope is not None:
                local = slope(*at)
                doubt = 4 * UNIT * abs(local) + TINY
                for j, other in enumerate(node.operands):
                    if other.error:
                        doubt += _change(slope, at, j, other.error, local)
            part = cotangent * local
            self.value[operand] = self.value.get(operand, ZERO) + part
            self.error[operand] = (
                self.error.get(operand, ZERO)
                + abs(cotangent) * doubt
                + error * abs(local)
                + error * doubt
                + 2 * UNIT * abs(part)
                + TINY
            )


def _change(slope: Callable[..., Any], at: Sequence[Any], j: int, reach: Any, local: Any) -> Any:
    """How much a slope changes when operand j moves within its error."""
    changes = [ZERO]
    for step in (reach, -reach):
        with contextlib.suppress(ValueError, ZeroDivisionError):
            moved = slope(*_moved(at, j, step))
            changes.append(mp.inf if isinstance(moved, mp.mpc) else abs(moved - local))
    return max(changes)


def _order(output: Number) -> list[Number]:
    """Operands before what uses them."""
    order: list[Number] = []
    seen = {output}
    stack = [(output, iter(output.operands))]
    while stack:
        node, rest = stack[-1]
        for operand in rest:
            if operand not in seen:
                seen.add(operand)
                stack.append((operand, iter(operand.operands)))
                break
        else:
            order.append(node)
            stack.pop()
    return order
