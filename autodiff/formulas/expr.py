"""Expressions that print themselves: as plain text, LaTeX, MathML, NumPy and JavaScript source.

An ``Expr`` is a small tree. Arithmetic on Exprs builds it, and so does a row of ``autodiff.engine.ops``
that is applied to them with one of the two namespaces here. ``READING`` is for people. ``CODE``
is for machines: it keeps the functions that guard a rule's edge cases, such as 0·log(0).

>>> from autodiff.engine.ops import OPS
>>> w, x, b = symbol("w"), symbol("x"), symbol("b")
>>> print(READING.tanh(w * x + b))
tanh(w*x + b)
>>> for partial in OPS["pow"].partials(READING, x, as_expr(3), symbol("y")):
...     print(partial)
3*x**2
y*log(x)
>>> CODE.relu(CODE.exp(-x)).numpy()
'relu(np.exp(-x))'
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autodiff.engine.namespaces import Namespace
from autodiff.engine.ops import OPS
from autodiff.engine.primitives import PRIMITIVES
from autodiff.formulas.printing import notation_of, printed
from autodiff.formulas.styles.javascript import JAVASCRIPT
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.mathml import MATHML
from autodiff.formulas.styles.numpy import NUMPY
from autodiff.formulas.styles.text import TEXT

__all__ = ["CODE", "READING", "Expr", "Reading", "as_expr", "symbol"]


@dataclass(frozen=True, eq=False, repr=False)
class Expr:
    """An expression tree: a number, a symbol, or the call of a function on expressions.

    Make numbers with ``as_expr``, symbols with ``symbol``, and the rest by arithmetic and with
    a namespace. Arithmetic simplifies, but only to the same number: ``1*x`` is ``x``, ``x + 0``
    is ``x``, and signs move outwards, so that ``a + (-b)*c`` is ``a - b*c``.

    Attributes:
        head: a float for a number, else the name of the symbol or of the function.
        args: what the function is applied to; empty for numbers and symbols.
    """

    head: str | float
    args: tuple[Expr, ...] = ()

    def __add__(self, other: Expr | float) -> Expr:
        a, b = self, as_expr(other)
        if _number(a) == 0.0 or _number(b) == 0.0:
            return b if _number(a) == 0.0 else a
        return _folded(operator.add, a, b) or (a - b.args[0] if b.head == "neg" else Expr("add", (a, b)))

    def __sub__(self, other: Expr | float) -> Expr:
        a, b = self, as_expr(other)
        if _number(b) == 0.0:
            return a
        return _folded(operator.sub, a, b) or (a + b.args[0] if b.head == "neg" else Expr("sub", (a, b)))

    def __mul__(self, other: Expr | float) -> Expr:
        a, b = self, as_expr(other)
        if a.head == "neg" or b.head == "neg":
            return _signed(operator.mul, a, b)
        if a.head == 1.0 or b.head == 1.0:
            return b if a.head == 1.0 else a
        return Expr("mul", (a, b))

    def __truediv__(self, other: Expr | float) -> Expr:
        a, b = self, as_expr(other)
        if a.head == "neg" or b.head == "neg":
            return _signed(operator.truediv, a, b)
        return a if b.head == 1.0 else Expr("div", (a, b))

    def __pow__(self, other: Expr | float) -> Expr:
        exponent = as_expr(other)
        return self if exponent.head == 1.0 else Expr("pow", (self, exponent))

    def __neg__(self) -> Expr:
        return self.args[0] if self.head == "neg" else Expr("neg", (self,))

    def __abs__(self) -> Expr:
        return Expr("abs", (self,))

    def __radd__(self, other: float) -> Expr:
        return as_expr(other) + self

    def __rsub__(self, other: float) -> Expr:
        return as_expr(other) - self

    def __rmul__(self, other: float) -> Expr:
        return as_expr(other) * self

    def __rtruediv__(self, other: float) -> Expr:
        return as_expr(other) / self

    def __rpow__(self, other: float) -> Expr:
        return as_expr(other) ** self

    def text(self) -> str:
        """Plain text in Python's syntax, which ``autodiff.parsing`` reads back."""
        return printed(self, TEXT)

    def latex(self) -> str:
        """LaTeX, without dollar signs. ``W1[0,2]`` is typeset as W, layer 1, row 0, column 2."""
        return printed(self, LATEX)

    def mathml(self) -> str:
        """A ``<math>`` element, which browsers show without any library."""
        return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{printed(self, MATHML)}</math>'

    def numpy(self) -> str:
        """NumPy source in which symbols stand as they are; ``numpy_prelude`` makes it runnable."""
        return printed(self, NUMPY)

    def javascript(self) -> str:
        """JavaScript source, likewise; ``javascript_prelude`` makes it runnable."""
        return printed(self, JAVASCRIPT)

    __str__ = __repr__ = text

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def symbol(name: str) -> Expr:
    """The symbol ``name``, which may be any text; in source code it stands as it is."""
    return Expr(name)


