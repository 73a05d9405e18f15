"""Labels that place scalars in arrays: the Value labelled ``W1[0,2]`` is element (0, 2) of ``W1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.value import Value

__all__ = ["ValueArray", "element", "gather", "leaves", "split"]

ValueArray = npt.NDArray[np.object_]

_ELEMENT = re.compile(r"(.+)\[(\d{1,9}(?:,\d{1,9})*)\]", re.DOTALL)


def element(name: str, index: Sequence[int]) -> str:
    """The label of one element; an array of shape () is its own element.

    >>> element("W1", (0, 2)), element("b", ())
    ('W1[0,2]', 'b')
    """
    return f"{name}[{','.join(map(str, index))}]" if index else name


def split(label: str) -> tuple[str, tuple[int, ...]]:
    """The array's name and the index in a label; the inverse of ``element``.

    >>> split("W1[0,2]"), split("b")
    (('W1', (0, 2)), ('b', ()))
    """
    match = _ELEMENT.fullmatch(label)
    return (match[1], tuple(map(int, match[2].split(",")))) if match else (label, ())


def leaves(name: str, data: npt.ArrayLike) -> ValueArray:
    """An array of leaf Values, one for each element of ``data``, labelled ``name[i,j]``.

    Raises:
        TypeError, ValueError: for an element that no Value holds.

    >>> leaves("x", [0.5, -1.0]).tolist()
    [Value(0.5, grad=0.0, label='x[0]'), Value(-1.0, grad=0.0, label='x[1]')]
    """
    numbers = np.asarray(data)
    array = np.empty(numbers.shape, dtype=object)
    for index in np.ndindex(numbers.shape):
        array[index] = Value(numbers[index].item(), element(name, index))
    return array


def gather(values: Iterable[Value]) -> dict[str, ValueArray]:
    """The arrays that labels name, in the order in which their names first appear.

    ``NAME[i]`` and ``NAME[i,j]`` are elements of the array NAME; any other label is the name of
    an array of shape (); Values without a label make up one vector, ``params``.

    Raises:
        ValueError: if two Values share a label, or elements of an array are missing.
    """
    found: dict[str, dict[tuple[int, ...], Value]] = {}
    unnamed = 0
    for value in values:
        name, index = split(value.label)
        if not name:
            name, index = "params", (unnamed,)
            unnamed += 1
        elements = found.setdefault(name, {})
        if index in elements:
            raise ValueError(f"two Values are labelled {value.label!r}; give each a label of its own")
        elements[index] = value
    return {name: _array(name, elements) for name, elements in found.items()}


def _array(name: str, elements: dict[tuple[int, ...], Value]) -> ValueArray:
    ranks = {len(index) for index in elements}
    if len(ranks) > 1:
        raise ValueError(f"the labels of {name!r} have different numbers of indices: {sorted(ranks)}")
    shape = tuple(max(axis) + 1 for axis in zip(*elements, strict=True))
    if len(elements) < int(np.prod(shape)):
        missing: Any = next(index for index in np.ndindex(shape) if index not in elements)
        raise ValueError(f"{name!r} has shape {shape} by its labels, but lacks {element(name, missing)!r}")
    array = np.empty(shape, dtype=object)
    for index, value in elements.items():
        array[index] = value
    return array
