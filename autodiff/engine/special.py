"""The normal distribution's functions, written against a namespace like the rules in ``ops``."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["gelu", "normal_cdf", "normal_pdf"]

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
    tail = _tail(m, x, 1.0)
    return m.choose(x, 1.0 - tail, tail)


def gelu(m: Any, x: Any) -> Any:
    """gelu(x) = x·Φ(x), the exact form (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""
    tail = _tail(m, x, x)
    return m.choose(x, x - tail, tail)


def _tail(m: Any, x: Any, factor: Any) -> Any:
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
