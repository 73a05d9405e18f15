"""Operands that were given as numbers, 2.0 in ``2.0 * x``: they become Values when somebody asks for them.

In the operations ``WITH_NUMBERS`` ``autodiff.fast`` makes no node of such a number. Until somebody asks for
the operands there is None in its slot, and the number lies in the place of the local derivative by it; of a
product, whose derivatives are the factors, it is the other derivative, and its own is known already. Nobody
waits for the gradient of a number, and with a node for each ``1 / (1 + (-x).exp())`` would take half as long
again.
"""

from __future__ import annotations

import math
from threading import Lock
from typing import Any

from autodiff.engine.limits import limits
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS, Op
from autodiff.engine.value import Value, as_value

__all__ = ["with_number"]

_asked = Lock()


def with_number(node: Any) -> tuple[Value, Value]:
    """The operands of a node, after what was a number among them has become a Value. Its gradient is that of
    the latest pass."""
    with _asked:
        a, b, row = node._a, node._b, OPS[node.op]
        if a is None or b is None:  # no other thread was here first
            first = a is None
            other, known, place = (b, node._db, node._da) if first else (a, node._da, node._db)
            if row.product:
                constant, slope = as_value(known), place
            elif row.linear:
                constant, slope = as_value(place), row.linear[1 - first]
            else:
                constant, slope = as_value(place), _slope(row, place, first, other._data, known, node._data)
            constant._grad = node._grad * slope
            if first:  # the slope before the node, so that a pass in another thread finds both or none
                node._da = slope
                node._a = a = constant
            else:
                node._db = slope
                node._b = b = constant
        return a, b


def _slope(row: Op, number: float, first: bool, x: float, slope: float, y: float) -> float:
    """The local derivative of y by the number in it; of others than quotients and powers it is nan where the
    other operand's data has been changed since, for it is lost.

    Args:
        first: whether the number is the first operand.
        x, slope: data of the other operand, as it is now, and the local derivative by it.
    """
    try:
        changed = row.forward(FLOATS, *((number, x) if first else (x, number))) != y
    except (ValueError, ArithmeticError):
        changed = True
    if changed:  # the other's data, since: it was what gave y
        if not row.notation.operator:
            return math.nan
        if first:
            x = number / y if y else math.nan
        elif row.notation.operator == "pow":
            x = number * y / slope if slope else 0.0
        else:
            x = number * y
    operands = (number, x) if first else (x, number)
    try:
        partials = row.partials(FLOATS, *operands, y)
    except (ValueError, ArithmeticError):
        partials = limits(row, *operands, y)
    return float(partials[1 - first])
