"""The table of operations: one row per primitive, the single source for every interpreter.

A row states its rule against a *namespace* ``m`` of functions instead of against floats.
Hand it the namespace of floats and it computes; of Values and it records a graph; of arrays
and it runs a lifted program; of expressions and it prints itself. Adding an operation means
adding a row; labels, methods, functions, every interpreter and the property tests follow.

Reading a rule: ``x`` and ``z`` are the operands, ``y`` is the result. ``partials`` returns
``(∂y/∂x,)`` or ``(∂y/∂x, ∂y/∂z)``. ``m.choose(c, a, b)`` is *a where c > 0, else b*.

Two conventions decide how rules are written.

* Kinks follow PyTorch: relu'(0) = abs'(0) = 0, a tie in maximum or minimum splits evenly.
* A rule must be accurate wherever its function is, also where the textbook form cancels:
  1 - tanh² loses every digit at x = 20, so its row says sech², which is the same number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autodiff.engine.notation import (
    ABSOLUTE,
    AS_A_CALL,
    EXPONENTIAL,
    MINUS,
    NEGATIVE,
    OVER,
    PLUS,
    TIMES,
    TO_THE,
    Notation,
    typeset,
)
from autodiff.engine.special import gelu, normal_cdf, normal_pdf
from autodiff.engine.tracing import functions_of, is_number

__all__ = ["OPS", "Op"]

TWO_OVER_SQRT_PI = 1.1283791670955126


@dataclass(frozen=True)
class Op:
    """One primitive operation.

    Attributes:
        name: what ``Value.op`` says, and the name of the function and the method.
        symbol: what stands for the operation in a picture of a graph.
        forward: ``forward(m, x)`` or ``forward(m, x, z)``, the value y.
        partials: ``partials(m, x, y)`` or ``partials(m, x, z, y)``, one derivative an operand.
        notation: how it is written, if not as a call of its name.
        defaults: values of trailing operands that a caller may leave out.
    """

    name: str
    symbol: str
    forward: Callable[..., Any]
    partials: Callable[..., tuple[Any, ...]]
    notation: Notation = AS_A_CALL
    defaults: tuple[float, ...] = ()

    @cached_property
    def arity(self) -> int:
        """Number of operands, read off the forward rule (its first parameter is ``m``)."""
        return len(inspect.signature(self.forward).parameters) - 1

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Names of the functions that the forward rule asks a namespace for."""
        names, _ = functions_of(self.forward, self.arity)
        return names

    @cached_property
    def linear(self) -> tuple[float, ...]:
        """The coefficients c of an operation y = Σ cᵢ·operandᵢ; empty for all others.

        >>> OPS["sub"].linear, OPS["mul"].linear
        ((1.0, -1.0), ())
        """
        _, coefficients = functions_of(self.partials, self.arity + 1)
        if self.functions or not all(map(is_number, coefficients)) or not any(coefficients):
            return ()
        for probe in ((1.25, 0.5), (-0.75, 2.0)):  # arithmetic alone, so it needs no namespace
            operands = probe[: self.arity]
            if self.forward(None, *operands) != sum(c * x for c, x in zip(coefficients, operands)):
                return ()  # such as x + 1, or a gradient that is reversed on purpose
        return tuple(map(float, coefficients))

    def __reduce__(self) -> tuple[Any, ...]:
        return _row, (self.name,)  # copies and pickles of a model hold the rows of this table


def _row(name: str) -> Op:
    return OPS[name]


def _pow_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.xpow(z, x, z - 1.0), m.xlogy(y, x)


def _asin_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (1.0 / m.sqrt((1.0 - x) * (1.0 + x)),)


def _acos_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (-1.0 / m.sqrt((1.0 - x) * (1.0 + x)),)


def _atan_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (1.0 / (1.0 + x * x),)


def _atan2_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    r = m.hypot(x, z)
    return z / r / r, -x / r / r


def _sech(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))
    return 2.0 * e / (1.0 + e * e)


def _acosh_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (1.0 / (m.sqrt(x - 1.0) * m.sqrt(x + 1.0)),)


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # in (0, 1], so nothing overflows on either side
    return m.choose(x, 1.0, e) / (1.0 + e)


def _softplus(m: Any, x: Any) -> Any:
    return m.maximum(x, 0.0) + m.log1p(m.exp(-m.abs(x)))


def _leaky_relu(m: Any, x: Any, z: Any) -> Any:
    return m.choose(x, x, z * x)


def _leaky_relu_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.choose(x, 1.0, z), m.minimum(x, 0.0)


def _elu(m: Any, x: Any, z: Any) -> Any:
    return m.choose(x, x, z * m.expm1(m.minimum(x, 0.0)))


def _elu_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    below = m.minimum(x, 0.0)
    return m.choose(x, 1.0, z * m.exp(below)), m.expm1(below)


def _silu(m: Any, x: Any) -> Any:
    h = m.exp(-0.5 * m.abs(x))  # half the exponent twice: x·e⁻ˣ stays exact into the subnormals
    return m.choose(x, x, x * h * h) / (1.0 + h * h)


def _silu_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (m.sigmoid(x) * (1.0 + x * m.sigmoid(-x)),)


def _max_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    s = m.sign(x - z)
    return 0.5 + 0.5 * s, 0.5 - 0.5 * s


def _min_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    s = m.sign(x - z)
    return 0.5 - 0.5 * s, 0.5 + 0.5 * s


def _at_least_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    below = m.step(z - x)
    return 1.0 - below, below


def _at_most_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    above = m.step(x - z)
    return 1.0 - above, above


