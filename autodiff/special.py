"""The normal distribution's functions, written against a namespace like the rules in ``ops``."""

from __future__ import annotations

from typing import Any

__all__ = ["gelu", "normal_cdf", "normal_pdf"]

INV_SQRT_2 = 0.7071067811865476
INV_SQRT_2PI = 0.3989422804014327


def normal_pdf(m: Any, x: Any) -> Any:
    """φ(x) = exp(-x²/2) / √(2π), the standard normal density."""
    return INV_SQRT_2PI * m.exp(-0.5 * x * x)


def normal_cdf(m: Any, x: Any) -> Any:
    """Φ(x) = erfc(-x/√2) / 2, the standard normal distribution function."""
    return 0.5 * m.erfc(-INV_SQRT_2 * x)


def gelu(m: Any, x: Any) -> Any:
    """gelu(x) = x·Φ(x), the exact form (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""
    return x * normal_cdf(m, x)
