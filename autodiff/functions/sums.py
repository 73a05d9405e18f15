"""Sums, products, means and choices, for numbers, Values and arrays."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import chain
from typing import Any

import numpy as np

from autodiff.engine.real import real_number
from autodiff.engine.value import Operand, Value, as_value
from autodiff.functions.rows import at_least, at_most

__all__ = ["clip", "dot", "mean", "prod", "sum", "where"]


def sum(xs: Iterable[Any]) -> Any:
    """Σ xᵢ, added from left to right; 0.0 for nothing.

    >>> sum([1, 2, 3])
    6.0
    >>> sum([[1.0, 2.0], [3.0, 4.0]])
    array([4., 6.])
    """
    return _accumulated(operator.add, xs, 0.0)


def mean(xs: Sequence[Any]) -> Any:
    """Σ xᵢ / n. Raises ValueError for nothing.

    >>> mean([1, 2, 6])
    3.0
    """
    if not len(xs):
        raise ValueError("mean() of nothing is not defined; pass at least one number")
    return sum(xs) / len(xs)


def prod(xs: Iterable[Any]) -> Any:
    """Π xᵢ, multiplied from left to right; 1.0 for nothing.

    >>> prod([2, 3, 4])
    24.0
    """
    return _accumulated(operator.mul, xs, 1.0)


def _accumulated(combine: Callable[[Any, Any], Any], xs: Iterable[Any], empty: float) -> Any:
    rest = iter(xs)
    result = reduce(combine, rest, _floating(next(rest, empty)))
    return result if isinstance(result, (Value, np.ndarray)) else real_number(result)


def _floating(x: Any) -> Any:
    """x, as a float array if it is an array or a list of numbers."""
    if not isinstance(x, (np.ndarray, list, tuple)):
        return x
    array = np.asanyarray(x)
    return array.astype(np.float64) if array.ndim and array.dtype.kind in "biu" else array


def dot(ws: Sequence[Any], xs: Sequence[Any], start: Operand | None = None) -> Any:
    """start + w₀·x₀ + w₁·x₁ + …, added from left to right: a neuron before its activation.

    The same graph as writing it with ``*`` and ``+``, whose nodes come into being when they are
    looked at; until then one object does their work in a fraction of the time.

    Raises:
        ValueError: if the two have different lengths, or nothing is to be added.

    >>> dot([1.0, 2.0], [3.0, 4.0], 0.5)
    11.5
    """
    if len(ws) != len(xs):
        raise ValueError(f"dot() pairs its operands: got {len(ws)} of the first and {len(xs)} of the second")
    if not len(ws) and start is None:
        raise ValueError("dot() of nothing is not defined; pass at least one pair, or start")
    if not (isinstance(start, Value) or any(isinstance(operand, Value) for operand in (*ws, *xs))):
        return _written_out(ws, xs, start)
    if start is not None:
        return as_value(start).add_products(ws, xs)
    return (as_value(ws[0]) * as_value(xs[0])).add_products(ws[1:], xs[1:])


def _written_out(ws: Sequence[Any], xs: Sequence[Any], start: Operand | None) -> Any:
    products = (_floating(w) * x for w, x in zip(ws, xs, strict=True))
    return sum(products if start is None else chain([start], products))


def where(condition: Any, x: Any, z: Any) -> Any:
    """x where the condition holds, else z, element by element for arrays.

    By a comparison of Arrays the choice is recorded, as ``np.where`` does it. By anything else it is made
    from the data now: the graph holds only the branch taken. The condition gets no gradient.

    >>> where([True, False], [1.0, 2.0], [10.0, 20.0])
    array([ 1., 20.])
    """
    if not any(isinstance(operand, (np.ndarray, list, tuple)) for operand in (condition, x, z)):
        chosen = x if condition else z
        return as_value(chosen) if isinstance(x, Value) or isinstance(z, Value) else real_number(chosen)
    recorded = isinstance(condition, np.ndarray) and condition.dtype == object
    chosen = np.where(condition if recorded else np.asarray(condition, dtype=bool), x, z)
    return np.frompyfunc(as_value, 1, 1)(chosen) if chosen.dtype == object else _floating(chosen)


def clip(x: Any, low: Any, high: Any) -> Any:
    """x kept between ``low`` and ``high``; the derivative is 1 between and at them, else 0.

    Raises:
        ValueError: if low > high.

    >>> clip([-2.0, 0.5, 3.0], -1, 1)
    array([-1. ,  0.5,  1. ])
    """
    if np.any(np.greater(low, high)):
        raise ValueError(f"clip() needs low <= high, got low={low!r} and high={high!r}")
    return at_most(at_least(x, low), high)
