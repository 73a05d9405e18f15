"""``Array``: a NumPy array whose elements are Values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autodiff.engine.real import NumberToCome, real_number
from autodiff.engine.value import Value, as_value

__all__ = ["Array", "Mask", "Plain", "boxed", "finished", "plain", "values"]

Plain: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]
"""The elements of an Array as NumPy's own array of objects, on which functions do what they always do."""


class Array(np.ndarray[Any, np.dtype[np.object_]]):
    """An array of Values, on which NumPy's functions record operations of the table.

    It has dtype object and is a NumPy array in every other respect: indexing, slicing, iteration, ``.T`` and
    views give the same Values, and an element is a Value. What a function computes is a new Array, or a Value
    where the result has no axis. The graph's structure follows from shapes alone, never from the data;
    "NumPy on Values" in the reference lists the functions.

    Args:
        elements: Values and numbers in nested lists or an array; numbers become leaves without a label.

    Raises:
        TypeError, ValueError: for an element that no Value holds, and for lists of uneven lengths.

    >>> w = Array([Value(2.0, "w"), 3.0])
    >>> loss = np.sum(w * w)
    >>> loss.backward()
    >>> loss.data, w.grad
    (13.0, array([4., 6.]))
    """

    hides = False  # whether numbers hide scores of it, see ``hiding``
    __array_priority__ = 1.0  # so that NumPy gives an Array back also where it asks nobody: F.dot(A)

    def __new__(cls, elements: Any) -> Array:
        """An Array of its own, also for an Array."""
        return values(elements, _leaf).copy().view(cls)

    @property  # type: ignore[override]
    def data(self) -> npt.NDArray[np.float64]:
        """The numbers, a float64 copy; what is assigned is written into the Values."""
        return _gathered(self, "data")

    @data.setter
    def data(self, data: npt.ArrayLike) -> None:
        _write(self, "data", data)

    @property
    def grad(self) -> npt.NDArray[np.float64]:
        """∂(output)/∂(element), a float64 copy; what is assigned is written into the Values."""
        return _gathered(self, "grad")

    @grad.setter
    def grad(self, grad: npt.ArrayLike) -> None:
        _write(self, "grad", grad)

    def zero_grad(self) -> None:
        """Set the gradient of every element to 0."""
        _write(self, "grad", 0.0)

    def __repr__(self) -> str:
        head = f"{type(self).__name__}("
        return f"{head}{np.array2string(self.data, separator=', ', prefix=head)})"

    def __str__(self) -> str:
        return str(self.data)


class Mask(Array):
    """What a comparison of Arrays gives: for each element a Value that is 1 where it holds and else 0.

    It stands where NumPy has an array of bools, ``np.where(Z > 0, a, b)``, ``(Z > 0) * dA``,
    ``Z[Z < 0] = 0``, and is recorded, so that the choice is made anew for other data.
    """


def plain(array: Any) -> Plain:
    """An Array, or any array, as NumPy's own, of the same memory."""
    return np.asarray(array)


def values(operand: Any, of_number: Callable[[Any], Value] = as_value) -> Plain:
    """The operand as an array of Values: a view of an Array, else a new array. Numbers become constants,
    whose gradient nobody waits for, or what ``of_number`` makes of them.

    Raises:
        TypeError, ValueError: for an element that no Value holds, and for lists of uneven lengths.
    """
    if isinstance(operand, Array):
        return np.asarray(operand)
    if isinstance(operand, Value):
        return boxed(operand)
    if isinstance(operand, NumberToCome):
        return np.asarray(operand.values()) if operand.ndim else boxed(operand.value())
    array = np.asarray(operand)
    if array.dtype == object and all(isinstance(each, Value) for each in array.flat):
        return array
    converted = np.empty(array.shape, dtype=object)
    flat = array.ravel().tolist() if array.dtype.kind in "biuf" else [*map(_unboxed, array.flat)]
    converted[...] = np.fromiter(map(of_number, flat), object, len(flat)).reshape(array.shape)
    return converted


def _unboxed(element: Any) -> Any:
    """An element without the array of shape () that NumPy may have put around it."""
    if isinstance(element, np.ndarray):
        if element.ndim:
            raise ValueError(f"an element of an Array is a number or a Value, got shape {element.shape}")
        return element.item()
    return element


def _leaf(element: Any) -> Value:
    return element if isinstance(element, Value) else Value(element)


def boxed(element: Any) -> Plain:
    """An array of shape () around one object."""
    box = np.empty((), dtype=object)
    box[()] = element
    return box


def finished(result: Any, kind: type[Array] = Array) -> Any:
    """What a function on arrays of objects gives, as an Array; without an axis, as a Value."""
    if isinstance(result, np.ndarray) and result.ndim:
        return result.view(kind)
    return as_value(result.item() if isinstance(result, np.ndarray) else result)


def _gathered(array: Array, attribute: str) -> npt.NDArray[np.float64]:
    numbers = [getattr(value, attribute) for value in plain(array).flat]
    return np.array(numbers, dtype=np.float64).reshape(array.shape)


def _write(array: Array, attribute: str, numbers: npt.ArrayLike) -> None:
    """Write numbers into the elements: all of them, or, if one does not fit, none."""
    given = np.asarray(numbers)
    try:
        fitting = np.broadcast_to(given, array.shape)
    except ValueError:
        turned = "; its transpose fits" if given.T.shape == array.shape else ""
        raise ValueError(f"{attribute} has shape {array.shape}, got {given.shape}{turned}") from None
    finite = attribute == "data"
    checked = [real_number(number, finite) for number in fitting.ravel().tolist()]
    for value, number in zip(plain(array).flat, checked):
        setattr(value, attribute, number)
