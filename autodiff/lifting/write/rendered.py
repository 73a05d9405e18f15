"""Rendered: an expression in three languages, with the shape of its NumPy form.

The languages are the note's (``W1·X + b1``), NumPy's (``W1 @ X + b1[:, None]``) and LaTeX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from autodiff.engine.notation import ATOM, PRODUCT, SUM
from autodiff.formulas.expr import CODE, READING, Expr, as_expr, symbol
from autodiff.formulas.printing import Piece, pieced, printed
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.numpy import NUMPY
from autodiff.formulas.styles.text import TEXT

__all__ = [
    "Line",
    "Rendered",
    "Shape",
    "applied",
    "assignment",
    "broadcast",
    "number",
    "plus",
    "shown",
    "times",
    "weighted",
]

Shape = tuple[int | str, ...]  # "m" stands for the number of samples


class Rendered(NamedTuple):
    """An expression in the three languages.

    Attributes:
        text, numpy, latex: the expression.
        shape: of what the NumPy expression gives; it may have to be broadcast.
        binds: how tightly its text does, ``SUM``, ``PRODUCT``, ``ATOM``, …
        number: the number that it is, if it is one.
    """

    text: str
    numpy: str
    latex: str
    shape: Shape = ()
    binds: int = ATOM
    number: float | None = None

    def closed(self, least: int = ATOM) -> Rendered:
        """In parentheses, unless it binds tightly enough without."""
        if self.binds >= least:
            return self
        return self._replace(
            text=f"({self.text})", numpy=f"({self.numpy})", latex=rf"\left({self.latex}\right)", binds=ATOM
        )

    @property
    def T(self) -> Rendered:
        """The transpose."""
        shape = self.shape[::-1]
        if self.numpy.endswith(".T") and self.binds == ATOM:
            latex = self.latex.removesuffix("^T").removeprefix("{").removesuffix("}")
            return Rendered(self.text[:-1], self.numpy[:-2], latex, shape)
        a = self.closed()
        return Rendered(f"{a.text}ᵀ", f"{a.numpy}.T", f"{{{a.latex}}}^T", shape)

    def then(self, text: str, numpy: str, latex: str, other: Rendered) -> Rendered:
        """This factor and another, element by element, with an operator between them."""
        a, b = self.closed(PRODUCT), other.closed()
        joined = (a.text + text + b.text, a.numpy + numpy + b.numpy, a.latex + latex + b.latex)
        return Rendered(*joined, broadcast(a.shape, b.shape), PRODUCT)

    def dot(self, other: Rendered) -> Rendered:
        """The matrix product."""
        joined = self.then("·", " @ ", r" \, ", other)
        return joined._replace(shape=(*self.shape[:-1], *other.shape[1:]))

    def around(self, text: str, numpy: str, latex: str, shape: Shape) -> Rendered:
        """This expression put into templates, each with one #."""
        a = self.closed()
        words = (text.replace("#", a.text), numpy.replace("#", a.numpy), latex.replace("#", a.latex))
        return Rendered(*words, shape)

    def in_numpy(self, template: str, shape: Shape) -> Rendered:
        """This expression with its NumPy form put into a template, which a # stands for."""
        binds = ATOM if self.binds > SUM else SUM
        return self._replace(
            numpy=template.replace("#", self.closed().numpy), shape=shape, binds=binds, number=None
        )

    def reshaped(self, shape: Shape) -> Rendered:
        """With its elements in another shape, in NumPy."""
        return self if self.shape == shape else self.in_numpy(f"#.reshape({shown(shape)})", shape)

    def filled(self, shape: Shape) -> Rendered:
        """Broadcast to its full shape, where it is smaller."""
        if self.shape == shape:
            return self
        call = "np.broadcast_to" if self.number is None else "np.full"
        operands = [self.numpy, shown(shape)] if self.number is None else [shown(shape), self.numpy]
        return self._replace(numpy=f"{call}({', '.join(operands)})", shape=shape, number=None)


