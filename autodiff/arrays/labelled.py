"""``leaves``: an Array of named Values from which a graph starts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autodiff.arrays.array import Array
from autodiff.engine.value import Value
from autodiff.labels import element

__all__ = ["leaves"]


def leaves(name: str, data: npt.ArrayLike) -> Array:
    """An Array of leaf Values, one for each element of ``data``, labelled ``name[i,j]``.

    Raises:
        TypeError, ValueError: for an element that no Value holds.

    >>> leaves("x", [0.5, -1.0]).tolist()
    [Value(0.5, grad=0.0, label='x[0]'), Value(-1.0, grad=0.0, label='x[1]')]
    """
    numbers = np.asarray(data)
    array = np.empty(numbers.shape, dtype=object)
    for index in np.ndindex(numbers.shape):
        array[index] = Value(numbers[index], element(name, index))
    return array.view(Array)
