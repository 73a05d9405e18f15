"""The functions of the table, and a few built from them, for floats, Values and arrays.

Each function gives back the kind it was given: a float for numbers, a Value where a Value is
among the operands, a float array for float arrays, an object array for arrays of Values. There
is one function for every row of ``autodiff.ops.OPS``, made from the row at import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from autodiff.numeric import ARRAYS, FLOATS, domain_error
from autodiff.ops import OPS, Op
from autodiff.value import Operand, Value, _real, as_value, folded_sum, record

__all__ = ["clip", "dot", "log_softmax", "logsumexp", "mean", "prod", "softmax", "sum", "where", *OPS]


def __getattr__(name: str) -> Callable[..., Any]:  # the type checker's view of the rows' functions
    raise AttributeError(f"module 'autodiff.functions' has no attribute {name!r}")


def _function(op: Op) -> Callable[..., Any]:
    """The function of one row, for every kind of operand."""

    def function(*operands: Any) -> Any:
        operands += op.defaults[len(operands) - op.arity :] if len(operands) < op.arity else ()
        if len(operands) != op.arity:
            raise TypeError(f"{op.name}() takes {op.arity} operands, got {len(operands)}")
        if not any(isinstance(each, (np.ndarray, list, tuple)) and np.ndim(each) for each in operands):
            if any(isinstance(each, Value) for each in operands):
                return record(op, *map(as_value, operands))
            return _number(op, *map(_real, operands))
        arrays = [np.asarray(each) for each in operands]
        if any(array.dtype == object for array in arrays):
            return np.frompyfunc(function, op.arity, 1)(*arrays)
        arrays = [array.astype(np.float64) for array in arrays]
        try:
            with np.errstate(all="raise", under="ignore"):
                return op.forward(ARRAYS, *arrays)
        except FloatingPointError:  # one by one, so that the error names the element
            return np.vectorize(lambda *each: _number(op, *each), otypes=[np.float64])(*arrays)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"Row {op.name!r} ({op.symbol}) of ``autodiff.ops.OPS`` for numbers, Values, arrays."
    return function


def _number(op: Op, *operands: float) -> float:
    try:
        return float(op.forward(FLOATS, *operands))
    except (ValueError, ArithmeticError) as error:
        raise domain_error(op.name, ", ".join(map(repr, operands)), error) from None


globals().update({name: _function(op) for name, op in OPS.items()})
_exp, _log, _maximum, _detach = (_function(OPS[name]) for name in ("exp", "log", "maximum", "detach"))


def sum(xs: Iterable[Any]) -> Any:
    """Σ xᵢ, added from left to right; 0.0 for nothing."""
    total: Any = None
    for x in xs:
        total = x if total is None else total + x
    return 0.0 if total is None else total


def mean(xs: Sequence[Any]) -> Any:
    """Σ xᵢ / n. Raises ValueError for nothing."""
    if not len(xs):
        raise ValueError("mean() of nothing is not defined; pass at least one number")
    return sum(xs) / len(xs)


def prod(xs: Iterable[Any]) -> Any:
    """Π xᵢ, multiplied from left to right; 1.0 for nothing."""
    total: Any = None
    for x in xs:
        total = x if total is None else total * x
    return 1.0 if total is None else total


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
    return largest + _log(sum([_exp(x - largest) for x in xs]))


def softmax(xs: Any) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ), stable for all finite inputs; a list for a list, an array for an
    array, whose first axis it runs along (columns are samples)."""
    largest = _largest(xs)
    powers = [_exp(x - largest) for x in xs]
    total = sum(powers)
    return _like(xs, [power / total for power in powers])


def log_softmax(xs: Any) -> Any:
    """xᵢ - log Σⱼ exp(xⱼ), of the kind and along the axis that ``softmax`` uses."""
    total = logsumexp(xs)
    return _like(xs, [x - total for x in xs])


def _largest(xs: Sequence[Any]) -> Any:
    if not len(xs):
        raise ValueError("the softmax of nothing is not defined; pass at least one number")
    largest = xs[0]
    for x in xs[1:]:
        largest = _maximum(largest, x)
    return _detach(largest)


def _like(given: Any, results: list[Any]) -> Any:
    return np.array(results) if isinstance(given, np.ndarray) else results


def where(condition: Any, x: Any, z: Any) -> Any:
    """x where the condition holds, else z, element by element for arrays.

    The choice is made from the data now: the graph holds only the branch taken, and the
    condition gets no gradient.
    """
    if any(isinstance(each, (np.ndarray, list, tuple)) for each in (condition, x, z)):
        return np.where(np.asarray(condition, dtype=bool), x, z)
    return x if condition else z


def clip(x: Any, low: Any, high: Any) -> Any:
    """x kept between ``low`` and ``high``; the derivative is 1 between and at them, else 0.

    Raises:
        ValueError: if low > high.
    """
    if np.any(np.greater(low, high)):
        raise ValueError(f"clip() needs low <= high, got low={low!r} and high={high!r}")
    return _function(OPS["at_most"])(_function(OPS["at_least"])(x, low), high)
