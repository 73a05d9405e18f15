"""Spelling: an expression in three languages, with the shape of its NumPy form.

The languages are the note's (``W1·X + b1``), NumPy's (``W1 @ X + b1[:, None]``) and LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from autodiff.formulas.expr import CODE, READING, Expr, as_expr, symbol

__all__ = [
    "ATOM",
    "PRODUCT",
    "SUM",
    "Shape",
    "Spelling",
    "applied",
    "broadcast",
    "latex_name",
    "number",
    "plus",
    "shown",
    "times",
    "weighted",
]

Shape = tuple[int | str, ...]  # "m" stands for the number of samples
ATOM, PRODUCT, SUM = 2, 1, 0  # how tightly an expression binds


class Spelling(NamedTuple):
    """An expression in the three languages.

    Attributes:
        text, numpy, latex: the expression.
        shape: of what the NumPy expression gives; it may have to be broadcast.
        binds: how tightly, ``ATOM``, ``PRODUCT`` or ``SUM``.
        number: the number that it is, if it is one.
    """

    text: str
    numpy: str
    latex: str
    shape: Shape = ()
    binds: int = ATOM
    number: float | None = None

    def closed(self, least: int = ATOM) -> Spelling:
        """In parentheses, unless it binds tightly enough without."""
        if self.binds >= least:
            return self
        return self._replace(
            text=f"({self.text})", numpy=f"({self.numpy})", latex=rf"\left({self.latex}\right)", binds=ATOM
        )

    @property
    def T(self) -> Spelling:
        """The transpose."""
        shape = self.shape[::-1]
        if self.numpy.endswith(".T") and self.binds == ATOM:
            latex = self.latex.removesuffix("^T").removeprefix("{").removesuffix("}")
            return Spelling(self.text[:-1], self.numpy[:-2], latex, shape)
        a = self.closed()
        return Spelling(f"{a.text}ᵀ", f"{a.numpy}.T", f"{{{a.latex}}}^T", shape)

    def then(self, text: str, numpy: str, latex: str, other: Spelling) -> Spelling:
        """This factor and another, element by element, with an operator between them."""
        a, b = self.closed(PRODUCT), other.closed()
        joined = (a.text + text + b.text, a.numpy + numpy + b.numpy, a.latex + latex + b.latex)
        return Spelling(*joined, broadcast(a.shape, b.shape), PRODUCT)

    def dot(self, other: Spelling) -> Spelling:
        """The matrix product."""
        joined = self.then("·", " @ ", r" \, ", other)
        return joined._replace(shape=(*self.shape[:-1], *other.shape[1:]))

    def around(self, text: str, numpy: str, latex: str, shape: Shape) -> Spelling:
        """This expression put into templates, each with one #."""
        a = self.closed()
        words = (text.replace("#", a.text), numpy.replace("#", a.numpy), latex.replace("#", a.latex))
        return Spelling(*words, shape)

    def in_numpy(self, template: str, shape: Shape) -> Spelling:
        """This expression with its NumPy form put into a template, which a # stands for."""
        binds = ATOM if self.binds else SUM
        return self._replace(
            numpy=template.replace("#", self.closed().numpy), shape=shape, binds=binds, number=None
        )

    def reshaped(self, shape: Shape) -> Spelling:
        """With its elements in another shape, in NumPy."""
        return self if self.shape == shape else self.in_numpy(f"#.reshape({shown(shape)})", shape)

    def filled(self, shape: Shape) -> Spelling:
        """Broadcast to its full shape, where it is smaller."""
        if self.shape == shape:
            return self
        call = "np.broadcast_to" if self.number is None else "np.full"
        operands = [self.numpy, shown(shape)] if self.number is None else [shown(shape), self.numpy]
        return self._replace(numpy=f"{call}({', '.join(operands)})", shape=shape, number=None)


def broadcast(*shapes: Shape) -> Shape:
    """The shape that arrays of these shapes have together."""
    rank = max(map(len, shapes), default=0)
    aligned = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(next((n for n in sizes if n != 1), 1) for sizes in zip(*aligned))


