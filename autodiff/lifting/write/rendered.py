"""Rendered: an expression in three languages, with the shape of its NumPy form.

The languages are the notation of listings (``W1·X + b1``, see ``docs/reference/notation.rst``),
NumPy's (``W1 @ X + b1[:, None]``) and LaTeX. In the notation a vector is a column: where NumPy takes one
of shape (n,) for a row, as beside a matrix, the text says its transpose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from autodiff.engine.notation import ATOM, PRODUCT, SUM
from autodiff.lifting.formula import Block
from autodiff.lifting.write.numerals import Factor

__all__ = ["Index", "Line", "Rendered", "Shape", "assignment", "broadcast", "shown", "side_by_side"]

Shape = tuple[int | str, ...]  # "m" stands for the number of samples


class Rendered(NamedTuple):
    """An expression in the three languages.

    Attributes:
        text, numpy, latex: the expression.
        shape: of what the NumPy expression gives; it may have to be broadcast.
        binds: how tightly its text does, ``SUM``, ``PRODUCT``, ``ATOM``, …
        code: how tightly its NumPy form does.
        number: the number that it is, if it is one.
        scaled: c and an expression, if it is written as c times that.
        operator: between the factors, if it is a product of arrays.
        reaches: whether it ends in a Σ, which reaches over all that is multiplied on its right.
        before: what it is the transpose of in the text, if it is one.
        factors: the two of a matrix product.
        made: ``"²"``, ``"⊙"`` or ``"/"``, and the operands, if it is made by that of arrays; ``"·"`` of a
            number that is computed and an array.
    """

    text: str
    numpy: str
    latex: str
    shape: Shape = ()
    binds: int = ATOM
    code: int = ATOM
    number: Factor | None = None
    scaled: tuple[Factor, Rendered] | None = None
    operator: str = ""
    reaches: bool = False
    before: Rendered | None = None
    factors: tuple[Rendered, Rendered] | None = None
    made: tuple[str, Rendered, Rendered] | None = None

    def closed(self, least: int = ATOM) -> Rendered:
        """In parentheses, unless it binds tightly enough without."""
        done = self
        if self.binds < least or (self.reaches and least > SUM):
            done = done.enclosed()
        if self.code < least:
            done = done._replace(numpy=f"({self.numpy})", code=ATOM)
        return done

    def enclosed(self) -> Rendered:
        """With its text in parentheses."""
        return self._replace(
            text=f"({self.text})",
            latex=rf"\left({self.latex}\right)",
            binds=ATOM,
            operator="",
            reaches=False,
            before=None,
            factors=None,
            made=None,
        )

    @property
    def is_one(self) -> bool:
        """Whether it is one number, however it is shaped."""
        return all(n == 1 for n in self.shape)

    @property
    def is_name(self) -> bool:
        """Whether it is an array just as it stands."""
        return self.text == self.numpy and self.numpy.isidentifier()

    @property
    def turned(self) -> Rendered:
        """Its transpose, in the text only: NumPy's form is the same for both."""
        if self.is_one:
            return self
        if self.before is not None:
            return self.before._replace(numpy=self.numpy, code=self.code, shape=self.shape)
        if self.text.endswith(("⁻¹", "⁻ᵀ")) and self.binds == ATOM:
            above, power = ("⁻¹", "{-1}") if self.text.endswith("ᵀ") else ("⁻ᵀ", "{-T}")
            return self._replace(text=self.text[:-2] + above, latex=self.latex[: -len(power)] + power)
        if self.factors is not None:  # (A·B)ᵀ = Bᵀ·Aᵀ
            a, b = self.factors
            product = b.turned.dot(a.turned)
            return product._replace(numpy=self.numpy, code=self.code, shape=self.shape)
        if self.made is not None and self.made[0] == "/" and self.made[1].before and self.made[2].is_one:
            a, c = self.made[1].before, self.made[2]  # (Aᵀ/c)ᵀ = A/c
            latex = rf"\frac{{{a.latex}}}{{{c.latex}}}"
            return a.then("/", "/", "/", c)._replace(
                numpy=self.numpy, code=self.code, shape=self.shape, latex=latex
            )
        if self.scaled is not None or (self.made is not None and self.made[0] == "·"):  # (c·A)ᵀ = c·Aᵀ
            term = self.scaled[1] if self.scaled is not None else self.made[2]  # type: ignore[index]
            for inside in (term, term.closed()):
                turned = term.turned if inside is term else term.turned.closed()
                if self.text.endswith(inside.text) and self.latex.endswith(inside.latex):
                    text = self.text.removesuffix(inside.text) + turned.text
                    latex = self.latex.removesuffix(inside.latex) + turned.latex
                    return self._replace(text=text, latex=latex, scaled=None, operator="", made=None)
        a = self.closed()
        latex = f"{{{a.latex}}}^T" if "^" in a.latex else f"{a.latex}^T"
        return Rendered(f"{a.text}ᵀ", self.numpy, latex, self.shape, ATOM, self.code, before=self)

    @property
    def T(self) -> Rendered:
        """The transpose of a matrix."""
        if self.factors is not None and all(len(each.shape) == 2 for each in self.factors):
            a, b = self.factors
            return b.T.dot(a.T)
        a = self.turned
        closed = self.closed()
        numpy = closed.numpy[:-2] if closed.numpy.endswith(".T") else f"{closed.numpy}.T"
        numpy = re.sub(r"^np\.outer\((\w+), (\w+)\)\.T$", r"np.outer(\2, \1)", numpy)
        return a._replace(numpy=numpy, code=ATOM, shape=self.shape[::-1])

    def then(self, text: str, numpy: str, latex: str, other: Rendered) -> Rendered:
        """This factor and another, element by element, with an operator between them."""
        a, b = side_by_side([self, other])
        if text == " ⊙ " and _make_a_table(a.shape, b.shape):
            a, b = (b, a) if len(a.shape) == 2 and a.shape[0] == 1 else (a, b)
            text, latex = "·", r" \, "  # a column and a row
        made = (text.strip(), a, b)
        a = a.closed(PRODUCT)
        if a.operator not in ("", text) and (a.operator, text) != (" ⊙ ", "/"):
            a = a.enclosed()
        code = b.closed().numpy
        associates = text == b.operator == " ⊙ "
        b = b if (b.reaches and b.binds >= PRODUCT) or associates else b.closed()
        joined = (a.text + text + b.text, a.numpy + numpy + code, a.latex + latex + b.latex)
        shape = broadcast(a.shape, b.shape)
        return Rendered(*joined, shape, PRODUCT, PRODUCT, operator=text, reaches=b.reaches, made=made)

    def dot(self, other: Rendered) -> Rendered:
        """The matrix product."""
        a, b = self.closed(PRODUCT), other.closed()
        if a.operator not in ("", "·"):
            a = a.enclosed()
        joined = (f"{a.text}·{b.text}", f"{a.numpy} @ {b.numpy}", rf"{a.latex} \, {b.latex}")
        shape = (*self.shape[:-1], *other.shape[1:])
        return Rendered(*joined, shape, PRODUCT, PRODUCT, operator="·", factors=(self, other))

    def outer(self, other: Rendered) -> Rendered:
        """The product a·bᵀ of two vectors."""
        product = self.dot(other.turned)
        return product._replace(
            numpy=f"np.outer({self.numpy}, {other.numpy})", shape=self.shape + other.shape, code=ATOM
        )

    def in_numpy(self, template: str, shape: Shape) -> Rendered:
        """This expression with its NumPy form put into a template, which a # stands for."""
        return self._replace(
            numpy=template.replace("#", self.closed().numpy),
            shape=shape,
            code=ATOM,
            number=None,
            scaled=None,
        )

    def reshaped(self, shape: Shape) -> Rendered:
        """With its elements in another shape."""
        if self.shape == shape:
            return self
        if self.number is not None:
            return self.filled(shape)
        before, after = _matrix(self.shape), _matrix(shape)
        changed = self.in_numpy(f"#.reshape({shown(shape)})", shape)
        if before == after:
            return changed
        if before == after[::-1] and 1 in before:
            return self.turned.in_numpy(f"#.reshape({shown(shape)})", shape)
        a = f"reshape({self.text}, {', '.join(map(str, shape))})"
        latex = rf"\operatorname{{reshape}}\left({self.latex}, {', '.join(map(str, shape))}\right)"
        return Rendered(a, changed.numpy, latex, shape)

    def over(self, shape: Shape) -> Rendered:
        """With as many axes as ``shape``, to which it broadcasts."""
        missing = len(shape) - len(self.shape)
        return self if self.number is not None else self.reshaped((1,) * missing + self.shape)

    def filled(self, shape: Shape) -> Rendered:
        """Broadcast to its full shape, where it is smaller."""
        if self.shape == shape:
            return self
        if shape == () and self.number is None:  # of an array with one element
            return self.reshaped(shape)
        seen = self.turned if _is_row_beside(self.shape, shape) else self
        call = "np.broadcast_to" if self.number is None else "np.full"
        operands = [self.numpy, shown(shape)] if self.number is None else [shown(shape), self.numpy]
        return seen._replace(
            numpy=f"{call}({', '.join(operands)})", shape=shape, code=ATOM, number=None, scaled=None
        )


