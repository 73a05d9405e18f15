"""Sums, products, means and extremes along axes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

from autodiff import functions
from autodiff.arrays import choosing
from autodiff.arrays.array import Plain, finished, values
from autodiff.arrays.elementwise import of_row, truth
from autodiff.arrays.filling import extreme_of_some
from autodiff.engine.value import as_value

__all__ = [
    "accumulated",
    "average",
    "cumprod",
    "cumsum",
    "folded",
    "matrix_norm",
    "max",
    "mean",
    "min",
    "normed",
    "prod",
    "ptp",
    "std",
    "sum",
    "trace",
    "var",
    "vector_norm",
]

Axis = int | Sequence[int] | None

_divide, _subtract, _multiply, _sqrt, _add = map(of_row, ("div", "sub", "mul", "sqrt", "add"))
_maximum, _minimum = map(of_row, ("maximum", "minimum"))


def folded(fold: Callable[[list[Any]], Any], a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``fold`` of the lists of Values along the axes: of all of them for None."""
    array = values(a)
    axes = _axes(array, axis)
    kept = [d for d in range(array.ndim) if d not in axes]
    shape = [array.shape[d] for d in kept]
    length = _product(array.shape[d] for d in axes)
    lines = array.transpose([*kept, *sorted(axes)]).reshape(_product(shape), length)
    result = np.empty(len(lines), dtype=object)
    for i, line in enumerate(lines.tolist()):
        result[i] = as_value(fold(line))
    if keepdims:
        shape = [1 if d in axes else size for d, size in enumerate(array.shape)]
    return finished(result.reshape(shape))


def _product(sizes: Iterable[int]) -> int:
    return reduce(operator.mul, sizes, 1)


def _axes(array: Plain, axis: Axis) -> set[int]:
    if axis is None:
        return set(range(array.ndim))
    several = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    axes = {int(d) % array.ndim for d in several if -array.ndim <= d < array.ndim}
    if len(axes) < len(several):
        raise ValueError(f"axis={axis} does not name axes of an Array of shape {array.shape}, each once")
    return axes


def _selected(a: Any, where: Any, neutral: Any) -> Any:
    """``a`` where a mask holds, elsewhere what changes nothing."""
    return a if where is True else choosing.where(where, a, neutral)


