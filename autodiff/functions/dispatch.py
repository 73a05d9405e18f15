"""How a row of the table is applied to numbers, Values and arrays, and the function that does it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.engine.errors import domain_error
from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import Op
from autodiff.engine.real import real_number
from autodiff.engine.value import Value, as_value, record
from autodiff.formulas.expr import READING, symbol
from autodiff.formulas.textbook import book_partials

__all__ = ["apply_row", "row_function"]


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
    arrays = [np.asanyarray(operand) for operand in operands]
    if any(array.dtype == object for array in arrays):
        return np.frompyfunc(lambda *elements: apply_row(op, *elements), op.arity, 1)(*arrays)
    arrays = [_floats(op, array) for array in arrays]
    try:
        with np.errstate(all="raise", under="ignore"):
            return op.forward(ARRAYS, *arrays)
    except FloatingPointError:  # one by one, so that the error names the element
        return np.vectorize(lambda *elements: _number(op, *elements), otypes=[np.float64])(*arrays)


_SCALARS = (Value, float, int)


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


def row_function(op: Op, module: str) -> Callable[..., Any]:
    """A function for a row, of that module, with a docstring that states its derivatives."""

    arity, name = op.arity, op.name

    def function(*operands: Any) -> Any:
        if len(operands) == arity and operands[0].__class__ is Value and operands[-1].__class__ in _SCALARS:
            return getattr(operands[0], name)(*operands[1:])  # the method is written out in autodiff.fast
        return apply_row(op, *operands)

    function.__name__ = function.__qualname__ = op.name
    function.__module__ = module
    function.__doc__ = _docstring(op)
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    return function


def _signature(op: Op) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_ONLY
    defaults = [inspect.Parameter.empty] * (op.arity - len(op.defaults)) + [*op.defaults]
    parameters = zip("xz", defaults, strict=False)
    return inspect.Signature([inspect.Parameter(name, kind, default=default) for name, default in parameters])


def _docstring(op: Op) -> str:
    """What the row computes, and its derivatives by its operands, as a textbook prints them.

    >>> from autodiff.engine.ops import OPS
    >>> print(_docstring(OPS["sigmoid"]))
    y = sigmoid(x), for numbers, Values and arrays of them.
    <BLANKLINE>
    ∂y/∂x = y*(1 - y)
    """
    names = "xz"[: op.arity]
    operands = [symbol(name) for name in names]
    infix = f" = {op.forward(READING, *operands).text()}" if op.notation.operator else ""
    partials = book_partials(op, operands, symbol("y"))
    slopes = [f"∂y/∂{name} = {partial.text()}" for name, partial in zip(names, partials, strict=True)]
    first = f"y = {op.name}({', '.join(names)}){infix}, for numbers, Values and arrays of them."
    return "\n".join([first, "", *slopes])
