"""What rules are applied to: a set of functions on one kind of operand, here floats and arrays.

Hand a rule of the table the namespace of floats and it computes a float. The other namespaces
lie beside their operands: Values in ``autodiff.transforms``, expressions in ``autodiff.formulas``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.engine.primitives import PRIMITIVES
from autodiff.engine.special import (
    GELU_PRIME,
    SINC_PRIME,
    ZERO_OF_SLOPE,
    gelu_slope,
    gelu_slopes,
    normal_pdf,
    normal_tail,
    normal_tail_of_float,
    sinc_second,
    sinc_slope,
)

__all__ = ["ARRAYS", "FLOATS", "Namespace"]


class Namespace:
    """A set of functions on one kind of operand.

    A namespace defines the primitives and inherits the composite functions (``sigmoid``, ``silu``, ...)
    from their rows.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        lacking = _lacking(name)
        if lacking:
            asked = "" if lacking == name else f", which {name!r} asks for"
            why = (
                "every namespace defines the primitives itself"
                if lacking in PRIMITIVES
                else "it is neither a primitive nor a row made of primitives"
            )
            raise AttributeError(f"{type(self).__name__} has no function {lacking!r}{asked}: {why}")
        forward = OPS[name].forward
        return lambda *operands: forward(self, *operands)

    def sech_squared(self, x: Any, y: Any) -> Any:
        """sech²(x), the slope of y = tanh(x); y serves namespaces that have a quicker way from there."""
        s = self.sech(x)
        return s * s

    def difference(self, x: Any, z: Any) -> Any:
        """x - z, or where that overflows another number of its sign, as much too large to matter."""
        return x - z

    def exponent_slope(self, x: Any, y: Any) -> Any:
        """y·log(x), the slope of y = xᶻ by z; namespaces may know a quicker way where there is none."""
        return self.xlogy(y, x)

    def hypot_slope(self, x: Any, z: Any, y: Any) -> Any:
        """x/√(x² + z²), the slope of y = hypot(x, z) by x; some divide by y, where it has its digits."""
        return self.direction(x, z)

    def over_squares(self, x: Any, z: Any) -> Any:
        """x/(x² + z²), the slope of atan2; namespaces may have a quicker way than the row inversion."""
        return self.inversion(x, z)

    def normal_tail(self, x: Any, factor: Any) -> Any:
        """factor·Φ(-|x|), with all digits; namespaces may have a quicker way."""
        return normal_tail(self, x, factor)

    def gelu_prime(self, x: Any, y: Any) -> Any:
        """gelu'(x) = Φ(x) + x·φ(x) of y = gelu(x); namespaces may know how to keep the digits that cancel."""
        return self.normal_cdf(x) + x * normal_pdf(self, x)

    def sinc_prime(self, x: Any, y: Any) -> Any:
        """sinc'(x) = (cos(πx) - y)/x of y = sinc(x), without the digits that this loses near 0."""
        return sinc_slope(self, x)

    def sinc_second(self, x: Any, y: Any) -> Any:
        """sinc''(x) = -π²·sinc(x) - 2·y/x, where y = sinc'(x), likewise."""
        return sinc_second(self, x)


def _lacking(name: str, above: tuple[str, ...] = ()) -> str:
    """The function for want of which a namespace cannot have ``name`` from its row, or ``""``.

    That is the name itself where it is a primitive or no row, and where its rule asks for itself.
    """
    if name in PRIMITIVES or name not in OPS or name in above:
        return name
    for asked in OPS[name].functions:
        if asked not in PRIMITIVES and not hasattr(Namespace, asked):
            lacking = _lacking(asked, (*above, name))
            if lacking:
                return lacking
    return ""


_cbrt = math.cbrt if sys.version_info >= (3, 11) else np.cbrt


def _gelu_prime(x: float, y: float) -> float:
    return gelu_slope(x) if -36.0 < x < 36.0 else float(Namespace.gelu_prime(FLOATS, x, y))


def _sinc_prime(x: float, y: float) -> float:
    return (Floats.cos_pi(x) - y) / x


