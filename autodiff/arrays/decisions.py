"""What Python decides on the numbers of Arrays: choices, noted in ``autodiff.engine.choices``."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays.array import Plain, finished, values
from autodiff.arrays.elementwise import absolute, add, equal, less_equal, multiply, subtract, truth
from autodiff.engine.choices import note
from autodiff.engine.value import Value

__all__ = [
    "all_of",
    "allclose",
    "any_of",
    "argmax",
    "argmin",
    "argsort",
    "array_equal",
    "count_nonzero",
    "decided",
    "flatnonzero",
    "isclose",
    "nonzero",
    "of_plain",
]

Axis = Any


def decided(condition: Any) -> npt.NDArray[np.bool_]:
    """What a condition is now, as bools; each of them is a choice."""
    mask = values(truth(condition))
    return np.array([bool(value) for value in mask.flat], dtype=bool).reshape(mask.shape)


def any_of(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """whether any holds, a choice"""
    if axis is None and not keepdims:
        return np.bool_(_extreme(a, Value.maximum, False))
    return np.any(decided(a), axis=axis, keepdims=keepdims)


def all_of(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """whether all hold, a choice"""
    if axis is None and not keepdims:
        return np.bool_(_extreme(a, Value.minimum, True))
    return np.all(decided(a), axis=axis, keepdims=keepdims)


def _extreme(condition: Any, larger_or_smaller: Callable[..., Any], empty: bool) -> bool:
    """The truth of the largest or smallest of a mask's elements: one choice, whichever elements hold."""
    elements = values(truth(condition)).ravel().tolist()
    return bool(reduce(larger_or_smaller, elements)) if elements else empty


def nonzero(a: Any) -> tuple[npt.NDArray[np.intp], ...]:
    """the indices of what is not 0, a choice"""
    return np.nonzero(decided(a))


def flatnonzero(a: Any) -> npt.NDArray[np.intp]:
    """the flat indices of what is not 0, a choice"""
    return np.flatnonzero(decided(a))


def count_nonzero(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """how many are not 0, an int, and a choice; ``np.sum(A != 0)`` is recorded"""
    return np.count_nonzero(decided(a), axis=axis, keepdims=keepdims)


def argmax(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """the index of the largest, a choice"""
    return _index("argmax", np.argmax, a, axis, keepdims)


def argmin(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """the index of the smallest, a choice"""
    return _index("argmin", np.argmin, a, axis, keepdims)


def _index(kind: str, index: Callable[..., Any], a: Any, axis: int | None, keepdims: bool) -> Any:
    array = values(a)
    numbers = _numbers(array)
    result = index(numbers, axis=axis, keepdims=keepdims)
    lines = (
        array.reshape(1, -1) if axis is None else np.moveaxis(array, axis, -1).reshape(-1, array.shape[axis])
    )
    for line in lines.tolist():
        note(kind, tuple(line), int(index([value.data for value in line])))
    return result


def argsort(a: Any, axis: int | None = -1, kind: Any = None, stable: Any = None) -> Any:
    """the order of the elements, equal ones in theirs, a choice"""
    array = values(a)
    array, axis = (array.ravel(), 0) if axis is None else (array, axis)
    result = np.argsort(_numbers(array), axis=axis, kind="stable")
    for line in np.moveaxis(array, axis, -1).reshape(-1, array.shape[axis]).tolist():
        order = np.argsort([value.data for value in line], kind="stable")
        note("argsort", tuple(line), tuple(order.tolist()))
    return result


def _numbers(array: Plain) -> npt.NDArray[np.float64]:
    return np.array([value.data for value in array.flat]).reshape(array.shape)


def array_equal(a1: Any, a2: Any) -> bool:
    """whether shapes and all elements are equal, a choice"""
    return np.shape(a1) == np.shape(a2) and bool(np.all(decided(equal(a1, a2))))


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8) -> npt.NDArray[np.bool_]:
    """which elements are close, a choice"""
    distance, room = absolute(subtract(a, b)), add(multiply(absolute(finished(values(b))), rtol), atol)
    return decided(less_equal(distance, room))


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """whether all elements are close, a choice"""
    return bool(np.all(isclose(a, b, rtol, atol)))


def of_plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function on arrays of objects, which asks nothing of the data."""

    def result(*args: Any) -> Any:
        return function(*map(np.asarray, args))

    return result
