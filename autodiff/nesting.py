"""Values in nested dicts, lists and tuples: read in order, and put back in the same shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autodiff.engine.value import Value

__all__ = ["flat_values", "mapped", "nested_values"]


def flat_values(values: Any) -> list[Value]:
    """The Values of a single one, a model, or of dicts, lists and tuples of any depth, in order.

    Raises:
        TypeError: for anything else, which the message shows.
    """
    return [*nested_values(values.parameters() if hasattr(values, "parameters") else values)]


def nested_values(values: Any) -> Iterator[Value]:
    """The same, one after the other."""
    if isinstance(values, Value):
        yield values
    elif isinstance(values, Mapping):
        for part in values.values():
            yield from nested_values(part)
    elif isinstance(values, str) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) != 1:
        raise _no_value(values)
    else:
        for part in values:
            yield from nested_values(part)


def mapped(change: Callable[[Any], Any], values: Any) -> Any:
    """The same dicts, lists and tuples with ``change`` applied to what they hold.

    Arrays of numbers become arrays of what their elements become.
    """
    if isinstance(values, Mapping):
        return {name: mapped(change, part) for name, part in values.items()}
    if isinstance(values, (list, tuple)):
        return type(values)([mapped(change, part) for part in values])
    if isinstance(values, np.ndarray) and values.ndim:
        return np.array([mapped(change, part) for part in values])
    return change(values)


def _no_value(given: Any) -> TypeError:
    hint = "; pass the elements, list(array.flat)" if isinstance(given, np.ndarray) else ""
    return TypeError(
        f"derivatives are between Values, got {given!r:.60} of type {type(given).__name__}{hint}"
    )