def shown(shape: Shape) -> str:
    """A shape as Python writes it."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def number(value: float) -> Spelling:
    """A number; one over a whole number, such as a mean over 30 takes, and fractions without a short
    decimal as such."""
    value = float(value)
    binds = ATOM if value >= 0.0 else SUM
    expr = as_expr(value)
    fraction = Fraction(value).limit_denominator(1_000_000) if abs(value) > 1e-6 else Fraction(0)
    if float(fraction) == value and (
        len(expr.text()) > 8 or (abs(fraction.numerator) == 1 and fraction.denominator > 10)
    ):
        p, q = abs(fraction.numerator), fraction.denominator
        sign = "-" if value < 0.0 else ""
        return Spelling(f"{sign}{p}/{q}", repr(value), rf"{sign}\tfrac{{{p}}}{{{q}}}", (), binds, value)
    return Spelling(expr.text(), repr(value), expr.latex(), (), binds, value)


def times(a: Spelling, b: Spelling) -> Spelling:
    """The product, element by element."""
    if a.number is not None:
        return a.then("·", " * ", r" \, ", b)
    return a.then(" ⊙ ", " * ", r" \odot ", b)


def plus(a: Spelling | None, b: Spelling) -> Spelling:
    """a + b, or a - |b| where b begins with a minus."""
    if a is None:
        return b
    if all(each.startswith("-") for each in b[:3]):
        sign, (text, numpy, latex) = "-", (each[1:] for each in b[:3])
    else:
        sign, (text, numpy, latex) = "+", (b.closed() if b.text.startswith("-") else b)[:3]
    joined = (f"{a.text} {sign} {text}", f"{a.numpy} {sign} {numpy}", f"{a.latex} {sign} {latex}")
    return Spelling(*joined, broadcast(a.shape, b.shape), SUM)


def weighted(c: float, term: Spelling) -> Spelling:
    """c·term, with a minus for -1."""
    if c == 1.0:
        return term
    if c < 0.0:
        a = weighted(-c, term).closed(PRODUCT)
        return Spelling(f"-{a.text}", f"-{a.numpy}", f"-{a.latex}", a.shape, SUM)
    return times(number(c), term)


def latex_name(name: str) -> str:
    """``dZ1`` as dZ^{[1]}: the number of the layer in brackets above, as in the note."""
    found = re.fullmatch(r"(d?[A-Za-z])(\d+)", name)
    return f"{found[1]}^{{[{found[2]}]}}" if found else symbol(name).latex()


def applied(rule: Callable[..., Any], operands: Sequence[Spelling]) -> Spelling:
    """A rule, called with a namespace and operands, in the three languages.

    Symbols stand in for the operands while the rule is printed; an operand that is more than a
    name takes its place in parentheses.
    """
    stand_ins = [
        symbol(f"operand{chr(ord('A') + i)}") if each.number is None else as_expr(each.number)
        for i, each in enumerate(operands)
    ]
    printed = []
    languages = ((READING, Expr.text), (CODE, Expr.numpy), (READING, Expr.latex))
    for language, (namespace, show) in enumerate(languages):
        text = show(as_expr(rule(namespace, *stand_ins)))
        for stand_in, operand in zip(stand_ins, operands):
            if operand.number is None:
                word = str(operand.closed()[language])
                word = f"{{{word}}}" if language == 2 and "^" in word else word
                text = text.replace(show(stand_in), word)
        printed.append(text)
    expr = as_expr(rule(CODE, *stand_ins))
    used = set(_heads(expr))
    shapes = [operand.shape for each, operand in zip(stand_ins, operands) if each.head in used]
    head = as_expr(rule(READING, *stand_ins)).head
    binds = SUM if head in ("add", "sub", "neg") else PRODUCT if head in ("mul", "div", "pow") else ATOM
    value = expr.head if isinstance(expr.head, float) else None
    text, numpy, latex = printed
    return Spelling(text, numpy, latex, broadcast(*shapes), binds, value)


def _heads(expr: Expr) -> Iterator[str | float]:
    yield expr.head
    for each in expr.args:
        yield from _heads(each)