def as_expr(operand: Expr | float) -> Expr:
    """The operand itself if it is an Expr, else that number as one; negative numbers become
    the negation of positive ones, so that they print right wherever they stand."""
    if isinstance(operand, Expr):
        return operand
    number = float(operand)
    return Expr("neg", (Expr(-number),)) if math.copysign(1.0, number) < 0.0 else Expr(number)


def _number(expr: Expr) -> float | None:
    """The number this expression is, or None."""
    if expr.head == "neg" and isinstance(expr.args[0].head, float):
        return -expr.args[0].head
    return expr.head if isinstance(expr.head, float) else None


def _folded(combine: Callable[[float, float], float], a: Expr, b: Expr) -> Expr | None:
    """The sum or difference of two numbers as a number: 2x should not read 2·x^(2 - 1)."""
    p, q = _number(a), _number(b)
    return None if p is None or q is None else as_expr(combine(p, q))


def _signed(combine: Callable[[Expr, Expr], Expr], a: Expr, b: Expr) -> Expr:
    """The product or quotient with the operands' signs in front of it."""
    result = combine(*(operand.args[0] if operand.head == "neg" else operand for operand in (a, b)))
    return -result if (a.head == "neg") != (b.head == "neg") else result


class Code(Namespace):
    """Every row a call of itself, or the operator that Python has for it."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        notation = notation_of(name)
        if notation.infix and name not in PRIMITIVES:  # a power is a call to rules, which need no operator
            rule = getattr(operator, notation.operator)
            return lambda *operands: rule(*map(as_expr, operands))
        if name in OPS or name in PRIMITIVES:
            return lambda *operands: Expr(name, tuple(map(as_expr, operands)))
        return super().__getattr__(name)


class Reading(Code):
    """As ``Code``, with powers and products in their plain form."""

    @staticmethod
    def pow(x: Expr | float, z: Expr | float) -> Expr:
        return as_expr(x) ** z

    @staticmethod
    def xlogy(y: Expr | float, x: Expr | float) -> Expr:
        return as_expr(y) * Expr("log", (as_expr(x),))

    @staticmethod
    def inversion(x: Expr | float, z: Expr | float) -> Expr:
        return as_expr(x) / (_squared(x) + _squared(z))

    def direction(self, x: Expr | float, z: Expr | float) -> Expr:
        quotient: Expr = as_expr(x) / self.hypot(x, z)
        return quotient

    def sinc_prime(self, x: Expr | float, y: Expr | float) -> Expr:
        slope: Expr = (self.cos_pi(x) - self.sinc(x)) / x
        return slope

    def sinc_second(self, x: Expr | float, y: Expr | float) -> Expr:
        second: Expr = -(math.pi**2) * self.sinc(x) - 2.0 * as_expr(y) / x
        return second

    @staticmethod
    def power_slope(x: Expr | float, z: Expr | float) -> Expr:
        return as_expr(z) * as_expr(x) ** (as_expr(z) - 1.0)


def _squared(operand: Expr | float) -> Expr:
    """The square, of a small whole number as a number: 1 + x² and not 1² + x²."""
    number = _number(as_expr(operand))
    whole = number is not None and number.is_integer() and abs(number) < 100.0
    return as_expr(number * number) if number is not None and whole else as_expr(operand) ** 2.0


CODE = Code()
READING = Reading()
