"""How a row of the table is applied to numbers, Values and arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.engine.errors import domain_error
from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import Op
from autodiff.engine.real import real_number
from autodiff.engine.value import Value, as_value, record

__all__ = ["apply_row"]


def apply_row(op: Op, *operands: Any) -> Any:
    """``op`` of the operands, as the kind they are: see ``autodiff.functions``.

    Raises:
        TypeError: for another number of operands than the row has, and for what is not a number.
        DomainError: where the operation is not defined or overflows.
    """
    if len(operands) < op.arity:
        operands += op.defaults[len(operands) - op.arity :]
    if len(operands) != op.arity:
        raise TypeError(f"{op.name}() takes {op.arity} operand(s), got {len(operands)}")
    if all([isinstance(operand, Value) for operand in operands]):
        return record(op, *operands)
    if not any(isinstance(operand, (np.ndarray, list, tuple)) and np.ndim(operand) for operand in operands):
        if any(isinstance(operand, Value) for operand in operands):
            return record(op, *map(as_value, operands))
        return _number(op, *map(real_number, operands))
    arrays = [np.asarray(operand) for operand in operands]
    if any(array.dtype == object for array in arrays):
        return np.frompyfunc(lambda *elements: apply_row(op, *elements), op.arity, 1)(*arrays)
    arrays = [_floats(op, array) for array in arrays]
    try:
        with np.errstate(all="raise", under="ignore"):
            return op.forward(ARRAYS, *arrays)
    except FloatingPointError:  # one by one, so that the error names the element
        return np.vectorize(lambda *elements: _number(op, *elements), otypes=[np.float64])(*arrays)


def _number(op: Op, *operands: float) -> float:
    """The row on floats."""
    try:
        y = float(op.forward(FLOATS, *operands))
        if not math.isfinite(y):
            raise OverflowError
    except (ValueError, ArithmeticError) as error:
        raise domain_error(op.name, ", ".join(map(repr, operands)), error) from None
    return y


def _floats(op: Op, array: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The array with float elements, if each is a number that a Value would hold."""
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{op.name}() takes real numbers, got an array of dtype {array.dtype}")
    floats = array.astype(np.float64)
    suspect = np.abs(floats) >= 2.0**53 if array.dtype.kind in "iu" else ~np.isfinite(floats)
    for element in array[suspect]:
        real_number(element)
    return floats
