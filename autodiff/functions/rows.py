"""A function for every row of the table, made from the row at import: ``exp``, ``tanh``, ``maximum``, …

``rows.pyi``, which ``python -m autodiff.functions.stubs`` writes, tells type checkers and editors of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autodiff.engine.ops import OPS, Op
from autodiff.formulas.expr import READING, as_expr, symbol
from autodiff.functions.dispatch import apply_row

__all__ = [*OPS]


def _function(op: Op) -> Callable[..., Any]:
    def function(*operands: Any) -> Any:
        return apply_row(op, *operands)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = _docstring(op)
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    return function


def _signature(op: Op) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_ONLY
    defaults = [inspect.Parameter.empty] * (op.arity - len(op.defaults)) + [*op.defaults]
    parameters = zip("xz", defaults, strict=False)
    return inspect.Signature([inspect.Parameter(name, kind, default=default) for name, default in parameters])


def _docstring(op: Op) -> str:
    """What the row computes, and its derivatives by its operands.

    >>> print(_docstring(OPS["sigmoid"]))
    y = sigmoid(x), for numbers, Values and arrays of them.
    <BLANKLINE>
    ∂y/∂x = y*sigmoid(-x)
    """
    names = "xz"[: op.arity]
    operands = [symbol(name) for name in names]
    infix = f" = {op.forward(READING, *operands).text()}" if op.notation.operator else ""
    partials = [as_expr(partial).text() for partial in op.partials(READING, *operands, symbol("y"))]
    slopes = [f"∂y/∂{name} = {partial}" for name, partial in zip(names, partials, strict=True)]
    first = f"y = {op.name}({', '.join(names)}){infix}, for numbers, Values and arrays of them."
    return "\n".join([first, "", *slopes])


globals().update({name: _function(op) for name, op in OPS.items()})
