"""Rules as a textbook prints them: the slope of tanh is 1 - y², that of σ is y·(1 - y).

What runs computes them by the rules of the table, which keep the digits that these forms lose.

>>> from autodiff.engine.ops import OPS
>>> x, z, y = symbol("x"), symbol("z"), symbol("y")
>>> [str(*book_partials(OPS[name], [x], y)) for name in ("tanh", "sigmoid", "sqrt", "relu")]
['1 - y**2', 'y*(1 - y)', '1/(2*y)', '1 if x > 0 else 0']
>>> book_partials(OPS["div"], [x, z], y)
[1/z, -x/z**2]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autodiff.engine.ops import Op
from autodiff.formulas.expr import Expr, Reading, as_expr, symbol

__all__ = ["TEXTBOOK", "book_partials", "instead"]


class Textbook(Reading):
    """The slope of tanh is 1 - y², and σ(-x) is 1 - σ(x)."""

    @staticmethod
    def sech_squared(x: Any, y: Any) -> Expr:
        return 1.0 - as_expr(y) ** 2.0

    def sigmoid(self, x: Any) -> Expr:
        x = as_expr(x)
        return 1.0 - Expr("sigmoid", x.args) if x.head == "neg" else Expr("sigmoid", (x,))

    @staticmethod
    def hypot_slope(x: Any, z: Any, y: Any) -> Expr:
        return as_expr(x) / as_expr(y)


TEXTBOOK = Textbook()
PI = symbol("π")
ONE = as_expr(1.0)
NAMED: dict[float, Expr] = {  # numbers of the table's rules, which a book does not print as decimals
    math.pi: PI,
    2.0 / math.sqrt(math.pi): 2.0 / TEXTBOOK.sqrt(PI),
    1.0 / math.sqrt(2.0 * math.pi): 1.0 / TEXTBOOK.sqrt(2.0 * PI),
    1.0 / math.log(2.0): 1.0 / TEXTBOOK.log(2.0),
    math.log10(math.e): 1.0 / TEXTBOOK.log(10.0),
}


def book_partials(op: Op, operands: Sequence[Expr], y: Expr) -> list[Expr]:
    """∂y/∂operand of a row, one for each operand, as a textbook prints it: for reading, not for computing.

    A result is named, as in y·(1 - y), where the row is a function; the power or quotient that an operator
    makes is written out.
    """
    slopes = [as_expr(slope) for slope in op.partials(TEXTBOOK, *operands, y)]
    value = Expr(op.name, tuple(operands))
    turn = (y, value) if op.notation.infix else (value, y)
    return [_plain(instead(slope, *turn)) for slope in slopes]


def instead(expr: Expr, part: Expr, new: Expr) -> Expr:
    """The expression with each ``part`` in it replaced."""
    if _alike(expr, part):
        return new
    return Expr(expr.head, tuple(instead(operand, part, new) for operand in expr.args))


def _alike(a: Expr, b: Expr) -> bool:
    return a.head == b.head and len(a.args) == len(b.args) and all(map(_alike, a.args, b.args))


def _plain(expr: Expr) -> Expr:
    """The same in the forms that a book prefers, from the inside out."""
    if isinstance(expr.head, float):
        return NAMED.get(expr.head, expr)
    if expr.head == "choose":
        return _chosen(*expr.args)
    found = Expr(expr.head, tuple(map(_plain, expr.args)))
    prefer = _PREFERRED.get(expr.head)
    return prefer(*found.args) if prefer else found


def _chosen(condition: Expr, above: Expr, otherwise: Expr) -> Expr:
    """Otherwise the condition is 0 at most: there min(c, 0) is c."""
    if condition.head == "step" and _is_there(condition.args[0]):
        return _plain(above)
    smaller = Expr("at_most", (condition, as_expr(0.0)))
    return Expr("choose", tuple(map(_plain, (condition, above, instead(otherwise, smaller, condition)))))


def _is_there(operand: Expr) -> bool:
    """Whether it is max(|x|, z), by which x·log(z) is told from 0·log(0)."""
    return operand.head == "maximum" and operand.args[0].head == "abs"


def _step(x: Expr) -> Expr:
    return ONE if _is_there(x) else Expr("choose", (x, ONE, as_expr(0.0)))


def _half_and_half(a: Expr, b: Expr, above: float) -> Expr | None:
    """1/2 ± 1/2·sign(d), the slope of a maximum, by cases; half of it at a tie."""
    if a.head == 0.5 and b.head == "div" and b.args[0].head == "sign":
        (difference,) = b.args[0].args
        turned = difference.args[1] - difference.args[0] if difference.head == "sub" else -difference
        below = Expr("choose", (turned, as_expr(1.0 - above), 1.0 / as_expr(2.0)))
        return Expr("choose", (difference, as_expr(above), below))
    return None


def _sum(a: Expr, b: Expr) -> Expr:
    return _half_and_half(a, b, 1.0) or a + b


def _difference(a: Expr, b: Expr) -> Expr:
    if a.head == 1.0 and b.head == "choose" and {each.head for each in b.args[1:]} == {0.0, 1.0}:
        return Expr("choose", (b.args[0], b.args[2], b.args[1]))
    return _half_and_half(a, b, 0.0) or a - b


def _product(a: Expr, b: Expr) -> Expr:
    if a.head == "neg" or b.head == "neg":
        return a * b
    if a.head == 0.5:
        return b / 2.0
    if a.head == "div":
        return _quotient(_product(a.args[0], b), a.args[1])
    if _alike(a, b):
        return a**2.0
    if a.head == "mul":  # the powers of the last factor gather
        last = a.args[1]
        base, exponent = last.args if last.head == "pow" else (last, ONE)
        if _alike(base, b) and isinstance(exponent.head, float):
            return a.args[0] * b ** (exponent.head + 1.0)
    if a.head == b.head == "sqrt":
        return Expr("sqrt", (_product(*a.args, *b.args),))
    if {a.head, b.head} == {"add", "sub"}:
        return _between_squares(*((a, b) if a.head == "sub" else (b, a))) or a * b
    return a * b


def _between_squares(less: Expr, more: Expr) -> Expr | None:
    """(a - b)·(a + b) as a² - b²."""
    if not all(map(_alike, less.args, more.args)):
        return None
    first, second = (each if each.head == 1.0 else each**2.0 for each in less.args)
    return first - second


def _quotient(a: Expr, b: Expr) -> Expr:
    if a.head == "neg":
        return -_quotient(a.args[0], b)
    if a.head == 0.5:
        return 1.0 / (2.0 * b)
    if a.head == "div":
        return a.args[0] / _product(b, a.args[1])
    return a / b


def _hypotenuse(a: Expr, b: Expr) -> Expr:
    squares = [each if each.head == 1.0 else each**2.0 for each in (a, b)]
    return Expr("sqrt", (squares[0] + squares[1],))


_PREFERRED: dict[str, Callable[..., Expr]] = {
    "add": _sum,
    "sub": _difference,
    "mul": _product,
    "div": _quotient,
    "neg": lambda a: -a,
    "pow": lambda a, b: a**b,
    "step": _step,
    "hypot": _hypotenuse,
    "at_least": TEXTBOOK.maximum,
    "at_most": TEXTBOOK.minimum,
}
