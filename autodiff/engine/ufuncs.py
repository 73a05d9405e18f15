"""NumPy's functions on Values: ``np.tanh(v)``, ``np.add(v, array_of_values)``, ``np.sum(values)``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autodiff.engine.errors import not_a_number
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value, apply

__all__ = ["apply_ufunc"]

_ROWS: dict[np.ufunc, Callable[..., Value]] = {
    ufunc: partial(apply, op)
    for op in OPS.values()
    if isinstance(ufunc := getattr(type(ARRAYS), op.name, None), np.ufunc)
}


def apply_ufunc(ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """What ``Value.__array_ufunc__`` answers: a Value, or an array of them.

    Raises:
        TypeError: for a float array of one dimension or more among the inputs, and for a function
            that neither the table nor Python's operators have.
    """
    for operand in inputs:
        if isinstance(operand, np.ndarray) and operand.ndim and operand.dtype != object:
            raise TypeError(not_a_number(operand))
    boxed = map(_boxed, inputs)
    if ufunc in _ROWS and method == "__call__" and not options:
        return np.frompyfunc(_ROWS[ufunc], ufunc.nin, 1)(*boxed)
    # NumPy's own loop over objects calls the operator, or the method of the ufunc's name.
    result = getattr(ufunc, method)(*boxed, **options)
    return result.item() if isinstance(result, np.ndarray) and result.ndim == 0 else result


def _boxed(operand: Any) -> np.ndarray[Any, Any]:
    """``operand`` as an array of objects; NumPy scalars as plain numbers, or their operators
    would come back here."""
    if isinstance(operand, np.ndarray) and operand.ndim:
        return operand
    box = np.empty((), dtype=object)
    box[()] = operand.item() if isinstance(operand, (np.generic, np.ndarray)) else operand
    return box
