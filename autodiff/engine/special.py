"""The normal distribution's functions and sinc, written against a namespace like the rules in ``ops``."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

__all__ = [
    "GELU_PRIME",
    "SINC_PRIME",
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


def _horner(coefficients: list[float], x: str) -> str:
    """A polynomial of x, highest power first, as one expression of Python: half the time of a loop."""
    text = repr(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + {coefficient!r})"
    return text


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


_zero, _rest = ZERO_OF_SLOPE
_near_zero: Callable[[float], float] = eval(f"lambda h: h * {_horner(_powers_of_slope(25), 'h')}")

GELU_PRIME = (
    f"{{1}} / {{0}} + {{0}} * ({INV_SQRT_2PI} * exp_(-0.5 * {{0}} * {{0}})) "
    "if 1e-290 < {0} or -0.3 < {0} < -1e-290 else "
    f"h * {_horner(_powers_of_slope(13), 'h')} if -0.16 < (h := ({{0}} - {_zero}) - {_rest}) < 0.16 else "
    "gelu_prime_({0}, {1})"
)
"""gelu'(x) of a float {0} = x with {1} = gelu(x) in Python: its quick ways, where there is one.

Next to the zero that is its power series, and where nothing cancels Φ(x) + x·φ(x), with Φ(x) = gelu(x)/x.
"""


def gelu_slope(x: float) -> float:
    """gelu'(x) of a float with |x| < 36, with all its digits, also where Φ(x) and x·φ(x) cancel."""
    if -1.3 < x < -0.3:
        return _near_zero((x - _zero) - _rest)
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
SWITCH, SWITCH_OF_SECOND = 0.35, 0.8  # up to which what cancels in the usual formula costs digits
SINC_SECOND = [(2 * k + 1) * c for k, c in zip(reversed(range(16)), SINC_SLOPE)]


def sinc(m: Any, x: Any) -> Any:
    """sinc(x) = sin(πx)/(πx), and 1 at 0."""
    a = m.maximum(m.abs(x), 1e-300)
    return m.sin_pi(a) / a / math.pi


def sinc_slope(m: Any, x: Any) -> Any:
    """sinc'(x) = (cos(πx) - sinc(x))/x; within [-0.35, 0.35], where that cancels, by its power series."""
    far = m.maximum(m.abs(x), SWITCH)
    outside = m.sign(x) * ((m.cos_pi(far) - m.sinc(far)) / far)
    return m.choose(m.abs(x) - SWITCH, outside, x * _sinc_series(m, x, SINC_SLOPE[-10:], SWITCH))


_powers_of_sinc = [-(math.pi ** (2 * k + 2)) / 3.0 * SINC_SLOPE[-1 - k] for k in reversed(range(9))]

SINC_PRIME = (
    f"{{0}} * {_horner(_powers_of_sinc, 's')} if (s := {{0}} * {{0}}) < {SWITCH**2} else "
    "(sin_(3.141592653589793 * (0.5 - fabs({0}))) - {1}) / {0} if s <= 1.0 else sinc_prime_({0}, {1})"
)
"""sinc'(x) of a float {0} = x with {1} = sinc(x) in Python, likewise."""


def sinc_second(m: Any, x: Any) -> Any:
    """sinc''(x) = -π²·sinc(x) - 2·sinc'(x)/x; within [-0.8, 0.8] by its power series."""
    far = m.maximum(m.abs(x), SWITCH_OF_SECOND)
    outside = -(math.pi**2) * m.sinc(far) - 2.0 * (m.cos_pi(far) - m.sinc(far)) / far / far
    series = _sinc_series(m, x, SINC_SECOND, SWITCH_OF_SECOND)
    return m.choose(m.abs(x) - SWITCH_OF_SECOND, outside, series)


def _sinc_series(m: Any, x: Any, coefficients: list[float], most: float) -> Any:
    near = math.pi * m.minimum(m.abs(x), most)
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * (near * near) + coefficient
    return -(math.pi**2) / 3.0 * total
