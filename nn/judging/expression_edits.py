"""What is easily written instead of an expression: a factor less, another sign, no square, y for x."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.formulas.expr import Expr, as_expr

__all__ = ["variants"]


def variants(expr: Expr) -> Iterator[tuple[Expr, Expr, Expr]]:
    """Each with the part that is changed, or the sum that it is in, and what that is changed to, before it.

    >>> from autodiff.formulas.expr import symbol
    >>> [str(changed) for *_, changed in variants(1.0 - symbol("y") ** 2.0)]
    ['y**2 - 1', '1 + y**2', 'y**2', '1 - y']
    """
    for part in _instead(expr):
        yield expr, part, part
    for i, operand in enumerate(expr.args):
        if expr.head == "pow" and i == 1:
            continue
        for old, new, changed in variants(operand):
            whole = _with(expr, i, changed)
            yield (expr, whole, whole) if expr.head in ("add", "sub") else (old, new, whole)


def _with(expr: Expr, i: int, operand: Expr) -> Expr:
    return Expr(expr.head, (*expr.args[:i], operand, *expr.args[i + 1 :]))


def _instead(expr: Expr) -> Iterator[Expr]:
    head, args = expr.head, expr.args
    if head == "mul":
        yield from (args[1], args[0])
    elif head == "add":
        yield from (Expr("sub", args), Expr("sub", args[::-1]), *args)
    elif head == "sub":
        yield Expr("sub", args[::-1])
        yield Expr("add", args)
        yield from (each for each in args if not isinstance(each.head, float))
    elif head == "div":
        yield Expr("mul", args)
        yield from (args[0], Expr("div", (as_expr(1.0), args[1])), args[1])
    elif len(args) == 1 or head == "pow":
        yield args[0]
