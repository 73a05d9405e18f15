"""The functions of the table, and a few built from them, for floats, Values and arrays.

Each function gives back the kind it was given: a float for numbers, a Value where a Value is
among the operands, a float array for float arrays, an object array for arrays of Values; lists
count as arrays. There is one function for every row of ``autodiff.engine.ops.OPS``, made from the row
at import. Numbers must be finite, ints such as a float holds, and results too: what leaves a
domain or overflows raises DomainError, which names the element.

The reductions, ``sum`` to ``log_softmax``, go along the first axis, as Python's own ``sum`` does:
for a 2-D array whose columns are samples they give one result per sample. ``sum(W.flat)`` takes
all elements.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import chain
from typing import Any

import numpy as np

from autodiff.engine.errors import domain_error
from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import OPS, Op
from autodiff.engine.value import Operand, Value, _real, as_value, folded_sum, record

__all__ = ["clip", "dot", "log_softmax", "logsumexp", "mean", "prod", "softmax", "sum", "where", *OPS]


def __getattr__(name: str) -> Callable[..., Any]:  # the type checker's view of the rows' functions
    raise AttributeError(f"module 'autodiff.functions' has no attribute {name!r}")


def _function(op: Op) -> Callable[..., Any]:
    """The function of one row, for every kind of operand."""

    def function(*operands: Any) -> Any:
        if len(operands) < op.arity:
            operands += op.defaults[len(operands) - op.arity :]
        if len(operands) != op.arity:
            raise TypeError(f"{op.name}() takes {op.arity} operand(s), got {len(operands)}")
        if all([isinstance(each, Value) for each in operands]):
            return record(op, *operands)
        if not any(isinstance(each, (np.ndarray, list, tuple)) and np.ndim(each) for each in operands):
            if any(isinstance(each, Value) for each in operands):
                return record(op, *map(as_value, operands))
            return _number(op, *map(_real, operands))
        arrays = [np.asarray(each) for each in operands]
        if any(array.dtype == object for array in arrays):
            return np.frompyfunc(function, op.arity, 1)(*arrays)
        arrays = [_floats(op, array) for array in arrays]
        try:
            with np.errstate(all="raise", under="ignore"):
                return op.forward(ARRAYS, *arrays)
        except FloatingPointError:  # one by one, so that the error names the element
            return np.vectorize(lambda *each: _number(op, *each), otypes=[np.float64])(*arrays)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"Row {op.name!r} ({op.symbol}) of the table, for numbers, Values and arrays."
    return function


def _number(op: Op, *operands: float) -> float:
    """The row on floats."""
    try:
        y = float(op.forward(FLOATS, *operands))
        if not math.isfinite(y):
            raise OverflowError
    except (ValueError, ArithmeticError) as error:
        raise domain_error(op.name, ", ".join(map(repr, operands)), error) from None
    return y


def _floats(op: Op, array: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The array with float elements, if each is a number that a Value would hold."""
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{op.name}() takes real numbers, got an array of dtype {array.dtype}")
    floats = array.astype(np.float64)
    suspect = np.abs(floats) >= 2.0**53 if array.dtype.kind in "iu" else ~np.isfinite(floats)
    for element in array[suspect]:
        _real(element)
    return floats


globals().update({name: _function(op) for name, op in OPS.items()})
_rows = ("sub", "exp", "log", "maximum", "at_least", "at_most", "detach")
_sub, _exp, _log, _maximum, _at_least, _at_most, _detach = (_function(OPS[name]) for name in _rows)


def sum(xs: Iterable[Any]) -> Any:
    """Σ xᵢ, added from left to right; 0.0 for nothing."""
    return _accumulated(operator.add, xs, 0.0)


def mean(xs: Sequence[Any]) -> Any:
    """Σ xᵢ / n. Raises ValueError for nothing."""
    if not len(xs):
        raise ValueError("mean() of nothing is not defined; pass at least one number")
    return sum(xs) / len(xs)


def prod(xs: Iterable[Any]) -> Any:
    """Π xᵢ, multiplied from left to right; 1.0 for nothing."""
    return _accumulated(operator.mul, xs, 1.0)


def _accumulated(combine: Callable[[Any, Any], Any], xs: Iterable[Any], empty: float) -> Any:
    rest = iter(xs)
    result = reduce(combine, rest, next(rest, empty))
    return result if isinstance(result, (Value, np.ndarray)) else _real(result)


