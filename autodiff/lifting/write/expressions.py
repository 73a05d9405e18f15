"""Expressions: the rules of rows and things, and functions, of rendered operands."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autodiff.engine.notation import ATOM, SUM
from autodiff.formulas.expr import CODE, Expr, as_expr, symbol
from autodiff.formulas.printing import Piece, notation_of, printed
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.numpy import NUMPY
from autodiff.formulas.textbook import TEXTBOOK, instead
from autodiff.lifting.write.algebra import (
    minus,
    norm_of,
    number,
    over,
    plus,
    power,
    quotient,
    reduced,
    times,
    weighted,
)
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.rendered import Rendered, broadcast, side_by_side

__all__ = ["applied", "composed", "where_equal"]

_CALL = re.compile(r"[\w.]+\((?:[^()]|\([^()]*\))*\)")  # of a function, which needs no parentheses
_OVER = {"average": "mean", "variance": "var"}


def applied(rule: Callable[..., Any], operands: Sequence[Rendered], own: str = "") -> Rendered:
    """A rule, called with a namespace and operands, in the three languages.

    Symbols a, b, c stand for the operands in the rule's expression; one that is a number takes part as
    such, so that 1·x becomes x. If the rule gives a slope of the row ``own``, the last operand is that
    row's value, and is written wherever the row itself stands in the slope: 1 - y², not 1 - tanh(x)².
    """
    seen = dict(zip("abcd", side_by_side([*operands])))
    stand_ins = [
        as_expr(operand.number.value) if operand.number and operand.number.plain else symbol(letter)
        for letter, operand in seen.items()
    ]
    reading, code = (_textbook_slopes(as_expr(rule(each, *stand_ins))) for each in (TEXTBOOK, CODE))
    if own:
        row, value = Expr(own, tuple(stand_ins[:-1])), stand_ins[-1]
        reading = instead(reading, row, value)
        if reading.head == "div" and code.head == "div":  # ½/√x, which takes the root in the source, too
            code = instead(code, row, value)
    text = composed(reading, seen)
    if reading.head in ("neg", "mul", "div") and printed(reading, NUMPY) == printed(code, NUMPY):
        return text  # as it is composed, its factors can be told apart
    text = text._replace(made=None)
    heads = set(_heads(code))
    # Parentheses are those of NumPy's precedence; operands that are no calls or names stand in some.
    atoms = {letter: Piece(operand.closed().numpy, ATOM) for letter, operand in seen.items()}
    words = printed(code, NUMPY, atoms=atoms)
    return text._replace(
        numpy=words,
        code=ATOM if not code.args or _CALL.fullmatch(words) else SUM,
        shape=broadcast(*(operand.shape for letter, operand in seen.items() if letter in heads)),
        number=Factor(code.head) if isinstance(code.head, float) else None,
        scaled=None,
    )


def _textbook_slopes(expr: Expr) -> Expr:
    """1/2 + 1/2·sign(d), the slope of a maximum, as heaviside(d), that of x³, which is finite everywhere, as
    3·x², and that of x^½ as ½/x^½."""
    args = tuple(map(_textbook_slopes, expr.args))
    if expr.head == "power_slope":
        exponent = args[1].head
        if isinstance(exponent, float) and exponent.is_integer() and exponent >= 2.0:
            return exponent * args[0] ** (exponent - 1.0)
        if exponent == 0.5:
            return 0.5 / args[0] ** 0.5
    if expr.head == "mul" and args[0].head == 0.5 and args[1].head == "pow":
        base, minus_half = args[1].args
        if (-minus_half).head == 0.5:
            return 0.5 / base**0.5
    if expr.head in ("add", "sub") and args[0].head == 0.5 and args[1].head == "mul":
        half, sign = args[1].args
        if half.head == 0.5 and sign.head == "sign":
            (difference,) = sign.args
            return Expr("heaviside", (difference if expr.head == "add" else _turned(difference),))
    return Expr(expr.head, args)


def _turned(difference: Expr) -> Expr:
    """b - a of a - b, and -x of anything else."""
    if difference.head == "sub":
        a, b = difference.args
        return b - a
    return -difference


def _heads(expr: Expr) -> Iterator[str | float]:
    yield expr.head
    for operand in expr.args:
        yield from _heads(operand)


def composed(expr: Expr, atoms: Mapping[str, Rendered], axes: Sequence[int] = ()) -> Rendered:
    """An expression whose symbols stand for ``atoms``; a ``total`` is a sum over ``axes``, an ``average``
    the mean and a ``variance`` the variance there; they stay with length 1."""
    head = expr.head
    if isinstance(head, float):
        return number(head)
    if not expr.args:
        return atoms[head]
    if head == "heaviside" and (x := _of_one_sign(expr.args[0], atoms)):
        return _call(head, [x])
    operands = [composed(operand, atoms, axes) for operand in expr.args]
    if head == "total":
        return _total(operands[0], axes)
    if head in _OVER:
        a = operands[0]
        return a if a.number is not None else over(a, axes, _OVER[head], keep=True)
    if head == "neg":
        return weighted(-1.0, operands[0])
    if head == "pow" and operands[1].number is not None:
        return _raised(operands[0], operands[1])
    if head in _ARITHMETIC:
        return _ARITHMETIC[head](*operands)
    if head == "equals":
        return where_equal(*operands)
    return _call(head, side_by_side(operands))


def _of_one_sign(difference: Expr, atoms: Mapping[str, Rendered]) -> Rendered | None:
    """x or -x, whichever is positive where c·x - k·x, for two numbers c and k, is: (c - k)·x has the sign
    of x if c > k, and else of -x. None of any other difference.

    The slope of a leaky relu, max(0.01·Z, Z), is 1 where Z > 0 and 0.01 where -Z > 0.
    """
    if difference.head != "sub" or any(each.args or each.head not in atoms for each in difference.args):
        return None
    terms = [atoms[str(each.head)] for each in difference.args]
    (c, x), (k, z) = (term.scaled or (Factor(1.0), term) for term in terms)
    if x != z or not (c.plain and k.plain) or c.value == k.value:
        return None
    return weighted(math.copysign(1.0, c.value - k.value), x)


def where_equal(a: Rendered, b: Rendered) -> Rendered:
    """1 where two arrays are equal, else 0."""
    a, b = side_by_side([a, b])
    latex, code = rf"\left[{a.latex} = {b.latex}\right]", f"({a.numpy} == {b.numpy})"
    return Rendered(f"[{a.text} = {b.text}]", code, latex, broadcast(a.shape, b.shape))


def _total(a: Rendered, axes: Sequence[int]) -> Rendered:
    """The sum over some axes, which stay with length 1."""
    if all(a.shape[axis] != 1 for axis in axes) and (a.scaled is None):
        return over(a, axes, "add", keep=True)
    if a.scaled is not None:
        return weighted(a.scaled[0], _total(a.scaled[1], axes))
    shape = tuple(1 if axis in axes else n for axis, n in enumerate(a.shape))
    return reduced(a, a.shape, axes).reshaped(shape)


def _raised(a: Rendered, exponent: Rendered) -> Rendered:
    """A power of each element, by a number."""
    if exponent.number is not None and exponent.number.value == 0.5:
        return _call("sqrt", [a])._replace(numpy=f"{a.closed().numpy}**{exponent.closed().numpy}")
    a = a.closed()
    sign = {"2": "²", "3": "³"}.get(exponent.text, f"^{exponent.closed().text}")
    latex = power(a.latex, exponent.latex)
    return Rendered(a.text + sign, f"{a.numpy}**{exponent.closed().numpy}", latex, a.shape)


_ARITHMETIC: dict[str, Callable[[Rendered, Rendered], Rendered]] = {
    "add": plus,
    "sub": minus,
    "mul": times,
    "div": quotient,
}
_COMMANDS = {"sin", "cos", "tan", "sinh", "cosh", "tanh"}  # of LaTeX
_WORDS = {"log": "ln", "maximum": "max", "minimum": "min"}


def _call(head: str, operands: Sequence[Rendered]) -> Rendered:
    """A function of arrays, element by element."""
    shape = broadcast(*(operand.shape for operand in operands))
    inside = ", ".join(operand.text for operand in operands)
    form = LATEX.form(head, notation_of(head), len(operands))
    latex = form.template.format(*(operand.latex for operand in operands))
    if head in _COMMANDS:
        latex = latex.replace(rf"\operatorname{{{head}}}", rf"\{head}", 1)
    text = f"{_WORDS.get(head, head)}({inside})"
    if head == "sqrt":
        text = f"√{operands[0].closed().text}"
        if (norm := norm_of(operands[0])) is not None:
            text, latex = norm
    elif head == "choose":
        condition, a, b = (operand.text for operand in operands)
        text = f"where([{condition} > 0], {a}, {b})"
    letters = [f"x{i}" for i in range(len(operands))]
    atoms = {x: Piece(operand.closed().numpy, ATOM) for x, operand in zip(letters, operands)}
    code = printed(Expr(head, tuple(map(symbol, letters))), NUMPY, atoms=atoms)
    return Rendered(text, code, latex, shape)