class Floats(Namespace):
    """Functions on Python floats. Python's own errors mark what is outside a domain."""

    exp = staticmethod(math.exp)
    expm1 = staticmethod(math.expm1)
    log = staticmethod(math.log)
    log1p = staticmethod(math.log1p)
    log2 = staticmethod(math.log2)
    log10 = staticmethod(math.log10)
    sqrt = staticmethod(math.sqrt)
    hypot = staticmethod(math.hypot)
    abs = staticmethod(math.fabs)
    sin = staticmethod(math.sin)
    cos = staticmethod(math.cos)
    tan = staticmethod(math.tan)
    asin = staticmethod(math.asin)
    acos = staticmethod(math.acos)
    atan = staticmethod(math.atan)
    atan2 = staticmethod(math.atan2)
    sinh = staticmethod(math.sinh)
    cosh = staticmethod(math.cosh)
    tanh = staticmethod(math.tanh)
    asinh = staticmethod(math.asinh)
    acosh = staticmethod(math.acosh)
    atanh = staticmethod(math.atanh)
    erf = staticmethod(math.erf)
    erfc = staticmethod(math.erfc)

    @staticmethod
    def cbrt(x: float) -> float:
        """∛x by C, whose error of about 1 ulp a step of Newton's rule makes half."""
        y = float(_cbrt(x))
        return y - (y - x / (y * y)) / 3.0 if y else x

    @staticmethod
    def sin_pi(x: float) -> float:
        """sin(πx), with all its digits next to whole numbers too."""
        r = math.remainder(x, 2.0)
        return math.sin(math.pi * (r if abs(r) <= 0.5 else math.copysign(1.0, r) - r))

    @staticmethod
    def cos_pi(x: float) -> float:
        """cos(πx)"""
        return math.sin(math.pi * (0.5 - abs(math.remainder(x, 2.0))))

    @staticmethod
    def hypot_slope(x: float, z: float, y: float) -> float:
        """x/y, where y has all its digits."""
        return x / y if y > 1e-290 else float(FLOATS.direction(x, z))

    @staticmethod
    def over_squares(x: float, z: float) -> float:
        """x/(x² + z²), by the table's rule where the squares leave the range of floats."""
        square = x * x + z * z
        if 1e-290 < square < 1e290:
            return x / square
        return float(FLOATS.inversion(x, z))

    @staticmethod
    def normal_tail(x: float, factor: float) -> float:
        """factor·Φ(-|x|) by C's erfc."""
        if -36.0 < x < 36.0:
            return normal_tail_of_float(x) * factor
        return float(normal_tail(FLOATS, x, factor))

    @staticmethod
    def exponent_slope(x: float, y: float) -> float:
        """y·log(x); nan for a negative x, whose squares are common: to raise an error would cost far more."""
        return Floats.xlogy(y, x) if x >= 0.0 or y == 0.0 else math.nan

    gelu_prime = staticmethod(
        eval(f"lambda x, y: {GELU_PRIME.format('x', 'y')}", {"exp_": math.exp, "gelu_prime_": _gelu_prime})
    )
    sinc_prime = staticmethod(
        eval(
            f"lambda x, y: {SINC_PRIME.format('x', 'y')}",
            {"sin_": math.sin, "fabs": math.fabs, "sinc_prime_": _sinc_prime},
        )
    )

    @staticmethod
    def pow(x: float, z: float) -> float:
        y = x**z
        if isinstance(y, complex):
            raise ValueError("a negative number to a fractional power is not real")
        return float(y)

    @staticmethod
    def maximum(x: float, z: float) -> float:
        return x if x > z else z

    @staticmethod
    def minimum(x: float, z: float) -> float:
        return x if x < z else z

    @staticmethod
    def sign(x: float) -> float:
        return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0

    @staticmethod
    def step(x: float) -> float:
        return 1.0 if x > 0.0 else 0.0

    @staticmethod
    def choose(c: float, a: float, b: float) -> float:
        return a if c > 0.0 else b

    @staticmethod
    def xlogy(y: float, x: float) -> float:
        """y·log(x), 0 where y = 0."""
        return 0.0 if y == 0.0 else y * math.log(x)

    @staticmethod
    def power_slope(x: float, z: float) -> float:
        """z·xᶻ⁻¹, 0 where z = 0."""
        if z == 0.0:
            return 0.0
        if abs(z) < 0.5 and x != 0.0:  # z - 1 would be rounded
            y = Floats.pow(x, z)
            return z / x * y if abs(z) < 1e-3 and abs(x) < 1.0 else z * (y / x)
        if x < 0.0 and abs(z) >= 2.0**53:  # so are all these: z is even, z - 1 is not
            return -z * Floats.pow(-x, z - 1.0)
        return z * Floats.pow(x, z - 1.0)