def dot(ws: Sequence[Any], xs: Sequence[Any], start: Operand | None = None) -> Any:
    """start + w₀·x₀ + w₁·x₁ + …, added from left to right: a neuron before its activation.

    The same graph as writing it with ``*`` and ``+``, whose nodes come into being when they are
    looked at; until then one object does their work in a fraction of the time.

    Raises:
        ValueError: if the two have different lengths, or nothing is to be added.
    """
    if len(ws) != len(xs):
        raise ValueError(f"dot() pairs its operands: got {len(ws)} of the first and {len(xs)} of the second")
    if not len(ws) and start is None:
        raise ValueError("dot() of nothing is not defined; pass at least one pair, or start")
    if not (isinstance(start, Value) or any(isinstance(each, Value) for each in (*ws, *xs))):
        return _written_out(ws, xs, start)
    pairs = zip(ws, xs, strict=True)
    if start is None:
        w, x = next(pairs)
        first = as_value(w) * as_value(x)
    else:
        first = as_value(start)
    y = first.data
    operands, derivatives = [first], [1.0]
    for w, x in pairs:
        if w.__class__ is not Value:
            w = as_value(w)
        if x.__class__ is not Value:
            x = as_value(x)
        p, q = w.data, x.data
        y += p * q
        operands.append(w)
        operands.append(x)
        derivatives.append(q)
        derivatives.append(p)
    if y - y != 0.0:  # no sum comes back from inf or nan, so one test covers all of them
        return _written_out(ws, xs, start)  # and the operators name the one that overflows
    return folded_sum(y, operands, derivatives) if len(operands) > 1 else first


def _written_out(ws: Sequence[Any], xs: Sequence[Any], start: Operand | None) -> Any:
    products = (w * x for w, x in zip(ws, xs, strict=True))
    return sum(products if start is None else chain([start], products))


def logsumexp(xs: Sequence[Any]) -> Any:
    """log Σ exp(xᵢ), stable for all finite inputs: m + log Σ exp(xᵢ - m) with m the largest.

    m is detached, since the result does not depend on it.
    """
    largest = _largest(xs)
    return largest + _log(sum([_exp(each) for each in _below(xs, largest)]))


def softmax(xs: Any) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ), stable for all finite inputs; a list for a list, an array for an
    array."""
    powers = [_exp(each) for each in _below(xs, _largest(xs))]
    total = sum(powers)
    return _like(xs, [power / total for power in powers])


def log_softmax(xs: Any) -> Any:
    """xᵢ - log Σⱼ exp(xⱼ), of the kind that ``softmax`` gives."""
    total = logsumexp(xs)
    return _like(xs, [_sub(x, total) for x in xs])


def _largest(xs: Sequence[Any]) -> Any:
    if not len(xs):
        raise ValueError("the softmax of nothing is not defined; pass at least one number")
    return _detach(reduce(_maximum, xs))


def _below(xs: Sequence[Any], largest: Any) -> list[Any]:
    """xᵢ - largest; and where that is too much for a float, -1000, whose exp is 0 as well."""
    try:
        return [_sub(x, largest) for x in xs]
    except OverflowError:
        return [_sub(_at_least(x, largest - 1000.0), largest) for x in xs]


def _like(given: Any, results: list[Any]) -> Any:
    return np.array(results) if isinstance(given, np.ndarray) else results


def where(condition: Any, x: Any, z: Any) -> Any:
    """x where the condition holds, else z, element by element for arrays.

    The choice is made from the data now: the graph holds only the branch taken, and the
    condition gets no gradient.
    """
    if not any(isinstance(each, (np.ndarray, list, tuple)) for each in (condition, x, z)):
        chosen = x if condition else z
        return as_value(chosen) if isinstance(x, Value) or isinstance(z, Value) else _real(chosen)
    chosen = np.where(np.asarray(condition, dtype=bool), x, z)
    return np.frompyfunc(as_value, 1, 1)(chosen) if chosen.dtype == object else chosen


def clip(x: Any, low: Any, high: Any) -> Any:
    """x kept between ``low`` and ``high``; the derivative is 1 between and at them, else 0.

    Raises:
        ValueError: if low > high.
    """
    if np.any(np.greater(low, high)):
        raise ValueError(f"clip() needs low <= high, got low={low!r} and high={high!r}")
    return _at_most(_at_least(x, low), high)