# fmt: off
_ROWS = (
    # arithmetic
    Op("add", "+", lambda m, x, z: x + z, lambda m, x, z, y: (1.0, 1.0), PLUS),
    Op("sub", "−", lambda m, x, z: x - z, lambda m, x, z, y: (1.0, -1.0), MINUS),
    Op("mul", "×", lambda m, x, z: x * z, lambda m, x, z, y: (z, x), TIMES),
    Op("div", "÷", lambda m, x, z: x / z, lambda m, x, z, y: (1.0 / z, -y / z), OVER),
    Op("pow", "^", lambda m, x, z: m.pow(x, z), _pow_partials, TO_THE),
    Op("neg", "−", lambda m, x: -x, lambda m, x, y: (-1.0,), NEGATIVE),
    Op("abs", "|·|", lambda m, x: m.abs(x), lambda m, x, y: (m.sign(x),), ABSOLUTE),
    Op("sqrt", "√", lambda m, x: m.sqrt(x), lambda m, x, y: (0.5 / y,), typeset(r"\sqrt{{{}}}")),
    Op("hypot", "hypot", lambda m, x, z: m.hypot(x, z), lambda m, x, z, y: (x / y, z / y)),
    # exponentials and logarithms
    Op("exp", "exp", lambda m, x: m.exp(x), lambda m, x, y: (y,), EXPONENTIAL),
    Op("expm1", "expm1", lambda m, x: m.expm1(x), lambda m, x, y: (m.exp(x),)),
    Op("log", "log", lambda m, x: m.log(x), lambda m, x, y: (1.0 / x,), typeset(r"\ln\left({}\right)")),
    Op("log1p", "log1p", lambda m, x: m.log1p(x), lambda m, x, y: (1.0 / (1.0 + x),)),
    # trigonometric functions, angles in radians
    Op("sin", "sin", lambda m, x: m.sin(x), lambda m, x, y: (m.cos(x),)),
    Op("cos", "cos", lambda m, x: m.cos(x), lambda m, x, y: (-m.sin(x),)),
    Op("tan", "tan", lambda m, x: m.tan(x), lambda m, x, y: (1.0 + y * y,)),
    Op("asin", "asin", lambda m, x: m.asin(x), _asin_partial, typeset(r"\arcsin\left({}\right)")),
    Op("acos", "acos", lambda m, x: m.acos(x), _acos_partial, typeset(r"\arccos\left({}\right)")),
    Op("atan", "atan", lambda m, x: m.atan(x), _atan_partial, typeset(r"\arctan\left({}\right)")),
    Op("atan2", "atan2", lambda m, x, z: m.atan2(x, z), _atan2_partials),
    # hyperbolic functions
    Op("sinh", "sinh", lambda m, x: m.sinh(x), lambda m, x, y: (m.cosh(x),)),
    Op("cosh", "cosh", lambda m, x: m.cosh(x), lambda m, x, y: (m.sinh(x),)),
    Op("tanh", "tanh", lambda m, x: m.tanh(x), lambda m, x, y: (m.sech_squared(x, y),)),
    Op("sech", "sech", _sech, lambda m, x, y: (-y * m.tanh(x),)),
    Op("asinh", "asinh", lambda m, x: m.asinh(x), lambda m, x, y: (1.0 / m.hypot(1.0, x),)),
    Op("acosh", "acosh", lambda m, x: m.acosh(x), _acosh_partial),
    Op("atanh", "atanh", lambda m, x: m.atanh(x), lambda m, x, y: (1.0 / ((1.0 - x) * (1.0 + x)),)),
    # the error function and the normal distribution
    Op("erf", "erf", lambda m, x: m.erf(x), lambda m, x, y: (TWO_OVER_SQRT_PI * m.exp(-x * x),)),
    Op("erfc", "erfc", lambda m, x: m.erfc(x), lambda m, x, y: (-TWO_OVER_SQRT_PI * m.exp(-x * x),)),
    Op("normal_cdf", "Φ", normal_cdf, lambda m, x, y: (normal_pdf(m, x),), typeset(r"\Phi\left({}\right)")),
    # activations
    Op("sigmoid", "σ", _sigmoid, lambda m, x, y: (y * m.sigmoid(-x),), typeset(r"\sigma\left({}\right)")),
    Op("softplus", "softplus", _softplus, lambda m, x, y: (m.sigmoid(x),)),
    Op("relu", "relu", lambda m, x: m.maximum(x, 0.0), lambda m, x, y: (m.step(x),)),
    Op("leaky_relu", "leaky relu", _leaky_relu, _leaky_relu_partials, defaults=(0.01,)),
    Op("elu", "elu", _elu, _elu_partials, defaults=(1.0,)),
    Op("silu", "silu", _silu, _silu_partial),
    Op("gelu", "gelu", gelu, lambda m, x, y: (m.normal_cdf(x) + x * normal_pdf(m, x),)),
    # piecewise
    Op("maximum", "max", lambda m, x, z: m.maximum(x, z), _max_partials, typeset(r"\max\left({}, {}\right)")),
    Op("minimum", "min", lambda m, x, z: m.minimum(x, z), _min_partials, typeset(r"\min\left({}, {}\right)")),
    Op("at_least", "at least", lambda m, x, z: m.maximum(x, z), _at_least_partials),
    Op("at_most", "at most", lambda m, x, z: m.minimum(x, z), _at_most_partials),
    Op("sign", "sign", lambda m, x: m.sign(x), lambda m, x, y: (0.0,)),
    Op("detach", "detach", lambda m, x: x, lambda m, x, y: (0.0,)),
    Op("step", "step", lambda m, x: m.step(x), lambda m, x, y: (0.0,)),
)
# fmt: on

OPS: dict[str, Op] = {row.name: row for row in _ROWS}
