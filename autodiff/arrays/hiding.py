"""Hiding: scores that are put one by one into an array full of a large negative number.

    S = np.full((T, T), -1e9)
    for i in range(T):
        for j in range(i + 1):
            S[i, j] = Q[i] @ K[j]

Here nothing is computed of what stays hidden, and each row has other numbers beside other scores. When the
array is read next, the scores that are hidden are made in the way of those around them, and are filled, so
that the graph is that of a mask. Hidden is S[1,2]; around it are S[1,0] = Q[1]·K[0], S[2,2] = Q[2]·K[2] and
S[2,0] = Q[2]·K[0]. What the third has not, and the second has, takes its place in the first: Q[1]·K[2].
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays.array import Array, Plain, plain
from autodiff.arrays.filling import FILL, filled, fixed_number, is_masking
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value, record

__all__ = ["completed", "hides"]

Bools = npt.NDArray[np.bool_]

DEEP = 500  # operations in one another that are looked at


def hides(array: Array, index: Any) -> bool:
    """Whether the first of the elements that an index means is a number so large and negative."""
    first = next(iter(np.asarray(plain(array)[index]).flat), None)
    return isinstance(first, Value) and first.data <= FILL and is_masking(fixed_number(first))


def completed(array: Array) -> None:
    """Fill an array, or each matrix in it, in which numbers hide scores, where all of these can be made."""
    array.hides = False
    if array.ndim > 2:
        for part in array:
            completed(part)
        return
    elements = plain(array)
    numbers = [fixed_number(each) for each in elements.ravel().tolist()]
    hidden = np.array([is_masking(number) for number in numbers]).reshape(array.shape)
    kept = np.array([number is None for number in numbers]).reshape(array.shape)
    if array.ndim < 2 or not hidden.any() or not (hidden | kept).all():
        return
    found = {number for number in numbers if number is not None}
    scores = elements.copy()
    for i, j in np.argwhere(hidden).tolist():
        score = _score(elements, kept, i, j)
        if score is None or len(found) > 1:
            return
        scores[i, j] = score
    elements[...] = filled(kept, scores.view(Array), found.pop())


def _score(elements: Plain, kept: Bools, i: int, j: int) -> Value | None:
    """What would stand at a place, by three scores at the corners of a rectangle that it completes."""
    rows, columns = np.flatnonzero(kept[:, j]), np.flatnonzero(kept[i])
    corners = np.argwhere(kept[np.ix_(rows, columns)])
    if not len(corners):
        return None
    b, a = rows[corners[0, 0]], columns[corners[0, 1]]
    return _alike(elements[i, a], elements[b, j], elements[b, a])


def _alike(row: Value, column: Value, corner: Value, depth: int = 0) -> Value | None:
    """What differs from ``row`` as ``column`` does from ``corner``; None where that cannot be said."""
    if row is corner:
        return column
    if column is corner:
        return row
    if not row.op == column.op == corner.op or depth > DEEP:
        return None
    if not row.op:
        numbers = {fixed_number(each) for each in (row, column, corner)}
        return row if len(numbers) == 1 and None not in numbers else None
    if row.op not in OPS:
        return None
    operands = []
    for each in zip(row.operands, column.operands, corner.operands):
        operand = _alike(*each, depth + 1)
        if operand is None:
            return None
        operands.append(operand)
    return record(OPS[row.op], *operands)
