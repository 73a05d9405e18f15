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
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
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
from autodiff.engine.special import gelu, normal_cdf, normal_pdf, sinc
from autodiff.engine.tracing import functions_of, is_number

__all__ = ["OPS", "Op"]

TWO_OVER_SQRT_PI = 1.1283791670955126
LOG2_E, LOG10_E = 1.4426950408889634, 0.4342944819032518
SMALLEST = 5e-324  # positive float


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
        flat: ``flat(m, x, y)`` or ``flat(m, x, z, y)``, for each operand 1 where the result does not
            depend on it, and else 0; None where no operand is ever without influence.
        mask: whether its 0 means that what it is multiplied by does not count.
    """

    name: str
    symbol: str
    forward: Callable[..., Any]
    partials: Callable[..., tuple[Any, ...]]
    notation: Notation = AS_A_CALL
    defaults: tuple[float, ...] = ()
    flat: Callable[..., tuple[Any, ...]] | None = None
    mask: bool = False

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
    def product(self) -> bool:
        """Whether the operation is the product of its two operands."""
        x, z = object(), object()
        return self.arity == 2 and self.notation is TIMES and self.partials(None, x, z, None) == (z, x)

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
        """Copies and pickles hold a row of the table by its name, and any other by its parts: a rule of
        one's own must not come back as the table's, even if it has the name of one."""
        if OPS.get(self.name) is self:
            return _row, (self.name,)
        return Op, tuple(getattr(self, part.name) for part in fields(self))


def _row(name: str) -> Op:
    if name not in OPS:
        raise LookupError(f"this pickle holds the operation {name!r}, of which the table has no row here")
    return OPS[name]


def _pow_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.power_slope(x, z), m.exponent_slope(x, y)


def _asin_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (1.0 / m.sqrt((1.0 - x) * (1.0 + x)),)


def _acos_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (-1.0 / m.sqrt((1.0 - x) * (1.0 + x)),)


def _hypot_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.hypot_slope(x, z, y), m.hypot_slope(z, x, y)


def _direction(m: Any, x: Any, z: Any) -> Any:
    size = m.maximum(m.maximum(m.abs(x), m.abs(z)), SMALLEST)
    x, z = x / size, z / size  # in [-1, 1], so that nothing overflows below, and no digits get lost
    return x / m.maximum(m.hypot(x, z), 0.5)  # where both are 0 the direction is 0


def _direction_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.direction(z, x) * m.inversion(z, x), -y * m.inversion(z, x)


def _inversion(m: Any, x: Any, z: Any) -> Any:
    size = m.maximum(m.abs(x), m.abs(z))
    x, z = x / size, z / size
    return x / (x * x + z * z) / size


def _inversion_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    other = m.inversion(z, x)
    return other * other - y * y, -2.0 * y * other


def _atan2_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.over_squares(z, x), -m.over_squares(x, z)


def _xlogy_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    known = m.step(m.maximum(m.abs(x), z))  # PyTorch's choice: the slope by x is 0 where x = z = 0
    return m.xlogy(known, z), x / m.choose(known, z, 1.0)


def _sech(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))
    return 2.0 * e / (1.0 + e * e)


def _sech_second(m: Any, x: Any, y: Any) -> tuple[Any]:
    s, t = m.sech(x), m.tanh(x)
    return (s * ((t - s) * (t + s)),)


def _acosh_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (1.0 / (m.sqrt(x - 1.0) * m.sqrt(x + 1.0)),)


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # in (0, 1], so nothing overflows on either side
    return m.choose(x, 1.0, e) / (1.0 + e)


def _softplus(m: Any, x: Any) -> Any:
    return m.maximum(x, 0.0) + m.log1p(m.exp(-m.abs(x)))


def _logaddexp(m: Any, x: Any, z: Any) -> Any:
    return m.maximum(x, z) + m.log1p(m.exp(-m.abs(m.difference(x, z))))


def _logaddexp_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.sigmoid(m.difference(x, z)), m.sigmoid(m.difference(z, x))


def _leaky_relu(m: Any, x: Any, z: Any) -> Any:
    return m.choose(x, x, z * x)


def _leaky_relu_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.choose(x, 1.0, z), m.at_most(x, 0.0)


def _elu(m: Any, x: Any, z: Any) -> Any:
    return m.choose(x, x, z * m.expm1(m.minimum(x, 0.0)))


def _elu_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    below = m.at_most(x, 0.0)  # not minimum: at 0 all slopes are those of the side below
    return m.choose(x, 1.0, z * m.exp(below)), m.expm1(below)


def _silu(m: Any, x: Any) -> Any:
    h = m.exp(-0.5 * m.abs(x))  # half the exponent twice: x·e⁻ˣ stays exact into the subnormals
    return m.choose(x, x, x * h * h) / (1.0 + h * h)


def _silu_partial(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (m.sigmoid(x) * (1.0 + x * m.sigmoid(-x)),)


def _silu_second(m: Any, x: Any, y: Any) -> tuple[Any]:
    a = m.abs(x)  # it is even; 2 - a·tanh(a/2), written so that it keeps its digits where that is near 0
    return (m.sigmoid_slope(a) * (2.0 - a + a * (2.0 * m.sigmoid(-a))),)


def _gelu_second(m: Any, x: Any, y: Any) -> tuple[Any]:
    a = m.minimum(m.abs(x), 40.0)
    return (normal_pdf(m, a) * (2.0 - a * a),)


def _max_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    s = m.sign(m.difference(x, z))
    return 0.5 + 0.5 * s, 0.5 - 0.5 * s


def _min_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    s = m.sign(m.difference(x, z))
    return 0.5 - 0.5 * s, 0.5 + 0.5 * s


def _at_least_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    below = m.step(m.difference(z, x))
    return 1.0 - below, below


def _at_most_partials(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    above = m.step(m.difference(x, z))
    return 1.0 - above, above


MAX, MIN = typeset(r"\max\left({}, {}\right)"), typeset(r"\min\left({}, {}\right)")
CUBE_ROOT = typeset(r"\sqrt[3]{{{}}}")
ARCTAN = typeset(r"\arctan\left({}\right)")
LOG_2, LOG_10 = typeset(r"\log_2\left({}\right)"), typeset(r"\log_{{10}}\left({}\right)")
SIN_PI, COS_PI = typeset(r"\sin\left(\pi {}\right)"), typeset(r"\cos\left(\pi {}\right)")


def _max_flat(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.step(m.difference(z, x)), m.step(m.difference(x, z))


def _min_flat(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return m.step(m.difference(x, z)), m.step(m.difference(z, x))


def _at_least_flat(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    below = m.step(m.difference(z, x))
    return below, 1.0 - below


def _at_most_flat(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    above = m.step(m.difference(x, z))
    return above, 1.0 - above


def _always(m: Any, x: Any, y: Any) -> tuple[float]:
    return (1.0,)


def _relu_flat(m: Any, x: Any, y: Any) -> tuple[Any]:
    return (1.0 - m.step(x),)


def _elu_flat(m: Any, x: Any, z: Any, y: Any) -> tuple[Any, Any]:
    return 0.0, m.step(x)


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
    Op("hypot", "hypot", lambda m, x, z: m.hypot(x, z), _hypot_partials),
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
    Op("atan", "atan", lambda m, x: m.atan(x), lambda m, x, y: (m.over_squares(1.0, x),), ARCTAN),
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
    Op("relu", "relu", lambda m, x: m.maximum(x, 0.0), lambda m, x, y: (m.step(x),), flat=_relu_flat),
    Op("leaky_relu", "leaky relu", _leaky_relu, _leaky_relu_partials, defaults=(0.01,), flat=_elu_flat),
    Op("elu", "elu", _elu, _elu_partials, defaults=(1.0,), flat=_elu_flat),
    Op("silu", "silu", _silu, _silu_partial),
    Op("gelu", "gelu", gelu, lambda m, x, y: (m.gelu_prime(x, y),)),
    # piecewise
    Op("maximum", "max", lambda m, x, z: m.maximum(x, z), _max_partials, MAX, flat=_max_flat),
    Op("minimum", "min", lambda m, x, z: m.minimum(x, z), _min_partials, MIN, flat=_min_flat),
    Op("at_least", "at least", lambda m, x, z: m.maximum(x, z), _at_least_partials, flat=_at_least_flat),
    Op("at_most", "at most", lambda m, x, z: m.minimum(x, z), _at_most_partials, flat=_at_most_flat),
    Op("sign", "sign", lambda m, x: m.sign(x), lambda m, x, y: (0.0,), flat=_always),
    Op("detach", "detach", lambda m, x: x, lambda m, x, y: (0.0,), flat=_always),
    Op("step", "step", lambda m, x: m.step(x), lambda m, x, y: (0.0,), flat=_always, mask=True),
    # special functions, some of them slopes of the above
    Op("direction", "direction", _direction, _direction_partials),
    Op("inversion", "inversion", _inversion, _inversion_partials),
    Op("cbrt", "∛", lambda m, x: m.cbrt(x), lambda m, x, y: (1.0 / (3.0 * y * y),), CUBE_ROOT),
    Op("log2", "log₂", lambda m, x: m.log2(x), lambda m, x, y: (LOG2_E / x,), LOG_2),
    Op("log10", "log₁₀", lambda m, x: m.log10(x), lambda m, x, y: (LOG10_E / x,), LOG_10),
    Op("xlogy", "x log y", lambda m, x, z: m.xlogy(x, z), _xlogy_partials),
    Op("sin_pi", "sin π", lambda m, x: m.sin_pi(x), lambda m, x, y: (math.pi * m.cos_pi(x),), SIN_PI),
    Op("cos_pi", "cos π", lambda m, x: m.cos_pi(x), lambda m, x, y: (-math.pi * m.sin_pi(x),), COS_PI),
    Op("sinc", "sinc", sinc, lambda m, x, y: (m.sinc_prime(x, y),)),
    Op("logsigmoid", "log σ", lambda m, x: -m.softplus(-x), lambda m, x, y: (m.sigmoid(-x),)),
    Op("logaddexp", "logaddexp", _logaddexp, _logaddexp_partials),
)



def _slope(name: str, partials: Callable[..., tuple[Any, ...]]) -> Op:
    """The slope of a row of one operand as a row of its own: that of σ is sigmoid_slope, drawn σ′."""
    row = next(row for row in _ROWS if row.name == name)

    def forward(m: Any, x: Any) -> Any:
        return row.partials(m, x, row.forward(m, x))[0]

    return Op(f"{name}_slope", f"{row.symbol}′", forward, partials)


# The slopes of slopes where differentiating the rule above would cancel digits: y is the slope.
_SLOPES = (
    _slope("cbrt", lambda m, x, y: (-2.0 / 3.0 * y / x,)),
    _slope("asin", lambda m, x, y: (x * y * y * y,)),
    _slope("acos", lambda m, x, y: (x * y * y * y,)),
    _slope("atan", lambda m, x, y: (-2.0 * (x * y) * y,)),
    _slope("sinc", lambda m, x, y: (m.sinc_second(x, y),)),
    _slope("sech", _sech_second),
    _slope("atanh", lambda m, x, y: (2.0 * x * y * y,)),
    _slope("erf", lambda m, x, y: (-2.0 * (x * y),)),
    _slope("erfc", lambda m, x, y: (-2.0 * (x * y),)),
    _slope("normal_cdf", lambda m, x, y: (-x * y,)),
    _slope("sigmoid", lambda m, x, y: (-y * m.tanh(0.5 * x),)),
    _slope("silu", _silu_second),
    _slope("gelu", _gelu_second),
)
# fmt: on


class Table(dict[str, Op]):
    """Rows by their names."""

    def __missing__(self, name: str) -> Op:
        raise LookupError(
            f"no operation {name!r} is in the table, though a graph has it: a row of one's own that was "
            "removed, as at the end of its with block; add it again with autodiff.operation, or work inside "
            "the block"
        )


OPS = Table({row.name: row for row in (*_ROWS, *_SLOPES)})
