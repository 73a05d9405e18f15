"""The normal distribution's functions and sinc, written against a namespace like the rules in ``ops``."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

__all__ = [
    "SWITCH",
    "ZERO_OF_SLOPE",
    "gelu",
    "gelu_slope",
    "gelu_slopes",
    "normal_cdf",
    "normal_pdf",
    "normal_tail",
    "normal_tail_of_float",
    "sinc",
    "sinc_second",
    "sinc_slope",
    "sinc_slope_of_float",
]

INV_SQRT_2PI = 0.3989422804014327

STEP = 41 / 64
NODES = tuple(
    (STEP / math.pi * math.exp(-q * q / 2), q * q) for q in ((n + 0.5) * STEP for n in reversed(range(14)))
)


def normal_pdf(m: Any, x: Any) -> Any:
    """φ(x) = exp(-x²/2) / √(2π), the standard normal density."""
    return INV_SQRT_2PI * m.exp(-0.5 * x * x)


def normal_cdf(m: Any, x: Any) -> Any:
    """Φ(x), the standard normal distribution function."""
    tail = m.normal_tail(x, 1.0)
    return m.choose(x, 1.0 - tail, tail)


def gelu(m: Any, x: Any) -> Any:
    """gelu(x) = x·Φ(x), the exact form (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""
    tail = m.normal_tail(x, x)
    return m.choose(x, x - tail, tail)


def normal_tail(m: Any, x: Any, factor: Any) -> Any:
    """factor·Φ(-a) for a = |x|, without the digits that Φ(-a) = erfc(a/√2)/2 loses far out, where
    the rounding of a/√2 is magnified a² times.

    Φ(-a) = 1/π · ∫₀^∞ a/(q² + a²) · exp(-(q² + a²)/2) dq, by the midpoint rule, whose error falls
    like exp(-2π²/step²), here to 1e-21, once the pole at q = ia is accounted for (Chiarella &
    Reichel 1968, On the Evaluation of Integrals Related to the Error Function, Math. Comp. 22).
    All terms are positive, so nothing cancels.
    """
    a = m.maximum(m.minimum(m.abs(x), 40.0), 1e-300)  # Φ(-40) is less than any float
    smooth = 0.0
    for weight, q2 in NODES:
        smooth = smooth + weight / (a + q2 / a)
    pole = 1.0 / (1.0 + m.exp(2.0 * math.pi / STEP * a))
    # exp(-a²/2) in two parts: h has the first half of a's digits (Veltkamp), so that h² is exact.
    h = 134217729.0 * a - (134217729.0 * a - a)
    gauss = m.exp(-0.5 * h * h)
    gauss = gauss + gauss * m.expm1(-0.5 * (a - h) * (a + h))
    return smooth * factor * gauss + factor * m.choose(2.0 * math.pi / STEP - a, pole, 0.0)


def normal_tail_of_float(x: float) -> float:
    """Φ(-a) = erfc(a/√2)/2 for a = |x| < 36.

    The rounding of z = a/√2, exact - z, which is magnified a² times, is made good by the slope of erfc. It is
    (a²/2 - z²)/(2z), with the squares in twice the digits (Dekker 1971, A Floating-Point Technique for
    Extending the Available Precision, Numer. Math. 18).
    """
    a = x if x > 0.0 else -x
    z = 0.7071067811865476 * a
    if a < 1.0:
        return 0.5 * math.erfc(z)  # where it is magnified less than once
    p = 134217729.0 * a
    h = p - (p - a)
    p = 134217729.0 * z
    g = p - (p - z)
    i, k = a - h, z - g  # h and g are the first halves of the digits, i and k the others
    rest = (0.5 * (h * h) - g * g) + (h * i - 2.0 * (g * k)) + (0.5 * (i * i) - k * k)
    return 0.5 * math.erfc(z) - 0.28209479177387814 * math.exp(-z * z) * (rest / z)


ZERO_OF_SLOPE = (-0.7517915246935645, 1.4956759177009883e-17)  # of gelu', in two parts


def _polynomial(coefficients: list[float]) -> Callable[[float], float]:
    """A polynomial, highest power first, by Horner's rule in one expression: half the time of a loop."""
    text = repr(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * x + {coefficient!r})"
    function: Callable[[float], float] = eval(f"lambda x: {text}")
    return function


def _powers_of_slope(many: int) -> list[float]:
    """The coefficients of gelu'(zero + h)/h as a power series in h, highest power first.

    gelu'' is f = (2 - t²)·φ(t). From φ' = -t·φ follows for the Taylor coefficients p of φ at the zero t that
    (k + 1)·pₖ₊₁ = -t·pₖ - pₖ₋₁, and those of f are (2 - t²)·pₖ - 2t·pₖ₋₁ - pₖ₋₂.
    """
    t = ZERO_OF_SLOPE[0]
    p = [0.0, 0.0, normal_pdf(math, t)]  # before the first there is nothing
    for k in range(many):
        p.append((-t * p[-1] - p[-2]) / (k + 1))
    f = [(2.0 - t * t) * p[k + 2] - 2.0 * t * p[k + 1] - p[k] for k in range(many)]
    return [f[k] / (k + 1) for k in reversed(range(many))]


NEAR_ZERO = (-1.3, -0.3)  # where Φ(x) and x·φ(x) cancel
_near_zero = _polynomial(_powers_of_slope(25))


def gelu_slope(x: float) -> float:
    """gelu'(x) of a float with |x| < 36, with all its digits."""
    if NEAR_ZERO[0] < x < NEAR_ZERO[1]:
        h = (x - ZERO_OF_SLOPE[0]) - ZERO_OF_SLOPE[1]
        return h * _near_zero(h)
    tail = normal_tail_of_float(x)
    return (1.0 - tail if x > 0.0 else tail) + x * (INV_SQRT_2PI * math.exp(-0.5 * x * x))


@cache
def _gauss() -> tuple[Any, Any]:
    """Nodes and weights of Gauss and Legendre's rule of 16 points on [-1, 1]; NumPy imports its polynomials,
    which takes a while, when they are first asked for."""
    return np.polynomial.legendre.leggauss(16)


def gelu_slopes(x: Any) -> Any:
    """The same of an array, all of whose elements are so near to the zero that the integrand is positive."""
    zero, rest = ZERO_OF_SLOPE
    half = 0.5 * ((x - zero) - rest)
    nodes, weights = _gauss()
    t = zero + half[..., None] * (1.0 + nodes)
    return half * (((2.0 - t * t) * normal_pdf(np, t)) @ weights)


# sinc'(x) = -π²/3 · x · Σ cₖ·(πx)²ᵏ and sinc''(x) = -π²/3 · Σ (2k + 1)·cₖ·(πx)²ᵏ, highest power first.
SINC_SLOPE = [(-1) ** k * 6 * (k + 1) / math.factorial(2 * k + 3) for k in reversed(range(16))]
SWITCH = 0.8
SINC_SECOND = [(2 * k + 1) * c for k, c in zip(reversed(range(16)), SINC_SLOPE)]


def sinc(m: Any, x: Any) -> Any:
    """sinc(x) = sin(πx)/(πx), and 1 at 0."""
    a = m.maximum(m.abs(x), 1e-300)
    return m.sin_pi(a) / a / math.pi


def sinc_slope(m: Any, x: Any) -> Any:
    """sinc'(x) = (cos(πx) - sinc(x))/x; within [-0.8, 0.8], where that cancels, by its power series."""
    far = m.maximum(m.abs(x), SWITCH)
    outside = m.sign(x) * ((m.cos_pi(far) - m.sinc(far)) / far)
    return m.choose(m.abs(x) - SWITCH, outside, x * _sinc_series(m, x, SINC_SLOPE))


def sinc_second(m: Any, x: Any) -> Any:
    """sinc''(x) = -π²·sinc(x) - 2·sinc'(x)/x, likewise."""
    far = m.maximum(m.abs(x), SWITCH)
    outside = -(math.pi**2) * m.sinc(far) - 2.0 * (m.cos_pi(far) - m.sinc(far)) / far / far
    return m.choose(m.abs(x) - SWITCH, outside, _sinc_series(m, x, SINC_SECOND))


def sinc_slope_of_float(x: float) -> float:
    """sinc'(x) for 0 ≤ x ≤ 0.8, by its power series."""
    square = math.pi * x * (math.pi * x)
    return x * (_to_one(square) if square < 1.0 else _to_the_switch(square))


_to_the_switch = _polynomial([-(math.pi**2) / 3.0 * c for c in SINC_SLOPE])
_to_one = _polynomial([-(math.pi**2) / 3.0 * c for c in SINC_SLOPE[-10:]])


def _sinc_series(m: Any, x: Any, coefficients: list[float]) -> Any:
    near = math.pi * m.minimum(m.abs(x), SWITCH)
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * (near * near) + coefficient
    return -(math.pi**2) / 3.0 * total