class Index(NamedTuple):
    """A letter and the whole numbers that it stands for, from the first to the last; they fall where the
    last is the smaller one."""

    letter: str
    first: int
    last: int

    @property
    def text(self) -> str:
        """``t = 1 … 12``"""
        return f"{self.letter} = {self.first} … {self.last}"

    @property
    def latex(self) -> str:
        return rf"{self.letter} = {self.first}, \dots, {self.last}"

    @property
    def numpy(self) -> str:
        """``t in range(1, 13)``"""
        falls = self.last < self.first
        end, step = (self.last - 1, ", -1") if falls else (self.last + 1, "")
        return f"{self.letter} in range({self.first}, {end}{step})"


class Line(NamedTuple):
    """One assignment to ``target``, of ``shape``, in the three languages.

    Attributes:
        target: in NumPy.
        shape: of the target, for each value of an index.
        text, numpy, latex: the assignment.
        ranges: the indices that text and LaTeX name behind it.
        starts: where recurrences begin, ``H[0] = 0``, likewise; a line of their own in NumPy.
        loop: the index over which NumPy repeats it; lines in a row with the same one are one loop.
        fills: the blocks that it fills, one for each value of an index.
    """

    target: str
    shape: Shape
    text: str
    numpy: str
    latex: str
    ranges: tuple[Index, ...] = ()
    starts: tuple[Line, ...] = ()
    loop: Index | None = None
    fills: tuple[Block, ...] = ()

    @property
    def in_text(self) -> str:
        """The assignment and what it holds for, ``H[t] = …,  t = 1 … 12,  H[0] = 0``."""
        return ",  ".join([self.text, *(i.text for i in self.ranges), *(s.text for s in self.starts)])

    @property
    def in_latex(self) -> str:
        starts = (start.latex.replace("&", "", 1) for start in self.starts)
        return r", \quad ".join([self.latex, *(index.latex for index in self.ranges), *starts])


