"""Picking: elements of an Array by an index that is known in each call, as products with one-hot inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff.arrays import Array
from autodiff.arrays.array import values
from autodiff.engine.real import NumberToCome
from autodiff.engine.value import Value, is_constant
from autodiff.functions import dot
from autodiff.staging.given import Given, Numbers, View

__all__ = ["changed_at", "picked", "put"]


def picked(array: Array, index: tuple[Any, ...]) -> Any:
    """``array[index]``, where the index has Labels: Σₖ onehot[·, k]·array[index with k in their place]."""
    given = _given(index)
    is_view = not any(isinstance(part, list) or getattr(part, "ndim", 0) for part in index)
    if is_view and not given.pick_views and np.ndim(array[_shaped(index)]):
        return array[tuple(int(part.known()) if isinstance(part, NumberToCome) else part for part in index)]
    if any(map(_is_bool, index)):
        return array[_bools_known(index)]
    owner, positions, hot = _places(array, index)
    elements = np.asarray(array).ravel()
    result: Any = np.empty(owner.shape, dtype=object)
    for at in np.ndindex(owner.shape):
        row = hot[owner[at]]
        column = elements[positions[(slice(None), *at)]]
        result[at] = _weighted(row, column)
    if not result.ndim:
        return result.item()
    found: Array = result.view(Array)
    if is_view:
        given.views.append(View(array, found))
    return found


def _shaped(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """An index that gives the same shape."""
    return tuple(0 if isinstance(part, NumberToCome) else part for part in index)


def _given(index: tuple[Any, ...]) -> Given:
    label: Any = next(part for part in index if isinstance(part, NumberToCome))
    given: Given = label.source.given
    return given


def put(array: Array, index: tuple[Any, ...], given: Any) -> None:
    """``array[index] = given``, where the index has Labels: each element is replaced where it is hot."""
    if any(map(_is_bool, index)):
        array[_bools_known(index)] = given
        return
    _change(array, index, lambda h, old, new: h * new + (1.0 - h) * old, given)


def changed_at(ufunc: np.ufunc, array: Array, index: tuple[Any, ...], *given: Any) -> None:
    """``ufunc.at(array, index, given)``, where the index has Labels: of an index that comes twice, twice."""
    if any(map(_is_bool, index)):
        ufunc.at(array, _bools_known(index), *given)
    elif ufunc in (np.add, np.subtract):
        _change(array, index, lambda h, old, new: ufunc(old, h * new), *given)
    else:
        _change(array, index, lambda h, old, *new: h * ufunc(old, *new) + (1.0 - h) * old, *given)


def _change(array: Array, index: tuple[Any, ...], changed: Callable[..., Any], *given: Any) -> None:
    """Put ``changed(hot, old, *given)`` into all places that may be meant, one element of the index after
    the other."""
    owner, positions, hot = _places(array, index)
    spread = [np.broadcast_to(values(each), owner.shape) for each in given]
    flat = np.asarray(array).reshape(-1)
    for at in np.ndindex(owner.shape):
        for k, place in enumerate(positions[(slice(None), *at)].tolist()):
            flat[place] = changed(hot[owner[at]][k], flat[place], *(each[at] for each in spread))
    array[...] = flat.reshape(array.shape).view(Array)


def _is_bool(part: Any) -> bool:
    return isinstance(part, NumberToCome) and bool(part.dtype == bool)


def _bools_known(index: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.known() if _is_bool(part) else part for part in index)


def _places(array: Array, index: tuple[Any, ...]) -> tuple[Numbers, Numbers, Any]:
    """For each element of ``array[index]`` the row of the one-hot that decides; its positions in the flat
    array for each k; and the one-hot's leaves.

    Further Labels in the index are one with the first: their numbers together are one number, whose digits
    they are.
    """
    index = _expanded(array, index)
    axes = {place: _axis(index, place) for place, part in enumerate(index) if isinstance(part, NumberToCome)}
    lengths = [array.shape[axis] for axis in axes.values()]
    label: Any = 0
    for place, length in zip(axes, lengths):  # several numbers are the digits of one
        part: Any = index[place]
        label = label * length + np.where(part < 0, part + length, part) if len(axes) > 1 else part
    count = int(np.prod(lengths))
    hot = np.asarray(label.source.one_hot(count, label.positions))[label.positions.ravel()]
    places = np.arange(array.size).reshape(array.shape)
    positions = []
    for k in range(count):
        digits = iter(np.unravel_index(k, lengths))
        at = tuple(np.full(label.shape, next(digits)) if i in axes else p for i, p in enumerate(index))
        positions.append(places[at])
    # The same index into an array that holds, along the first Labels' axis, the number of the label.
    first, *others = axes
    shape = [label.size if axis == axes[first] else n for axis, n in enumerate(array.shape)]
    numbered = np.moveaxis(
        np.broadcast_to(np.arange(label.size), (*_without(shape, axes[first]), label.size)), -1, axes[first]
    )
    at = tuple(
        np.arange(label.size).reshape(label.shape)
        if i == first
        else np.zeros(label.shape, int)
        if i in others
        else p
        for i, p in enumerate(index)
    )
    return np.asarray(numbered[at]), np.array(positions), hot


def _without(shape: Sequence[int], axis: int) -> list[int]:
    return [n for place, n in enumerate(shape) if place != axis]


def _expanded(array: Array, index: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index with slices in place of an ellipsis, and 0-d Labels as they are."""
    used = sum(part is not None and part is not Ellipsis for part in index)
    filled: list[Any] = []
    for part in index:
        filled += [slice(None)] * (array.ndim - used) if part is Ellipsis else [part]
    return tuple(filled)


def _axis(index: tuple[Any, ...], place: int) -> int:
    """Which axis of the array a part of the index is for."""
    return sum(part is not None for part in index[:place])


def _weighted(row: Any, column: Any) -> Value:
    """Σₖ row[k]·column[k]; of a column of zeros and ones the elements of the row that meet a one."""
    if all(is_constant(value) and value.data in (0.0, 1.0) for value in column.tolist()):
        hot = [h for h, value in zip(row.tolist(), column.tolist()) if value.data]
        total: Value = sum(hot[1:], hot[0]) if hot else Value(0.0)
        return total
    products: Value = dot(row.tolist(), column.tolist())
    return products
