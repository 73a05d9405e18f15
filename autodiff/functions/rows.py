"""A function for every row of the table, made from the row at import: ``exp``, ``tanh``, ``maximum``, …

``rows.pyi``, which ``python -m autodiff.functions.stubs`` writes, tells type checkers and editors of them.
"""

from __future__ import annotations

from autodiff.engine.ops import OPS
from autodiff.functions.dispatch import row_function

__all__ = [*OPS]

globals().update({name: row_function(op, __name__) for name, op in OPS.items()})
