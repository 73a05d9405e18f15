"""Values in nested dicts, lists, tuples and arrays: read in order, and put back in the same shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autodiff.arrays import Array
from autodiff.engine.value import Value

__all__ = ["flat_values", "mapped"]


def flat_values(values: Any, what: str = "derivatives are between Values") -> list[Value]:
    """The Values of a single one, of a model, or of nested dicts, lists, tuples and arrays, in order.

    Raises:
        TypeError: for anything else, which the message shows after ``what`` there should be.

    >>> w, b = Value(2.0), Value(1.0)
    >>> flat_values({"weights": [[w]], "bias": b}) == [w, b]
    True
    """
    return [*_each_value(values.parameters() if hasattr(values, "parameters") else values, what)]


def _each_value(values: Any, what: str) -> Iterator[Value]:
    """The same, one after the other."""
    if isinstance(values, Value):
        yield values
    elif isinstance(values, Mapping):
        for part in values.values():
            yield from _each_value(part, what)
    elif isinstance(values, str) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) == 0:
        raise _no_value(values, what)
    else:
        for part in values:
            yield from _each_value(part, what)


def mapped(change: Callable[[Any], Any], values: Any) -> Any:
    """The same dicts, lists and tuples with ``change`` applied to what they hold.

    Arrays become arrays of what their elements become, an Array of Values.
    """
    if isinstance(values, Mapping):
        return {name: mapped(change, part) for name, part in values.items()}
    if isinstance(values, (list, tuple)):
        return type(values)([mapped(change, part) for part in values])
    if isinstance(values, np.ndarray) and values.ndim:
        changed = [change(element) for element in values.flat]
        kind = Array if any(isinstance(each, Value) for each in changed) else np.array
        return kind(changed).reshape(values.shape)
    return change(values)


def _no_value(given: Any, what: str) -> TypeError:
    return TypeError(f"{what}, got {given!r:.60} of type {type(given).__name__}")
