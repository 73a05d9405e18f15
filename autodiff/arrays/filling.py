"""Fills: a large negative number, or −∞, in place of scores of which a softmax is to leave nothing.

What is kept and what is not are recorded alike, as s·1 + 0 and s·0 + number, so that all of them are one
product with a mask and one sum. The number is so large that the score in whose place it stands has no
influence. A Value is finite, and −∞ is held as ``BELOW``: every exponential of it is 0, as of −∞, and two of
them, or its square, overflow, which is an error. So is a row of which nothing is left, where NumPy has nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays.array import Array, plain
from autodiff.arrays.elementwise import add, multiply
from autodiff.engine.errors import DomainError
from autodiff.engine.value import Value, is_constant
from autodiff.functions.stable import BELOW

__all__ = [
    "FILL",
    "added",
    "extreme_of_some",
    "fill",
    "filled",
    "fixed_number",
    "fixed_numbers",
    "is_masking",
]

FILL, LEAST = -1e4, -1e300  # between them lies what masked scores are filled with


def is_masking(number: Any) -> bool:
    """Whether it is one so large and negative that a softmax leaves nothing of it."""
    if not isinstance(number, (int, float, np.number)):
        return False
    return LEAST <= float(number) <= FILL or float(number) == -np.inf


def fixed_number(value: Value) -> float | None:
    """The number of what is computed of constants alone, −∞ of ``BELOW``; None of anything else."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if not node.op and not is_constant(node):
            return None
        waiting += node.stored_operands
    return value.data if value.data >= LEAST else -np.inf


def fixed_numbers(array: Array) -> npt.NDArray[np.float64] | None:
    """The numbers of an Array that is computed of constants alone; None of any other."""
    found = [fixed_number(each) for each in plain(array).ravel().tolist()]
    return None if None in found else np.array(found, dtype=np.float64).reshape(array.shape)


def filled(kept: npt.NDArray[np.bool_], scores: Any, number: Any) -> Any:
    """The scores where they are kept, else the number."""
    return add(multiply(scores, kept.astype(np.float64)), np.where(kept, 0.0, max(float(number), BELOW)))


def added(x: Any, z: Any) -> Any:
    """x + z; where one is of numbers that are −∞ in part, as those of a mask are, that is a fill"""
    for scores, numbers in ((x, z), (z, x)):
        if isinstance(numbers, Array) and isinstance(scores, Array) and _may_hide(numbers):
            numbers = fixed_numbers(numbers)
        if isinstance(scores, Array) and isinstance(numbers, np.ndarray) and numbers.dtype.kind == "f":
            hidden = np.isneginf(numbers)
            if hidden.any() and not hidden.all():
                shift = np.where(hidden, 0.0, numbers)
                return filled(~hidden, add(scores, shift) if shift.any() else scores, -np.inf)
    return add(x, z)


def _may_hide(array: Array) -> bool:
    """Whether there is −∞ at a corner of an Array, as there is in a triangle, which is quick to see."""
    if not array.size or not array.ndim:
        return False
    width = array.shape[-1]
    corners = plain(array).ravel()[[0, width - 1, array.size - width, array.size - 1]]
    return any(value.data < LEAST for value in corners.tolist())


def extreme_of_some(extreme: Any) -> Any:
    """The largest or smallest of several, which is not to be −∞.

    Raises:
        DomainError: if it is.
    """
    if isinstance(extreme, Value) and extreme.data < LEAST:
        raise DomainError(
            "the scores of which this is the largest or smallest were filled with -inf: of nothing else the "
            "softmax is 0/0; leave one of them, or fill with -1e9"
        )
    return extreme


def fill(scores: Array, index: Any, number: Any) -> bool:
    """Put the number where the index says, as ``filled`` does with all of the scores; those that have been
    filled before, step by step of a loop, stay as they are but for the places of the index.

    Leaves and scores of which all are meant are left to an assignment: then the answer is False.
    """
    places = np.zeros(scores.shape, dtype=bool)
    places[index] = True
    if not places.any():
        return True
    if places.all():
        return False
    chosen = plain(scores)[places]
    before = [*map(_before, chosen)]
    if None not in before:
        plain(scores)[places] = filled(np.zeros(len(before), dtype=bool), Array(before), number)
        return True
    if any(each.op == "" for each in plain(scores).ravel().tolist()):
        return False
    plain(scores)[...] = filled(~places, scores, number)
    return True


def _before(value: Value) -> Value | None:
    """The score of which a fill has been made."""
    if value.op != "add":
        return None
    product, number = value.operands
    if product.op != "mul" or number.op:
        return None
    score, kept = product.operands
    return score if kept.op == "" and kept.data in (0.0, 1.0) else None
