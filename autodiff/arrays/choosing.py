"""Choices that are recorded, made anew for other data: ``where`` and its kin, and assignment by a mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.arrays.array import Array, Mask, finished, values
from autodiff.arrays.decisions import nonzero
from autodiff.arrays.elementwise import add, at_least, at_most, equal, is_zero, multiply, off, truth
from autodiff.arrays.filling import filled, fixed_numbers, is_masking
from autodiff.engine.value import Value

__all__ = ["choose", "clip", "is_recorded", "select", "where"]


def is_recorded(condition: Any) -> bool:
    """Whether a condition depends on Values."""
    return isinstance(condition, (Array, Value)) or np.asarray(condition).dtype == object


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """c·x + step(1 - c)·y with the mask c of a condition on Arrays; x or y itself where it is of plain bools,
    or, where y is a large negative number that a softmax is to leave nothing of, c·x + (1 - c)·y; without
    them ``nonzero``, a choice"""
    if x is None and y is None:
        return nonzero(condition)
    if isinstance(condition, Mask) and (is_masking(x) or is_masking(y)):
        numbers = fixed_numbers(condition)
        condition = condition if numbers is None else numbers != 0.0
    if not is_recorded(condition):
        kept = np.asarray(condition, dtype=bool)
        scores, number, kept = (y, x, ~kept) if isinstance(y, Array) else (x, y, kept)
        if isinstance(scores, Array) and is_masking(number) and kept.any() and not kept.all():
            return filled(kept, scores, number)
        return finished(np.where(condition, values(x), values(y)))
    mask = truth(condition)
    terms = [] if is_zero(x) else [multiply(mask, x)]
    if not is_zero(y):
        terms.append(multiply(off(mask), y))
    if len(terms) == 2:
        return add(*terms)
    return terms[0] if terms else multiply(mask, 0.0)


def clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    """kept between two bounds, where the derivative is 1 between and at them, else 0"""
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    result = a if low is None else at_least(a, low)
    result = result if high is None else at_most(result, high)
    return finished(values(result).copy()) if result is a else result


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """where of the first condition that holds"""
    if len(condlist) != len(choicelist):
        raise ValueError(f"np.select pairs conditions and choices, got {len(condlist)} and {len(choicelist)}")
    result = default
    for condition, chosen in reversed([*zip(condlist, choicelist)]):
        result = where(condition, chosen, result)
    return result


def choose(a: Any, choices: Sequence[Any]) -> Any:
    """the choice whose number a says, a plain ints or a mask"""
    if isinstance(a, Mask):
        if len(choices) != 2:
            raise ValueError(f"np.choose by a mask takes two choices, got {len(choices)}")
        return where(a, choices[1], choices[0])
    if is_recorded(a):
        conditions = [equal(a, number) for number in range(len(choices))]
        return select(conditions, choices)
    return finished(np.choose(a, [*np.broadcast_arrays(*map(values, choices))]))