def assignment(target: Rendered, sign: str, value: Rendered) -> Line:
    """The line ``target = value`` or ``target += value``; in NumPy a number is an array of shape () too."""
    numpy = value.numpy if value.number is None or target.shape else f"np.full((), {value.numpy})"
    return Line(
        target.numpy,
        target.shape,
        f"{target.text}{sign}{value.text}",
        f"{target.numpy}{sign}{numpy}",
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


def _matrix(shape: Shape) -> Shape:
    """What a shape is in the notation: a number is a matrix (1, 1), a vector a column; a number for each
    sample is a row."""
    if shape == ("m",):
        return (1, "m")
    return shape if len(shape) > 1 else (*shape, 1, 1)[:2]


def _make_a_table(shape: Shape, other: Shape) -> bool:
    """Whether one is a column and the other a row, of which every element goes with every one."""
    a = (1, *shape) if _is_row_beside(shape, other) else _matrix(shape)
    b = (1, *other) if _is_row_beside(other, shape) else _matrix(other)
    if len(a) != 2 or len(b) != 2:
        return False
    column_and_row = (a[1], b[0]) == (1, 1) and 1 not in (a[0], b[1])
    row_and_column = (a[0], b[1]) == (1, 1) and 1 not in (a[1], b[0])
    return column_and_row or row_and_column


def _is_row_beside(shape: Shape, other: Shape) -> bool:
    """Whether NumPy takes a vector for a row beside an array of another shape."""
    return len(shape) == 1 and shape not in ((1,), ("m",)) and len(other) == 2


def side_by_side(operands: Sequence[Rendered]) -> list[Rendered]:
    """Operands that go together element by element; a vector beside matrices is a row."""
    largest = max((operand.shape for operand in operands), key=len, default=())
    return [
        each.turned._replace(shape=(1, *each.shape)) if _is_row_beside(each.shape, largest) else each
        for each in operands
    ]
