"""Functions that move elements without computing anything: NumPy's own, on arrays of objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.arrays.array import Array, Mask, finished, plain, values
from autodiff.engine.value import Value

__all__ = ["filled", "like", "moved", "pad"]


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function, with numbers beside Values as constants."""

    def result(*args: Any, **options: Any) -> Any:
        kind = Mask if args and _all_masks(args[0]) else Array
        first, *rest = map(_plain, args)
        if isinstance(first, np.ndarray):
            first = [*map(_plain, values(first))] if function in OF_SEVERAL else values(first)
        given = function(first, *rest, **{name: _plain(each) for name, each in options.items()})
        return _wrapped(given, kind)

    return result


OF_SEVERAL = {np.concatenate, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack}
"""Functions of several arrays, which may be the rows of one."""


def _all_masks(arrays: Any) -> bool:
    return isinstance(arrays, Mask) or (
        isinstance(arrays, (list, tuple)) and bool(arrays) and all(isinstance(each, Mask) for each in arrays)
    )


def _plain(argument: Any) -> Any:
    if isinstance(argument, Array):
        return plain(argument)
    if isinstance(argument, Value):
        return values(argument)
    if isinstance(argument, (list, tuple)):
        return type(argument)([_plain(each) for each in argument])
    return argument


def _wrapped(given: Any, kind: type[Array]) -> Any:
    if isinstance(given, (list, tuple)):
        return type(given)([_wrapped(each, kind) for each in given])
    if isinstance(given, np.ndarray) and given.dtype != object:
        return given  # such as the numbers beside Values in broadcast_arrays
    if isinstance(given, np.ndarray) and given.ndim:
        known = values(given)  # the same memory where all are Values
        return known.view(kind)
    return finished(given)


def pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """with constants, or with elements by mode "edge", "wrap", "reflect" or "symmetric" """
    if mode == "constant":
        return moved(np.pad)(array, pad_width, mode, constant_values=constant_values)
    if mode not in ("edge", "wrap", "reflect", "symmetric"):
        raise ValueError(
            f"np.pad of an Array has no mode {mode!r}; it has constant, edge, wrap, reflect, symmetric"
        )
    return moved(np.pad)(array, pad_width, mode)


def filled(number: float) -> Callable[..., Any]:
    """``zeros_like`` and the like: constants, one for each element."""

    def result(a: Any, shape: Any = None) -> Any:
        return like(a, number, shape)

    return result


def like(a: Any, fill_value: Any, shape: Any = None) -> Any:
    """an Array of that shape, of a constant for each element"""
    return Array(np.broadcast_to(fill_value, np.shape(a) if shape is None else shape))
