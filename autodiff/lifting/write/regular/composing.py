"""Composing: the right side of a line at the letters of some axes, as matrices would be written.

What is left of the axes, when some are letters, is a *frame* of rows and columns. A product of two that
share an axis is a matrix product, a window that slides a convolution, and a sum over an axis that one
operand alone has a Σ. Where there is no such form, the axis becomes a letter at a Σ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autodiff.engine.notation import PRODUCT
from autodiff.formulas.expr import symbol
from autodiff.formulas.textbook import TEXTBOOK
from autodiff.lifting.write.algebra import norm_squared, squared, times, weighted
from autodiff.lifting.write.expressions import composed
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.regular.at import At, fitted
from autodiff.lifting.write.regular.subscripts import Frame, Read, Unwritten
from autodiff.lifting.write.regular.windows import slid, spread_back
from autodiff.lifting.write.rendered import Rendered

__all__ = ["SMALL", "product_of", "summed"]

SMALL = dict(zip("aehijklnoprstuvx", "ₐₑₕᵢⱼₖₗₙₒₚᵣₛₜᵤᵥₓ"))  # letters that there are for below a Σ
SIGNS = {
    "add": ("Σ", r"\sum"),
    "mean": ("mean", r"\operatorname{mean}"),
    "maximum": ("max", r"\max"),
    "minimum": ("min", r"\min"),
}


def summed(
    operands: Sequence[Read],
    compose: Callable[[Sequence[Rendered]], Rendered],
    c: Factor,
    over: Sequence[int],
    frame: Frame,
    at: At,
    is_product: bool = False,
    sign: str = "add",
) -> Rendered:
    """Σ over some axes of what ``compose`` makes of operands that lie in one frame.

    Args:
        over: the axes over which is summed; those that are letters get a Σ with letters.
        is_product: whether it makes a product of them.
        sign: ``"add"``, ``"mean"``, ``"maximum"``, ``"minimum"``, or ``"hypot"``, a length.
    """
    there = set().union(*(read.axes for read in operands)) if operands else set()
    for axis in over:
        if axis not in there and sign == "add":
            c = c.times(Factor(float(at.lengths[axis])))
    over = [axis for axis in over if axis in there]
    named = [axis for axis in over if axis in at.letters]
    rest = [axis for axis in over if axis not in at.letters]
    if named and sign != "add":
        raise Unwritten
    if not rest and any(axis in at.sums for axis in frame.axes):
        raise Unwritten
    if not rest:
        inner = _together(operands, compose, frame, at, is_product and len(operands) == 2)
    else:
        inner = _reduced(operands, compose, rest, frame, at, is_product, sign)
    if named:
        inner = _with_letters(inner, "".join(at.letters[axis] for axis in named))
    return weighted(c, inner)


def _with_letters(inner: Rendered, letters: str) -> Rendered:
    c, term = inner.scaled if inner.scaled else (Factor(1.0), inner)
    below = "".join(SMALL[letter] for letter in letters)
    term = term if term.binds >= PRODUCT else term.enclosed()
    words = f"Σ{below} {term.text}"
    total = Rendered(words, words, rf"\sum_{{{letters}}} {term.latex}", term.shape, PRODUCT, reaches=True)
    return weighted(c, total)


def _together(
    operands: Sequence[Read],
    compose: Callable[[Sequence[Rendered]], Rendered],
    frame: Frame,
    at: At,
    is_table: bool = False,
) -> Rendered:
    """What is made of operands element by element; a column beside a row needs a matrix with them, but in
    their product, the table of all products."""
    written = [fitted(read, frame, at) for read in operands]
    shapes = {each.shape for each in written} - {(1, 1)}
    whole = at.shape(frame)
    if len(shapes) > 1 and whole not in shapes and 1 not in whole and not is_table:
        raise Unwritten
    return compose(written)


def _reduced(
    operands: Sequence[Read],
    compose: Callable[[Sequence[Rendered]], Rendered],
    over: Sequence[int],
    frame: Frame,
    at: At,
    is_product: bool,
    sign: str,
) -> Rendered:
    moved = any(axis in at.sums for axis in frame.axes)
    if is_product and len(operands) == 2 and sign == "add":
        a, b = operands
        for rule in (slid, spread_back):
            for kernel, other in ((a, b), (b, a)):
                found = rule(kernel, other, over, frame, at)
                if found is not None:
                    return found
        if len(over) == 1 and not moved:
            for left, right in ((a, b), (b, a)):
                found = _product(left, right, over[0], frame, at)
                if found is not None:
                    return found
    if moved or len(frame.axes) + len(over) > 2:
        raise Unwritten
    if frame.rows is not None:
        wide = Frame(frame.rows, over[0])
    elif frame.columns is not None:
        wide = Frame(over[0], frame.columns)
    else:
        wide = Frame(*over) if len(over) == 2 else _natural(operands, over[0], at)
    inner = _together(operands, compose, wide, at)
    if inner.shape != at.shape(wide):
        raise Unwritten
    return _over(inner, [0 if axis == wide.rows else 1 for axis in over], frame, at, sign)


def _over(inner: Rendered, positions: Sequence[int], frame: Frame, at: At, sign: str) -> Rendered:
    """The sum, or what else, over the rows, the columns or both of a matrix; Σⱼ Aᵀ is (Σᵢ A)ᵀ."""
    if frame.axes and inner.before is not None:
        return _over(inner.before, [1 - positions[0]], frame, at, sign).turned
    if sign == "hypot":
        squares = _over(squared(inner), positions, frame, at, "add") if frame.axes else norm_squared(inner)
        return composed(TEXTBOOK.sqrt(symbol("x")), {"x": squares})
    text, latex = SIGNS[sign]
    if frame.axes:
        letter = "ij"[positions[0]]
        at.reduced.append(letter)
        text, latex = text + SMALL[letter], f"{latex}_{{{letter}}}"
    shape = at.shape(frame)
    if sign != "add":
        words = f"{text}({inner.text})"
        return Rendered(words, words, rf"{latex}\left({inner.latex}\right)", shape)
    c, term = inner.scaled if inner.scaled else (Factor(1.0), inner)
    term = term if term.binds >= PRODUCT else term.enclosed()
    words = f"{text} {term.text}"
    total = Rendered(words, words, f"{latex} {term.latex}", shape, PRODUCT, reaches=True)
    return weighted(c, total)


def _natural(operands: Sequence[Read], axis: int, at: At) -> Frame:
    """How the first operand that has an axis lies along it."""
    for read in operands:
        if axis in at.open(read):
            _, own = read.written(at.letters, at.lengths)
            if own.axes == (axis,):
                return own
    return Frame(axis)


def _product(left: Read, right: Read, over: int, frame: Frame, at: At) -> Rendered | None:
    """The matrix product of two that share an axis."""
    a, b = at.open(left) - {over}, at.open(right) - {over}
    if over not in left.axes or over not in right.axes:
        return None
    if not (a <= {frame.rows} and b <= {frame.columns}):
        return None
    if left is right and not a:
        return None
    x = fitted(left, Frame(frame.rows if a else None, over), at)
    z = fitted(right, Frame(over, frame.columns if b else None), at)
    return x.dot(z)


def product_of(written: Sequence[Rendered]) -> Rendered:
    """All of them multiplied, element by element."""
    total = written[0]
    for each in written[1:]:
        total = squared(total) if each.text == total.text and len(written) == 2 else times(total, each)
    return total
