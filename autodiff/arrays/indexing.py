"""Indexing and assignment: as NumPy's, and by recorded masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.arrays.array import Array, Mask, finished, values
from autodiff.arrays.choosing import where
from autodiff.arrays.decisions import decided
from autodiff.arrays.filling import fill, is_masking
from autodiff.arrays.hiding import hides
from autodiff.engine.real import NumberToCome
from autodiff.engine.value import Value

__all__ = ["assign", "element_or_view", "known"]

_get, _set = np.ndarray.__getitem__, np.ndarray.__setitem__


def element_or_view(self: Array, index: Any) -> Any:
    """``A[index]``: an element, a view, or for arrays of ints and bools a new Array.

    A mask of Arrays selects by the data of now, for the shape of the result is how many they are: a choice.
    """
    if index.__class__ is not int and (to_come := _to_come(index)) is not None:
        return to_come.picked(self, index)
    try:
        return _get(self, index)
    except IndexError:  # NumPy knows no index of Values
        if not _asks_values(index):
            raise
    return _get(self, known(index))


def assign(self: Array, index: Any, given: Any) -> None:
    """``A[index] = given``: Values, and numbers as constants. By a mask of Arrays one number or Value is put
    where it holds, A = where(mask, given, A), which is recorded; as many as it selects are by a choice. A
    large negative number in place of scores, of which a softmax is to leave nothing, fills them."""
    if index.__class__ is not int and (to_come := _to_come(index)) is not None:
        to_come.put(self, index, given)
        return
    if isinstance(index, Mask) and np.ndim(given) == 0:
        if index.shape != self.shape[: index.ndim]:
            raise IndexError(f"a mask of shape {index.shape} does not fit an Array of shape {self.shape}")
        mask = index.reshape(index.shape + (1,) * (self.ndim - index.ndim))
        given, index = where(mask, given, self), ...
    elif _asks_values(index):
        index = known(index)
    if is_masking(given):
        if fill(self, index, given):
            return
        self.hides = True
    elif isinstance(given, (Array, Value)) and not self.hides and hides(self, index):
        self.hides = True
    _set(self, index, given if isinstance(given, Value) else finished(values(given)))


def _parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _asks_values(index: Any) -> bool:
    return any(isinstance(part, (Array, Value)) for part in _parts(index))


def _to_come(index: Any) -> NumberToCome | None:
    """The first part of the index that is known in each call of a lifted function only."""
    for part in _parts(index):
        if isinstance(part, NumberToCome):
            return part
    return None


def known(index: Any) -> Any:
    """The index with bools in place of masks."""
    if isinstance(index, tuple):
        return tuple(map(known, index))
    if isinstance(index, Mask):
        return decided(index)
    if isinstance(index, (Array, Value)):
        raise TypeError(
            "an index is made of ints, slices and masks, got Values: a comparison such as A > 0 is a mask, "
            "np.argmax(A) gives ints, and so does A.data.astype(int), which leaves the graph"
        )
    return index
