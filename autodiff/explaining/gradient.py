"""``explain``: where a gradient comes from."""

from __future__ import annotations

from typing import overload

from autodiff.engine.exact import check_unchanged
from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value
from autodiff.explaining.paths import Paths, paths_between
from autodiff.explaining.steps import BackwardPass, backward_pass

__all__ = ["explain"]


@overload
def explain(output: Value, wrt: None = None, limit: int = 20) -> BackwardPass: ...
@overload
def explain(output: Value, wrt: Value, limit: int = 20) -> Paths: ...
def explain(output: Value, wrt: Value | None = None, limit: int = 20) -> BackwardPass | Paths:
    """Where a gradient comes from. No ``.grad`` is read or written.

    With ``wrt``: ∂output/∂wrt = Σ over paths from wrt to output of Π local derivatives along
    the path. Without: the steps of the backward pass, which computes that sum without walking
    a path twice.

    Args:
        output: the Value to explain.
        wrt: the input, a leaf or any other node.
        limit: the most paths to list. There can be exponentially many; they are counted in any
            case, and the largest are found without walking the others.

    Raises:
        TypeError: if ``output`` or ``wrt`` is not a Value.
        ValueError: if ``limit`` is negative, or ``data`` of the graph was changed after it was recorded.

    >>> x = Value(3.0, "x")
    >>> print(explain(x * x, wrt=x))
    ∂v1/∂x = 6 is the sum over 2 paths of the products along them:
    <BLANKLINE>
    1.  v1 ← x
        x = 3
    2.  v1 ← x
        x = 3
    <BLANKLINE>
    sum of the paths  6
    gradient          6
    <BLANKLINE>
    where
        x = 3
        v1 = x*x = 9
    """
    check_unchanged(topological_order(output))
    return backward_pass(output) if wrt is None else paths_between(output, wrt, limit)
