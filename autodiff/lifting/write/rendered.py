"""Rendered: an expression in three languages, with the shape of its NumPy form.

The languages are the note's (``W1·X + b1``), NumPy's (``W1 @ X + b1[:, None]``) and LaTeX.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from autodiff.engine.notation import ATOM, PRODUCT, SUM
from autodiff.formulas.expr import CODE, READING, Expr, as_expr, symbol
from autodiff.formulas.printing import Piece, pieced, printed
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.numpy import NUMPY
from autodiff.formulas.styles.text import TEXT
from autodiff.lifting.write.numerals import numeral

__all__ = [
    "Line",
    "Rendered",
    "Shape",
    "applied",
    "assignment",
    "broadcast",
    "joined",
    "number",
    "plus",
    "reduced",
    "shown",
    "times",
    "weighted",
]

Shape = tuple[int | str, ...]  # "m" stands for the number of samples


def _positive(value: float, latex: bool = False) -> Piece:
    """A number inside a formula, where a minus is an operation of its own."""
    text, _, typeset = numeral(value)
    is_product = "/" in text or (latex and r"\cdot" in typeset)
    return Piece(typeset if latex else text, PRODUCT if is_product else ATOM)


DEEP = 100  # operations in one another; Python reads 200

_REDUCTIONS = {  # NumPy's method, and the sign in text and in LaTeX
    "add": ("sum", "Σ", r"\sum"),
    "maximum": ("max", "max", r"\max"),
    "minimum": ("min", "min", r"\min"),
}
_BELOW = {"": "", "t": "ₜ", "r": "ᵣ"}

_TEXT = replace(TEXT, number=_positive)
_LATEX = replace(LATEX, number=partial(_positive, latex=True))


class Rendered(NamedTuple):
    """An expression in the three languages.

    Attributes:
        text, numpy, latex: the expression.
        shape: of what the NumPy expression gives; it may have to be broadcast.
        binds: how tightly its text does, ``SUM``, ``PRODUCT``, ``ATOM``, …
        number: the number that it is, if it is one.
        scaled: c and an expression, if it is written as c times that.
    """

    text: str
    numpy: str
    latex: str
    shape: Shape = ()
    binds: int = ATOM
    number: float | None = None
    scaled: tuple[float, Rendered] | None = None

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
            numpy=template.replace("#", self.closed().numpy),
            shape=shape,
            binds=binds,
            number=None,
            scaled=None,
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
        return self._replace(numpy=f"{call}({', '.join(operands)})", shape=shape, number=None, scaled=None)


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
    """A number, as short as reads back."""
    text, numpy, latex = numeral(value)
    binds = SUM if text.startswith("-") else PRODUCT if "/" in text else ATOM
    return Rendered(text, numpy, latex, (), binds, float(value))


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
    """c·term, with a minus for -1; a number that it is written with already is multiplied."""
    if c == 1.0:
        return term
    if term.scaled is not None and math.isfinite(c * term.scaled[0]) and c * term.scaled[0] != 0.0:
        return weighted(c * term.scaled[0], term.scaled[1])
    if c < 0.0:
        a = weighted(-c, term).closed(PRODUCT)
        written = Rendered(f"-{a.text}", f"-{a.numpy}", f"-{a.latex}", a.shape, SUM)
    else:
        written = times(number(c), term)
    return written._replace(scaled=(c, term))


def joined(terms: Sequence[Rendered], reduction: str) -> Rendered | None:
    """The sum, or the ``"maximum"`` or ``"minimum"``, of terms; None of none."""
    shape = broadcast(*(term.shape for term in terms))
    together = f"np.{reduction}.reduce(np.broadcast_arrays({', '.join(term.numpy for term in terms)}))"
    if reduction == "add":
        total: Rendered | None = None
        for term in terms:
            total = plus(total, term)
        return total._replace(numpy=together) if total and len(terms) > DEEP else total
    if len(terms) < 2:
        return next(iter(terms), None)
    numpy = f"np.{reduction}({terms[0].numpy}, {terms[1].numpy})" if len(terms) == 2 else together
    inside, latex = (", ".join(words) for words in zip(*((term.text, term.latex) for term in terms)))
    short = reduction[:3]
    return Rendered(f"{short}({inside})", numpy, rf"\{short}\left({latex}\right)", shape)


def reduced(
    term: Rendered, shape: Shape, axes: Sequence[int], reduction: str = "add", index: str = ""
) -> Rendered:
    """The sum over some axes of a term that broadcasts to ``shape``, or the largest or smallest there.

    Over an axis along which the term is the same it is not summed but multiplied, 3·w and not Σ w, so
    that a Σ always runs over what its operand has. ``index`` stands at the Σ.
    """
    absent = len(shape) - len(term.shape)
    same = [axis for axis in axes if axis < absent or term.shape[axis - absent] == 1]
    over = [axis for axis in axes if axis not in same]
    term = term.reshaped(tuple(n for axis, n in enumerate(term.shape, absent) if axis not in same))
    if over:
        kept = [axis for axis in range(len(shape)) if axis not in same]
        term = term.filled(tuple(shape[axis] for axis in kept))
        where = [kept.index(axis) for axis in over]
        rest = tuple(n for axis, n in enumerate(term.shape) if axis not in where)
        method, text, latex = _REDUCTIONS[reduction]
        call = f"#.{method}(axis={where[0] if len(where) == 1 else tuple(where)})"
        below = f"_{index}" if index else ""
        term = term.around(f"{text}{_BELOW[index]} #", call, f"{latex}{below} #", rest)
    if reduction != "add":
        return term
    lengths = [shape[axis] for axis in same]
    if "m" in lengths:
        term = Rendered("m", "m", "m").then("·", " * ", r" \, ", term)
    count = math.prod(n for n in lengths if isinstance(n, int))
    return number(count * term.number) if term.number is not None else weighted(float(count), term)


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
    text = pieced(reading, _TEXT, {letter: Piece(operand.text, ATOM) for letter, operand in closed.items()})
    heads = set(_heads(code))
    return Rendered(
        text.text,
        printed(
            code, NUMPY, atoms={letter: Piece(operand.numpy, ATOM) for letter, operand in closed.items()}
        ),
        printed(reading, _LATEX, atoms=latex),
        broadcast(*(operand.shape for letter, operand in closed.items() if letter in heads)),
        text.binds,
        code.head if isinstance(code.head, float) else None,
    )


def _heads(expr: Expr) -> Iterator[str | float]:
    yield expr.head
    for operand in expr.args:
        yield from _heads(operand)
