"""Differences, integrals, convolutions and interpolation on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.arrays.array import finished, values
from autodiff.arrays.elementwise import add, at_least, at_most, multiply, of_row, subtract
from autodiff.arrays.products import matmul
from autodiff.arrays.reductions import sum

__all__ = [
    "bincount",
    "convolve",
    "correlate",
    "diff",
    "ediff1d",
    "gradient",
    "interp",
    "polyval",
    "trapezoid",
]

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


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """aᵢ₊₁ - aᵢ of the flat array, between what is put before and behind"""
    parts = (to_begin, diff(values(ary).ravel()), to_end)
    return finished(np.concatenate([np.ravel(values(each)) for each in parts if each is not None]))


def gradient(f: Any, *varargs: Any, axis: Any = None) -> Any:
    """(fᵢ₊₁ - fᵢ₋₁) / (2h), and at both ends (fᵢ₊₁ - fᵢ) / h, for one h an axis"""
    array = values(f)
    axes = range(array.ndim) if axis is None else np.atleast_1d(axis).tolist()
    steps = list(varargs) * len(axes) if len(varargs) == 1 else list(varargs) or [1.0] * len(axes)
    if len(steps) != len(axes) or any(map(np.ndim, steps)):
        raise TypeError("np.gradient of an Array takes one number, or one for each axis, as distances")
    slopes = tuple(_central(array, step, d) for step, d in zip(steps, axes))
    return slopes[0] if len(slopes) == 1 else slopes


def _central(array: Any, step: Any, axis: int) -> Any:
    lines = np.moveaxis(array, axis, -1)
    if lines.shape[-1] < 2:
        raise ValueError(f"np.gradient takes at least 2 numbers along an axis, got shape {array.shape}")
    inner = _divide(subtract(finished(lines[..., 2:]), finished(lines[..., :-2])), 2.0 * step)
    first, last = (
        _divide(subtract(finished(lines[..., i + 1 : i + 2]), finished(lines[..., i : i + 1])), step)
        for i in (0, lines.shape[-1] - 2)
    )
    return finished(np.moveaxis(np.concatenate([values(first), values(inner), values(last)], -1), -1, axis))


def polyval(p: Any, x: Any) -> Any:
    """p₀·xⁿ + … + pₙ, by Horner's rule"""
    first, *rest = values(p)
    result = finished(np.broadcast_to(first, np.shape(x)))
    for coefficient in rest:
        result = add(multiply(result, x), coefficient)
    return result


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """for each number i the sum of the weights at which x, plain ints, is i"""
    places = np.asarray(x)
    if places.dtype.kind not in "biu" or weights is None:
        raise TypeError(
            "np.bincount of Arrays counts by plain ints, and adds Values: np.bincount(ints, weights=A)"
        )
    if places.ndim != 1 or places.shape != np.shape(weights) or np.any(places < 0):
        raise ValueError(
            "np.bincount takes ints from 0 in one line, and as many weights: got "
            f"{places.shape} from {places.min(initial=0)}, and {np.shape(weights)}"
        )
    length = max(minlength, *(np.max(places, initial=-1, keepdims=True) + 1).tolist())
    shares, result = values(weights), np.empty(length, dtype=object)
    for i in range(length):
        result[i] = sum(finished(shares[places == i]))
    return finished(result)


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
