"""Differences, integrals, convolutions and interpolation on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.arrays.array import finished, values
from autodiff.arrays.elementwise import add, at_least, at_most, multiply, of_row, subtract
from autodiff.arrays.products import matmul
from autodiff.arrays.reductions import sum

__all__ = ["convolve", "correlate", "diff", "interp", "trapezoid"]

_divide = of_row("div")


def _ends(a: Any, axis: int) -> tuple[Any, Any]:
    """All but the last, and all but the first, along an axis that comes last."""
    lines = np.moveaxis(values(a), axis, -1)
    return finished(lines[..., :-1]), finished(lines[..., 1:])


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """aᵢ₊₁ - aᵢ, n times"""
    array = values(a)
    ends = [values(each) if each is not None else None for each in (prepend, append)]
    shape = [1 if d == axis % array.ndim else length for d, length in enumerate(array.shape)]
    first, last = (np.broadcast_to(end, shape) if end is not None and not end.ndim else end for end in ends)
    if first is not None or last is not None:
        a = finished(np.concatenate([each for each in (first, array, last) if each is not None], axis))
    for _ in range(n):
        first, second = _ends(a, axis)
        a = finished(np.moveaxis(values(subtract(second, first)), -1, axis))
    return a


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Σ (yᵢ + yᵢ₊₁)/2·(xᵢ₊₁ - xᵢ)"""
    first, second = _ends(y, axis)
    if x is None:
        width = dx
    else:
        width = diff(x) if np.ndim(x) == 1 else finished(np.moveaxis(values(diff(x, axis=axis)), axis, -1))
    return sum(multiply(multiply(add(first, second), 0.5), width), axis=-1)


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Σₖ aₖ·vₙ₋ₖ"""
    x, z = values(a), values(v)
    if x.ndim != 1 or z.ndim != 1 or not x.size or not z.size:
        raise ValueError(f"np.convolve takes two vectors, neither empty, got shapes {x.shape} and {z.shape}")
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"np.convolve has the modes full, same and valid, not {mode!r}")
    x, z = (x, z) if len(x) >= len(z) else (z, x)
    start, stop = {
        "full": (0, len(x) + len(z) - 1),
        "same": ((len(z) - 1) // 2, (len(z) - 1) // 2 + len(x)),
        "valid": (len(z) - 1, len(x)),
    }[mode]
    result = np.empty(stop - start, dtype=object)
    for n in range(start, stop):
        k = range(max(0, n - len(z) + 1), min(n + 1, len(x)))
        result[n - start] = matmul(x[k.start : k.stop], z[[n - i for i in k]])
    return finished(result)


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Σₖ aₙ₊ₖ·vₖ"""
    if len(a) < len(v) and mode != "full":
        raise ValueError("np.correlate of Arrays takes the longer vector first")
    return convolve(a, values(v)[::-1], mode)


def interp(x: Any, xp: Any, fp: Any) -> Any:
    """f₀ + Σ slopeₖ·(x between xₖ and xₖ₊₁, less xₖ), the line through points at increasing numbers xₖ"""
    points = np.asarray(xp)
    if points.dtype == object or points.ndim != 1 or np.any(np.diff(points) <= 0):
        raise ValueError("np.interp of an Array takes plain numbers xp that increase")
    heights = finished(values(fp))
    if np.shape(heights) != points.shape or not points.size:
        raise ValueError(f"np.interp pairs xp and fp, got shapes {points.shape} and {np.shape(heights)}")
    slopes = _divide(diff(heights), np.diff(points)) if len(points) > 1 else []
    result = add(multiply(x, 0.0), heights[0]) if len(points) == 1 else heights[0]
    for slope, low, high in zip(slopes, points[:-1].tolist(), points[1:].tolist()):
        result = add(result, multiply(slope, subtract(at_most(at_least(x, low), high), low)))
    return result
