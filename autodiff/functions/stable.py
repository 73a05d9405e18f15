"""The softmax and its logarithms, right for every finite input.

All of them start from xᵢ - max x, whose exponential cannot overflow. The maximum is detached: no
result depends on it, so nothing flows back through it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from autodiff.engine.errors import DomainError
from autodiff.engine.value import Value
from autodiff.functions.rows import detach, exp, log, maximum, relu, sub
from autodiff.functions.sums import sum

__all__ = ["BELOW", "log_softmax", "logsumexp", "softmax"]

BELOW = -1e308  # what −∞ is held as, where Values are filled with it

LOWEST = -sys.float_info.max * (1.0 - 2.0**-48)  # with room for rounding above the lowest float


def logsumexp(xs: Sequence[Any]) -> Any:
    """log Σ exp(xᵢ), stable for all finite inputs: m + log Σ exp(xᵢ - m) with m the largest.

    Its derivatives are ``softmax(xs)``. Raises ValueError for nothing, and DomainError for nothing but Values
    that were filled with -inf.

    >>> logsumexp([1000.0, 1000.0]) - 1000.0
    0.6931471805598903
    """
    largest = _largest(xs)
    return largest + log(sum([exp(x) for x in _below(xs, largest)]))


def softmax(xs: Any) -> Any:
    """exp(xᵢ) / Σⱼ exp(xⱼ), stable for all finite inputs; a list for a list, an array for an
    array. Raises what ``logsumexp`` does.

    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    powers = [exp(x) for x in _below(xs, _largest(xs))]
    total = sum(powers)
    return _like(xs, [power / total for power in powers])


def log_softmax(xs: Any) -> Any:
    """xᵢ - log Σⱼ exp(xⱼ), of the kind that ``softmax`` gives.

    Computed as (xᵢ - m) - log Σⱼ exp(xⱼ - m) with m the largest: of [1e10, 1e10] both are -log 2, where
    1e10 - (1e10 + log 2) has no digits left. A result below every float is about the lowest float.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    below = _below(xs, _largest(xs))
    total = log(sum([exp(x) for x in below]))
    return _like(xs, [x - total for x in below])


def _largest(xs: Sequence[Any]) -> Any:
    if not len(xs):
        raise ValueError("the softmax of nothing is not defined; pass at least one number")
    largest = detach(reduce(maximum, xs))
    if isinstance(largest, Value) and largest.data == BELOW:
        raise DomainError(
            "all of these scores were filled with -inf: of nothing else the softmax is 0/0; leave one of "
            "them, or fill with -1e9"
        )
    return largest


def _below(xs: Sequence[Any], largest: Any) -> list[Any]:
    """xᵢ - largest for each, with the derivative 1 by xᵢ; LOWEST where that is below every float."""
    return [_difference(x, largest) for x in xs]


def _difference(x: Any, largest: Any) -> Any:
    try:
        return sub(x, largest)
    except OverflowError:
        # Half of the difference is always a float. What it lacks to LOWEST / 2 is added as a number
        # that does not depend on x, so that the slope by x stays 1.
        half = 0.5 * _array(x) - 0.5 * largest
        return 2.0 * (half + detach(relu(0.5 * LOWEST - half)))


def _array(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def _like(xs: Any, results: list[Any]) -> Any:
    return np.stack(results) if isinstance(xs, np.ndarray) else results
