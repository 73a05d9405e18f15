"""Elementary: rules of the operation table as expressions of calls that NumPy has for arrays.

Applied to the namespace here, the rule of softplus becomes ``maximum(x, 0) + log1p(exp(-abs(x)))``,
a small tree, whose calls can be written one after the other (see ``evaluation``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import ARRAYS, FLOATS, Namespace
from autodiff.engine.ops import OPS
from autodiff.formulas.expr import Expr

__all__ = ["ELEMENTARY", "SMALL", "WITH_OUT", "Array", "array_function", "in_common", "on_numbers", "shared"]

Array = npt.NDArray[Any]

LITTLE = 2.0**-4  # what must be left of 1 in 1 - y² for all but the last four bits of it to be right
SMALL = 4096  # elements up to which cosh of all of them costs less than to look for those that need it
ONE = np.ones(())  # a plain number would be converted on every call


def sech_squared(x: Array, y: Array, out: Array) -> None:
    """out = sech²(x) for y = tanh(x), arrays of one shape; to some units of the last place.

    1 - y² needs no cosh, but loses the digits that y = ±0.999… no longer has: of large arrays only
    these are computed so.
    """
    if out.size <= SMALL or out.dtype != np.float64:
        _one_over_cosh_squared(x, out)
        return
    np.multiply(y, y, out)
    np.subtract(ONE, out, out)
    few = out < LITTLE
    if few.any():
        far = x[few]
        slopes = np.empty_like(far)
        _one_over_cosh_squared(far, slopes)
        out[few] = slopes


def _one_over_cosh_squared(x: Array, out: Array) -> None:
    try:
        np.cosh(x, out)
        np.divide(ONE, out, out)
    except FloatingPointError:  # beyond 710
        np.copyto(out, ARRAYS.sech(x))
    np.multiply(out, out, out)


# Functions of a namespace that have a quicker form here, which writes into its last operand. A test
# holds each to the namespace's own.
WITH_OUT: dict[str, Callable[..., None]] = {"sech_squared": sech_squared}


class _Elementary(Namespace):
    """Rules as expressions of nothing but arithmetic and the functions arrays have themselves."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if hasattr(type(ARRAYS), name):
            return lambda *operands: Expr(name, tuple(map(_as_expr, operands)))
        return super().__getattr__(name)

    @staticmethod
    def step(x: Any) -> Expr:
        return Expr("greater", (_as_expr(x), Expr(0.0)))

    def sech_squared(self, x: Any, y: Any) -> Expr:
        return Expr("sech_squared", (_as_expr(x), _as_expr(y)))

    @staticmethod
    def abs(x: Any) -> Expr:
        return Expr("abs", _as_expr(x).args if _as_expr(x).head == "neg" else (_as_expr(x),))


def _as_expr(operand: Any) -> Expr:
    return operand if isinstance(operand, Expr) else Expr(float(operand))


ELEMENTARY = _Elementary()


def array_function(head: str) -> Callable[..., Any]:
    """The function on arrays that a node of an expression calls."""
    return _ufunc(head) or WITH_OUT.get(head) or getattr(ARRAYS, head)


def on_numbers(head: str, operands: list[float]) -> float:
    """What a node of an expression makes of plain numbers."""
    return float((_ufunc(head) or getattr(FLOATS, head))(*operands))


def _ufunc(head: str) -> np.ufunc | None:
    """What one of Python's operators is for arrays."""
    if head == "greater":
        return np.greater
    return OPS[head].notation.ufunc if head in OPS else None


def shared(expr: Expr) -> Expr:
    """The same expression with equal parts made one, so that each is computed once."""
    known: dict[tuple[Any, ...], Expr] = {}

    def visit(node: Expr) -> Expr:
        args = tuple(map(visit, node.args))
        if node.head == "mul" and args[1].head == "div":  # c·(1/x) is c/x
            c, (one, x) = args[0].head, args[1].args
            if isinstance(c, float) and one.head == 1.0:
                node, args = Expr("div", (args[0], x)), (args[0], x)
        return known.setdefault((node.head, *map(id, args)), Expr(node.head, args))

    return visit(expr)


def in_common(first: Expr, second: Expr) -> tuple[dict[str, Expr], Expr, Expr]:
    """The largest parts that two expressions have in common, by names, and both with these in their place.

    >>> from autodiff.formulas.expr import symbol
    >>> sign = ELEMENTARY.sign(symbol("x"))
    >>> parts, a, b = in_common(0.5 + 0.5 * sign, 0.5 - 0.5 * sign)
    >>> [f"{name} = {part}" for name, part in parts.items()], str(a), str(b)
    (['part0 = 0.5*sign(x)'], '0.5 + part0', '0.5 - part0')
    """
    first, second = shared(Expr("both", (first, second))).args
    inside: set[Expr] = set()

    def note(node: Expr) -> None:
        if node not in inside:
            inside.add(node)
            for each in node.args:
                note(each)

    note(first)
    names: dict[Expr, Expr] = {}

    def named(node: Expr) -> Expr:
        if node.args and node in inside:
            return names.setdefault(node, Expr(f"part{len(names)}"))
        return Expr(node.head, tuple(map(named, node.args)))

    def with_names(node: Expr) -> Expr:
        return names.get(node) or Expr(node.head, tuple(map(with_names, node.args)))

    second = named(second)
    return {str(name.head): part for part, name in names.items()}, with_names(first), second