def _count(a: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    """How many elements a mask selects along the axes: Values where the mask is recorded."""
    array = np.asarray(a, dtype=object) if not isinstance(a, np.ndarray) else a
    if where is True:
        return _product(array.shape[d] for d in _axes(array, axis))
    if choosing.is_recorded(where):
        return sum(finished(np.broadcast_to(values(truth(where)), array.shape)), axis, keepdims)
    selected = np.broadcast_to(np.asarray(where, dtype=bool), array.shape)
    return selected.sum(tuple(_axes(array, axis)), keepdims=keepdims)


def _fewest(count: Any) -> float:
    """The smallest of counts that are known; a mask that is recorded selects as many as it will."""
    return np.inf if choosing.is_recorded(count) else float(np.min(count))


def sum(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Σ aᵢ, added from left to right"""
    total = folded(_total, _selected(a, where, 0.0), axis, keepdims)
    return total if initial is None else _add(initial, total)


def _total(line: list[Any]) -> Any:
    return reduce(operator.add, line) if line else 0.0


def prod(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Π aᵢ, multiplied from left to right"""
    product = folded(_multiplied, _selected(a, where, 1.0), axis, keepdims)
    return product if initial is None else _multiply(initial, product)


def _multiplied(line: list[Any]) -> Any:
    return reduce(operator.mul, line) if line else 1.0


def mean(a: Any, axis: Axis = None, keepdims: bool = False, where: Any = True) -> Any:
    """Σ aᵢ / n"""
    n = _count(a, axis, keepdims, where)
    if _fewest(n) < 1:
        raise ValueError("the mean of nothing is not defined; pass at least one number")
    return _divide(sum(a, axis, keepdims, where=where), n)


def average(
    a: Any, axis: Axis = None, weights: Any = None, keepdims: bool = False, returned: bool = False
) -> Any:
    """Σ wᵢ·aᵢ / Σ wᵢ"""
    if weights is None:
        result, count = mean(a, axis, keepdims), float(_count(a, axis, keepdims, True))
        return (result, np.full(np.shape(result), count)[()]) if returned else result
    shape = np.shape(a)
    if np.shape(weights) != shape:
        if not isinstance(axis, (int, np.integer)) or np.shape(weights) != (shape[axis],):
            raise ValueError(
                f"weights of shape {np.shape(weights)} do not fit an Array of shape {shape}, axis={axis}"
            )
        line = [1] * len(shape)
        line[axis] = shape[axis]
        weights = np.broadcast_to(values(weights).reshape(line), shape)
    total = sum(weights, axis, keepdims)
    result = _divide(sum(_multiply(weights, a), axis, keepdims), total)
    return (result, total) if returned else result


def var(a: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False, where: Any = True) -> Any:
    """Σ (aᵢ - mean)² / (n - ddof)"""
    n = _count(a, axis, keepdims, where)
    if (fewest := _fewest(n)) <= ddof:
        raise ValueError(f"the variance with ddof={ddof} takes more than {ddof} numbers, got {fewest:.0f}")
    deviation = _subtract(a, mean(a, axis, keepdims=True, where=where))
    return _divide(sum(_multiply(deviation, deviation), axis, keepdims, where=where), n - ddof)


def std(a: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False, where: Any = True) -> Any:
    """√var"""
    return _sqrt(var(a, axis, ddof, keepdims, where))


def max(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """the largest; k of them that are equal get 1/k of the derivative each"""
    return _extreme("max", a, axis, keepdims, initial, where)


def min(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """the smallest, likewise"""
    return _extreme("min", a, axis, keepdims, initial, where)


def _extreme(name: str, a: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    fold, of_two = (functions.max, _maximum) if name == "max" else (functions.min, _minimum)
    if where is not True and initial is None:
        raise ValueError(f"np.{name} of what a mask selects, which may be nothing, takes initial= too")
    result = folded(lambda line: extreme_of_some(fold(line)), _selected(a, where, initial), axis, keepdims)
    return result if initial is None else of_two(result, initial)


def ptp(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """max - min"""
    return _subtract(max(a, axis, keepdims), min(a, axis, keepdims))


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """the sum of a diagonal"""
    return sum(np.diagonal(values(a), offset, axis1, axis2), axis=-1)


def accumulated(combine: Callable[[Any, Any], Any], a: Any, axis: int | None = None) -> Any:
    """The results of ``combine`` from left to right along an axis; of the flat array for None."""
    array = values(a)
    if axis is None:
        array, axis = array.ravel(), 0
    (axis,) = _axes(array, axis)
    lines = np.moveaxis(array, axis, -1)
    result = np.empty(lines.shape, dtype=object)
    for index in np.ndindex(lines.shape[:-1]):
        result[index] = [*accumulate(lines[index].tolist(), combine)]
    return finished(np.moveaxis(result, -1, axis))


def cumsum(a: Any, axis: int | None = None) -> Any:
    """partial sums from left to right"""
    return accumulated(operator.add, a, axis)


def cumprod(a: Any, axis: int | None = None) -> Any:
    """partial products from left to right"""
    return accumulated(operator.mul, a, axis)


def normed(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """√(x₁² + x₂² + …), whose derivative is 0 at 0; for ``ord`` 1, inf, -inf and other powers of a vector,
    for "fro", 1 and inf of a matrix"""
    array = values(x)
    axes = _axes(array, axis)
    if ord is None or (ord == "fro" and len(axes) == 2) or (ord == 2 and len(axes) == 1):
        return folded(functions.norm, array, axis, keepdims)
    size = of_row("abs")(finished(array))
    if len(axes) == 1:
        if ord in (np.inf, -np.inf):
            return (max if ord > 0 else min)(size, axis, keepdims)
        if ord == 1:
            return sum(size, axis, keepdims)
        if isinstance(ord, (int, float)) and ord != 0:
            power = of_row("pow")
            return power(sum(power(size, ord), axis, keepdims), 1.0 / ord)
    elif len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
        rows, columns = sorted(axes) if axis is None else tuple(axis)  # type: ignore[arg-type]
        summed, other = (rows, columns) if abs(ord) == 1 else (columns, rows)
        extreme = max if ord > 0 else min
        result = extreme(sum(size, summed, True), other, True)
        return result if keepdims else sum(result, (rows, columns))
    raise ValueError(
        f"np.linalg.norm of an Array has no ord={ord!r} along {len(axes)} axes: singular values and counts "
        "are not computed by operations of the table; take the Frobenius norm, ord=None"
    )


def vector_norm(x: Any, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """as ``np.linalg.norm`` of vectors, of the flat array for ``axis=None``"""
    array = values(x)
    axes = sorted(_axes(array, axis))
    rest = [d for d in range(array.ndim) if d not in axes]
    flat = array.transpose([*rest, *axes]).reshape([*(array.shape[d] for d in rest), -1])
    result = normed(flat, ord, -1)
    shape = [1 if d in axes else length for d, length in enumerate(array.shape)]
    return finished(values(result).reshape(shape)) if keepdims else result


def matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    """as ``np.linalg.norm`` of the matrices in the last two axes"""
    return normed(x, ord, (-2, -1), keepdims)