class Arrays(Namespace):
    """Functions on float arrays. ``np.errstate`` decides what happens outside a domain."""

    cbrt = np.cbrt
    exp = np.exp
    expm1 = np.expm1
    log = np.log
    log1p = np.log1p
    log2 = np.log2
    log10 = np.log10
    sqrt = np.sqrt
    hypot = np.hypot
    pow = np.power
    abs = np.abs
    sin = np.sin
    cos = np.cos
    tan = np.tan
    asin = np.arcsin
    acos = np.arccos
    atan = np.arctan
    atan2 = np.arctan2
    sinh = np.sinh
    cosh = np.cosh
    tanh = np.tanh
    asinh = np.arcsinh
    acosh = np.arccosh
    atanh = np.arctanh
    maximum = np.maximum
    minimum = np.minimum
    sign = np.sign

    @staticmethod
    def erf(x: Any) -> Any:
        return np.asarray(np.frompyfunc(math.erf, 1, 1)(x), dtype=np.float64)

    @staticmethod
    def erfc(x: Any) -> Any:
        return np.asarray(np.frompyfunc(math.erfc, 1, 1)(x), dtype=np.float64)

    @staticmethod
    def sin_pi(x: Any) -> Any:
        """sin(πx), with all its digits next to whole numbers too."""
        r = np.fmod(x, 2.0)
        r = np.where(np.greater(np.abs(r), 1.0), r - np.copysign(2.0, r), r)
        return np.sin(math.pi * np.where(np.greater(np.abs(r), 0.5), np.copysign(1.0, r) - r, r))

    @staticmethod
    def cos_pi(x: Any) -> Any:
        """cos(πx)"""
        r = np.abs(np.fmod(x, 2.0))
        r = np.where(np.greater(r, 1.0), 2.0 - r, r)
        return np.sin(math.pi * (0.5 - r))

    @staticmethod
    def gelu_prime(x: Any, y: Any) -> Any:
        """gelu'(x), with all its digits next to its zero, where the table's rule cancels."""
        slope = np.asarray(Namespace.gelu_prime(ARRAYS, x, y))
        near = np.less(np.abs(np.subtract(x, ZERO_OF_SLOPE[0])), 0.1)
        if np.any(near):
            slope[near] = gelu_slopes(np.asarray(x, dtype=np.float64)[near])
        return slope

    @staticmethod
    def step(x: Any) -> Any:
        return np.heaviside(x, 0.0)

    @staticmethod
    def choose(c: Any, a: Any, b: Any) -> Any:
        return np.where(np.greater(c, 0.0), a, b)

    @staticmethod
    def xlogy(y: Any, x: Any) -> Any:
        """y·log(x), 0 where y = 0."""
        return y * np.log(np.where(np.equal(y, 0.0), 1.0, x))

    @staticmethod
    def power_slope(x: Any, z: Any) -> Any:
        """z·xᶻ⁻¹, 0 where z = 0."""
        slope = z * np.power(np.where(np.equal(z, 0.0), 1.0, x), z - 1.0)
        slope = np.where(np.less(x, 0.0) & (np.abs(z) >= 2.0**53), -slope, slope)  # z - 1 was rounded
        small = (np.abs(z) < 0.5) & np.not_equal(x, 0.0)
        if np.any(small):
            power = np.power(x, z)
            tiny = (np.abs(z) < 1e-3) & (np.abs(x) < 1.0)
            slope = np.where(small, np.where(tiny, z / x * power, z * (power / x)), slope)
        return slope


FLOATS = Floats()
ARRAYS = Arrays()
for _namespace in (FLOATS, ARRAYS):  # composite functions are bound once, not made anew on every use
    inherited = {*OPS, *PRIMITIVES}.difference(vars(type(_namespace)))
    vars(_namespace).update({name: getattr(_namespace, name) for name in inherited})