class Line(NamedTuple):
    """One assignment to ``target``, of ``shape``, in the three languages."""

    target: str
    shape: Shape
    text: str
    numpy: str
    latex: str


def assignment(target: Rendered, sign: str, value: Rendered) -> Line:
    """The line ``target = value`` or ``target += value``."""
    return Line(
        target.numpy,
        target.shape,
        f"{target.text}{sign}{value.text}",
        f"{target.numpy}{sign}{value.numpy}",
        f"{target.latex} &{sign.strip()} {value.latex}",
    )


def broadcast(*shapes: Shape) -> Shape:
    """The shape that arrays of these shapes have together."""
    rank = max(map(len, shapes), default=0)
    aligned = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(next((n for n in sizes if n != 1), 1) for sizes in zip(*aligned))


def shown(shape: Shape) -> str:
    """A shape as Python writes it."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def number(value: float) -> Rendered:
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
        return Rendered(f"{sign}{p}/{q}", repr(value), rf"{sign}\tfrac{{{p}}}{{{q}}}", (), binds, value)
    return Rendered(expr.text(), repr(value), expr.latex(), (), binds, value)


def times(a: Rendered, b: Rendered) -> Rendered:
    """The product, element by element."""
    if a.number is not None:
        return a.then("·", " * ", r" \, ", b)
    return a.then(" ⊙ ", " * ", r" \odot ", b)


def plus(a: Rendered | None, b: Rendered) -> Rendered:
    """a + b, or a - |b| where b begins with a minus."""
    if a is None:
        return b
    if all(word.startswith("-") for word in b[:3]):
        sign, (text, numpy, latex) = "-", (word[1:] for word in b[:3])
    else:
        sign, (text, numpy, latex) = "+", (b.closed() if b.text.startswith("-") else b)[:3]
    joined = (f"{a.text} {sign} {text}", f"{a.numpy} {sign} {numpy}", f"{a.latex} {sign} {latex}")
    return Rendered(*joined, broadcast(a.shape, b.shape), SUM)


def weighted(c: float, term: Rendered) -> Rendered:
    """c·term, with a minus for -1."""
    if c == 1.0:
        return term
    if c < 0.0:
        a = weighted(-c, term).closed(PRODUCT)
        return Rendered(f"-{a.text}", f"-{a.numpy}", f"-{a.latex}", a.shape, SUM)
    return times(number(c), term)


def applied(rule: Callable[..., Any], operands: Sequence[Rendered]) -> Rendered:
    """A rule, called with a namespace and operands, in the three languages.

    Symbols a, b, c stand for the operands in the rule's expression. They print as the operands do,
    node by node, so it does not matter what an operand is called; one that is more than a name stands
    in parentheses. An operand that is a number takes part as such, so that 1·x becomes x.
    """
    stand_ins = [
        symbol(letter) if operand.number is None else as_expr(operand.number)
        for letter, operand in zip("abc", operands)
    ]
    closed = {letter: operand.closed() for letter, operand in zip("abc", operands)}
    reading, code = (as_expr(rule(namespace, *stand_ins)) for namespace in (READING, CODE))
    latex = {
        letter: Piece(f"{{{operand.latex}}}" if "^" in operand.latex else operand.latex, ATOM)
        for letter, operand in closed.items()
    }
    text = pieced(reading, TEXT, {letter: Piece(operand.text, ATOM) for letter, operand in closed.items()})
    heads = set(_heads(code))
    return Rendered(
        text.text,
        printed(
            code, NUMPY, atoms={letter: Piece(operand.numpy, ATOM) for letter, operand in closed.items()}
        ),
        printed(reading, LATEX, atoms=latex),
        broadcast(*(operand.shape for letter, operand in closed.items() if letter in heads)),
        text.binds,
        code.head if isinstance(code.head, float) else None,
    )


def _heads(expr: Expr) -> Iterator[str | float]:
    yield expr.head
    for operand in expr.args:
        yield from _heads(operand)
