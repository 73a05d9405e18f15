"""The largest and the smallest of many, and the length of a vector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

import numpy as np

from autodiff.engine.errors import DomainError
from autodiff.engine.value import Value
from autodiff.functions.rows import detach, hypot, maximum, minimum, step
from autodiff.functions.sums import sum

__all__ = ["max", "min", "norm"]


def max(xs: Iterable[Any]) -> Any:
    """The largest of xs. Where k of them are it, each gets 1/k of the derivative.

    Raises:
        ValueError: for nothing.

    >>> a, b, c = Value(2.0), Value(2.0), Value(1.0)
    >>> max([a, b, c]).backward()
    >>> a.grad, b.grad, c.grad
    (0.5, 0.5, 0.0)
    """
    return _extreme("max", maximum, xs, lambda x, largest: _difference(largest, x))


def min(xs: Iterable[Any]) -> Any:
    """The smallest of xs, as ``max``.

    >>> min([3.0, 1.0, 2.0])
    1.0
    """
    return _extreme("min", minimum, xs, _difference)


def norm(xs: Iterable[Any]) -> Any:
    """√(x₁² + x₂² + …), which neither overflows nor loses small numbers on the way; its derivative where
    all are 0 is 0. 0.0 for nothing.

    >>> norm([3.0, 4.0]), norm([3e200, 4e200])
    (5.0, 4.9999999999999995e+200)
    """
    return reduce(hypot, xs, 0.0)


def _extreme(name: str, choose: Callable[..., Any], xs: Iterable[Any], short: Callable[..., Any]) -> Any:
    """The choice among xs; ``short`` says by how much an element falls short of it."""
    several = [*xs]
    if not several:
        raise ValueError(f"{name}() of nothing is not defined; pass at least one number")
    extreme = reduce(choose, several)
    if len(several) < 3 or not any(isinstance(x, Value) or _holds_values(x) for x in several):
        return extreme
    extreme = detach(extreme)
    differences = [short(x, extreme) for x in several]
    tops = [step(1.0 - step(d)) for d in differences]  # 1 where the difference is 0
    lacking = sum([top * d for top, d in zip(tops, differences)]) / sum(tops)  # 0, with a derivative
    return extreme - lacking if choose is maximum else extreme + lacking


def _difference(x: Any, z: Any) -> Any:
    """x - z, or where that overflows half of it."""
    try:
        return x - z
    except DomainError:
        return 0.5 * x - 0.5 * z


def _holds_values(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == object
