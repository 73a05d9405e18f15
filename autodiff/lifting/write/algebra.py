"""Algebra: sums and products of rendered expressions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from autodiff.engine.notation import ATOM, PRODUCT, SUM
from autodiff.lifting.write.numerals import ROUNDINGS, Factor
from autodiff.lifting.write.rendered import Rendered, Shape, broadcast, shown, side_by_side

__all__ = [
    "BELOW",
    "LETTERS",
    "joined",
    "minus",
    "norm_of",
    "norm_squared",
    "number",
    "over",
    "plus",
    "power",
    "quotient",
    "reduced",
    "squared",
    "times",
    "together",
    "weighted",
]

DEEP = 100  # operations in one another; Python reads 200
LETTERS = "ijkl"  # of the axes of an array
BELOW = dict(zip(LETTERS, "ᵢⱼₖₗ"))
_REDUCTIONS = {  # NumPy's method, and the sign in text and in LaTeX
    "add": ("sum", "Σ", r"\sum"),
    "maximum": ("max", "max", r"\max"),
    "minimum": ("min", "min", r"\min"),
    "mean": ("mean", "mean", r"\operatorname{mean}"),
    "var": ("var", "var", r"\operatorname{var}"),
}
ONE = Factor(1.0)


def number(value: float | Factor) -> Rendered:
    """A number, as short as reads back."""
    factor = value if isinstance(value, Factor) else Factor(float(value))
    text, numpy, latex = factor.numeral()
    is_product = re.search("[/·]", re.sub(r"\([^()]*\)", "", text))
    binds = SUM if text.startswith("-") else PRODUCT if is_product else ATOM
    code = SUM if numpy.startswith("-") else PRODUCT if "/" in numpy else ATOM
    return Rendered(text, numpy, latex, (), binds, code, factor)


def times(a: Rendered, b: Rendered) -> Rendered:
    """The product, element by element; numbers stand in front."""
    for one, other in ((a, b), (b, a)):
        if one.number is not None:
            return weighted(one.number, other)
    if a.scaled is not None:
        return weighted(a.scaled[0], times(a.scaled[1], b))
    if b.scaled is not None:
        return weighted(b.scaled[0], times(a, b.scaled[1]))
    if a.numpy == b.numpy and a.binds == ATOM and a.shape == b.shape:
        return squared(a)
    for one, other in ((a, b), (b, a)):
        if other.made is not None and other.made[0] == "/" and other.made[1].number is not None:
            return quotient(weighted(other.made[1].number, one), other.made[2])
    for one, other in ((a, b), (b, a)):
        if one.is_one:
            return _in_front(one, other)._replace(made=("·", one, other))
    if b.made is not None and b.made[0] == "/":
        return quotient(times(a, b.made[1]), b.made[2])
    return a.then(" ⊙ ", " * ", r" \odot ", b)


def _in_front(one: Rendered, other: Rendered) -> Rendered:
    """A number times an array; what is multiplied on the right of it needs no parentheses."""
    a = one.closed(PRODUCT)
    b = other if other.binds >= PRODUCT else other.enclosed()
    joined = (f"{a.text}·{b.text}", f"{a.numpy} * {other.closed().numpy}", rf"{a.latex} \, {b.latex}")
    shape = broadcast(a.shape, b.shape)
    return Rendered(*joined, shape, PRODUCT, PRODUCT, operator=b.operator, reaches=b.reaches)


def _over(c: Factor, b: Rendered, product: Rendered) -> Rendered:
    """c/b, and 1/(m·b) of 1/m; its code is that of the product of c and 1/b."""
    form = c.form
    if form.above is None or form.below is None:
        text, latex = f"{form.text}/{b.closed().text}", rf"\frac{{{form.latex}}}{{{b.latex}}}"
        return product._replace(text=text, latex=latex)
    if b.binds < PRODUCT or b.operator not in ("", "·") or b.reaches:
        b = b.enclosed()
    text = f"{form.above[0]}/({form.below[0]}·{b.text})"
    return product._replace(text=text, latex=rf"\frac{{{form.above[1]}}}{{{form.below[1]} \, {b.latex}}}")


def squared(a: Rendered) -> Rendered:
    """The square, element by element."""
    a = a.closed()
    words = (f"{a.text}²", f"{a.numpy} * {a.numpy}", power(a.latex, "2"))
    return Rendered(*words, a.shape, ATOM, PRODUCT, made=("²", a, a))


def weighted(c: float | Factor, term: Rendered) -> Rendered:
    """c·term, with a minus for -1; a number that it is written with already is multiplied."""
    factor = c if isinstance(c, Factor) else Factor(c)
    if factor.plain and abs(abs(factor.value) - 1.0) <= ROUNDINGS * math.ulp(1.0):
        factor = Factor(math.copysign(1.0, factor.value))
    if factor == ONE:
        return term
    if term.number is not None:
        return number(factor.times(term.number))
    if term.scaled is not None:
        both = factor.times(term.scaled[0])
        if math.isfinite(both.value) and both.value != 0.0:
            return weighted(both, term.scaled[1])
    if factor.value < 0.0:
        positive = weighted(factor.times(Factor(-1.0)), term)
        a = positive if positive.reaches else positive.closed(PRODUCT)
        code = positive.closed(PRODUCT).numpy
        written = Rendered(f"-{a.text}", f"-{code}", f"-{a.latex}", a.shape, SUM, SUM, reaches=a.reaches)
    else:
        written = _in_front(number(factor), term)
        if term.made is not None and term.made[0] == "/" and term.made[1].number == ONE:
            written = _over(factor, term.made[2], written)
    return written._replace(scaled=(factor, term))


def plus(a: Rendered | None, b: Rendered) -> Rendered:
    """a + b, or a - |b| where b begins with a minus; what 0 is multiplied with is not there to read."""
    if a is None:
        return b
    a, b = side_by_side([a, b])
    shape = broadcast(a.shape, b.shape)
    text, numpy, latex = (
        f"{x} - {y[1:]}" if y.startswith("-") else f"{x} + {y}"
        for x, y in ((a.text, b.text), (a.numpy, b.numpy), (a.latex, b.latex))
    )
    for left, gone in ((a, b), (b, a)):
        if _is_nothing(gone) and left.shape == shape:
            return left._replace(numpy=numpy, code=SUM, number=None, scaled=None, factors=None, made=None)
    return Rendered(text, numpy, latex, shape, SUM, SUM, reaches=b.reaches)


def _is_nothing(term: Rendered) -> bool:
    """Whether it is 0 times something."""
    return term.scaled is not None and (term.scaled[0].value == 0.0 or _is_nothing(term.scaled[1]))


def minus(a: Rendered, b: Rendered) -> Rendered:
    """a - b."""
    if b.number is not None or b.scaled is not None:
        return plus(a, weighted(-1.0, b))
    a, b = side_by_side([a, b])
    code = b.closed(PRODUCT).numpy
    b = b if b.reaches and b.binds >= PRODUCT else b.closed(PRODUCT)
    joined = (f"{a.text} - {b.text}", f"{a.numpy} - {code}", f"{a.latex} - {b.latex}")
    return Rendered(*joined, broadcast(a.shape, b.shape), SUM, SUM, reaches=b.reaches)


def together(terms: Sequence[Rendered]) -> Rendered:
    """The sum of terms; a factor that all of them have stands in front of it, or behind."""
    if len(terms) > 1 and (product := _distributed(terms)):
        return product
    terms = _products_together(terms)
    factors = [term.scaled[0] if term.scaled else ONE for term in terms]
    first = factors[0]
    size = first._replace(value=abs(first.value), number=_size(first.number))
    alike = all((abs(f.value), f.samples, f.root) == (size.value, size.samples, size.root) for f in factors)
    if len(terms) > 1 and alike and size != ONE:
        inside = [term.scaled[1] if term.scaled else term for term in terms]
        signs = [math.copysign(1.0, factor.value) for factor in factors]
        order = sorted(range(len(terms)), key=lambda i: signs[i] < 0.0)
        return weighted(size, together([weighted(signs[i], inside[i]) for i in order]))
    total: Rendered | None = None
    for term in sorted(terms, key=lambda term: term.text.startswith("-")):
        total = plus(total, term)
    assert total is not None
    return total


def _products_together(terms: Sequence[Rendered]) -> list[Rendered]:
    """The terms, those matrix products as one that share a factor."""
    left, done = [*terms], []
    while left:
        total = left.pop(0)
        for other in [*left] if (total.scaled[1] if total.scaled else total).factors else ():
            if both := _distributed([total, other]):
                total = both
                left.remove(other)
        done.append(total)
    return done


def _distributed(terms: Sequence[Rendered]) -> Rendered | None:
    """(A + B)·C of A·C + B·C, and so of C·A + C·B, A ⊙ C + B ⊙ C; None where terms share no array."""
    bodies = [term.scaled[1] if term.scaled else term for term in terms]
    scales = [term.scaled[0] if term.scaled else ONE for term in terms]
    products = [_factors(body) for body in bodies]
    if any(pair is None for pair in products):
        return None
    matrices = [body.factors is not None for body in bodies]
    pairs = [pair for pair in products if pair is not None]
    for common in pairs[0] if all(matrices) or not any(matrices) else ():
        others = [_besides(common, pair) for pair in pairs]
        rest = [each for each in others if each is not None]
        side = [pair[0] is each for pair, each in zip(pairs, rest)]
        same_side = len({*side}) == 1 or not any(matrices)
        if len(rest) < len(terms) or not same_side or len({each.shape for each in rest}) > 1:
            continue
        total = together([weighted(c, each) for c, each in zip(scales, rest)])
        if not any(matrices):
            return times(common, total)
        return total.dot(common) if side[0] else common.dot(total)
    return None


def _factors(term: Rendered) -> tuple[Rendered, Rendered] | None:
    """The two of a product, if they are those in NumPy, too, where a product may be turned by itself."""
    if term.factors is not None:
        a, b = term.factors
        return (a, b) if a.dot(b).numpy == term.numpy and a.dot(b).shape == term.shape else None
    if term.made is None or term.made[0] != "⊙":
        return None
    _, a, b = term.made
    return (a, b) if times(a, b).numpy == term.numpy and times(a, b).shape == term.shape else None


def _besides(common: Rendered, pair: tuple[Rendered, Rendered]) -> Rendered | None:
    """The other factor of a product with a common one."""
    for i, each in enumerate(pair):
        if each.text == common.text and each.numpy == common.numpy and each.shape == common.shape:
            return pair[1 - i]
    return None


def _size(value: float | None) -> float | None:
    return None if value is None else abs(value)


def joined(terms: Sequence[Rendered], reduction: str) -> Rendered | None:
    """The sum, or the ``"maximum"`` or ``"minimum"``, of terms; None of none."""
    shape = broadcast(*(term.shape for term in terms))
    all_of_them = f"np.{reduction}.reduce(np.broadcast_arrays({', '.join(term.numpy for term in terms)}))"
    if reduction == "add":
        total: Rendered | None = None
        # A row and a column go with a matrix, and not with each other.
        grows = any(broadcast(*(t.shape for t in terms[:i])) != shape for i in range(2, len(terms)))
        for term in sorted(terms, key=lambda term: grows and term.shape != shape):
            total = plus(total, term)
        if total is not None and len(terms) > DEEP:
            return total._replace(numpy=all_of_them, code=ATOM)
        return total
    if len(terms) < 2:
        return next(iter(terms), None)
    numpy = f"np.{reduction}({terms[0].numpy}, {terms[1].numpy})" if len(terms) == 2 else all_of_them
    inside, latex = (
        ", ".join(words) for words in zip(*((term.text, term.latex) for term in side_by_side([*terms])))
    )
    short = reduction[:3]
    return Rendered(f"{short}({inside})", numpy, rf"\{short}\left({latex}\right)", shape)


def reduced(term: Rendered, shape: Shape, axes: Sequence[int], reduction: str = "add") -> Rendered:
    """The sum over some axes of a term that broadcasts to ``shape``, or the largest or smallest there.

    Over an axis along which the term is the same it is not summed but multiplied, 3·w and not Σ w, so
    that a Σ always runs over what its operand has. A letter at the Σ says over which axis.
    """
    absent = len(shape) - len(term.shape)
    same = [axis for axis in axes if axis < absent or term.shape[axis - absent] == 1]
    summed = [axis for axis in axes if axis not in same]
    left = tuple(n for axis, n in enumerate(term.shape, absent) if axis not in same)
    kept = [axis for axis in range(len(shape)) if axis not in same]
    if set(summed) == set(kept) and term.shape != left:  # a number comes out, however its terms lie
        term = term.in_numpy(f"#.reshape({shown(left)})", left) if summed else term.reshaped(left)
    else:
        term = term.reshaped(left)
    if summed:
        term = term.filled(tuple(shape[axis] for axis in kept))
        where = [kept.index(axis) for axis in summed]
        scaled, term = term.scaled if term.scaled and reduction == "add" else (ONE, term)
        term = weighted(scaled, over(term, where, reduction))
    if reduction != "add":
        return term
    return _repeated(term, [shape[axis] for axis in same])


def over(term: Rendered, axes: Sequence[int], reduction: str, keep: bool = False) -> Rendered:
    """The reduction of an array over some of its axes, which it has; they may stay, with length 1."""
    rest = tuple(n for axis, n in enumerate(term.shape) if axis not in axes)
    kept = tuple(1 if axis in axes else n for axis, n in enumerate(term.shape))
    if not keep and rest:
        simpler = _turned(term, axes, reduction) or _over_each(term, axes, rest, reduction)
        if simpler:
            return simpler
    product = _as_product(term, axes, rest) if reduction == "add" and not keep else None
    if product:
        return product
    method, text, latex = _REDUCTIONS[reduction]
    letters = [LETTERS[axis] for axis in axes] if rest and axes[-1] < len(LETTERS) else []
    where = f"axis={axes[0] if len(axes) == 1 else tuple(axes)}{', keepdims=True' * keep}" if rest else ""
    code = f"{term.closed().numpy}.{method}({where})"
    text += "".join(map(BELOW.__getitem__, letters))
    latex += f"_{{{''.join(letters)}}}" if letters else ""
    shape = kept if keep else rest
    if reduction == "add" and not rest and term.made and term.made[0] == "²":  # it stays a matrix
        return norm_squared(term.made[1])._replace(numpy=code, shape=shape)
    if reduction == "add":
        inside = term if term.binds >= PRODUCT else term.enclosed()
        words = (f"{text} {inside.text}", code, f"{latex} {inside.latex}")
        total = Rendered(*words, shape, PRODUCT, reaches=True)
    else:
        total = Rendered(f"{text}({term.text})", code, rf"{latex}\left({term.latex}\right)", shape)
    is_row = len(rest) == 1 and rest != ("m",) and [*axes] == [0]  # in the text; NumPy has a vector
    return total.turned if is_row and not keep else total


def _turned(term: Rendered, axes: Sequence[int], reduction: str) -> Rendered | None:
    """The reduction of Aᵀ as one of A: Σⱼ Aᵀ is (Σᵢ A)ᵀ."""
    before = term.before
    if before is None or len(term.shape) != 2 or len(axes) != 1 or before.shape != term.shape[::-1]:
        return None
    seen = over(before, [1 - axes[0]], reduction)
    method = _REDUCTIONS[reduction][0]
    code = f"{term.closed().numpy}.{method}(axis={axes[0]})"
    return seen._replace(numpy=code, code=ATOM, number=None, scaled=None, factors=None, made=None)


def _as_product(term: Rendered, axes: Sequence[int], rest: Shape) -> Rendered | None:
    """A sum that has a name, or is a product: ‖A‖² of squares, aᵀ·b of two vectors, A·b of a matrix and the
    row that goes with each of its own, Aᵀ·b of a column."""
    if term.made is None or "m" in term.shape:
        return None
    sign, a, b = term.made
    code = f"{term.closed().numpy}.sum({f'axis={axes[0]}' if rest else ''})"
    if sign == "²" and not rest:
        return norm_squared(a)._replace(numpy=code)
    if sign != "⊙" or (len(term.shape) > 1 and len(axes) > 1):
        return None
    if len(term.shape) == 1 and a.shape == b.shape == term.shape:
        return a.turned.dot(b)._replace(numpy=f"{a.closed().numpy} @ {b.closed().numpy}", shape=())
    for matrix, vector in ((a, b), (b, a)):
        if len(term.shape) == 2 and matrix.shape == term.shape and vector.shape[axes[0] - 1] == 1:
            product = matrix.dot(vector.turned) if [*axes] == [1] else matrix.turned.dot(vector)
            return product._replace(numpy=code, code=ATOM, shape=rest)
    return None


def _over_each(term: Rendered, axes: Sequence[int], rest: Shape, reduction: str) -> Rendered | None:
    """(Σ A)/b of Σ A/b, for a column or a row b that has one number for each sum; so for a mean."""
    if term.made is None or term.made[0] != "/" or reduction not in ("add", "mean") or "m" in term.shape:
        return None
    _, a, b = term.made
    if a.shape != term.shape or len(a.shape) != 2 or any(b.shape[axis] != 1 for axis in axes):
        return None
    if b.scaled is not None or len(b.shape) != 2:
        return None
    divisor = b.before if b.before is not None and b.before.shape == rest else b.reshaped(rest)
    return quotient(over(a, axes, reduction), divisor)


def norm_squared(a: Rendered) -> Rendered:
    """The sum of all squares."""
    a = a.before or a
    words = f"‖{a.text}‖²"
    return Rendered(words, words, rf"\left\|{a.latex}\right\|^{{2}}")


def norm_of(squares: Rendered) -> tuple[str, str] | None:
    """‖A‖ of ‖A‖², to read and in LaTeX."""
    text, latex = squares.text, squares.latex.removesuffix("^{2}")
    return (text[:-1], latex) if text[0] + text[-2:] == "‖‖²" and text.count("‖") == 2 else None


def _repeated(term: Rendered, lengths: Sequence[int | str]) -> Rendered:
    """The sum of equal terms, as many as these axes have places."""
    count = float(math.prod(n for n in lengths if isinstance(n, int)))
    if "m" not in lengths:
        return weighted(count, term)
    factor = term.number or (term.scaled[0] if term.scaled else None)
    if factor is not None and factor.samples:  # m times c/m
        rest = Factor(factor.value * count)
        return weighted(rest, term.scaled[1]) if term.scaled else number(rest)
    written = Rendered("m", "m", "m").then("·", " * ", r" \, ", term)._replace(operator="")
    return weighted(count, written)


def quotient(a: Rendered, b: Rendered) -> Rendered:
    """a/b, element by element."""
    if a.scaled is not None:
        return weighted(a.scaled[0], quotient(a.scaled[1], b))
    if a.is_name and (a.text, a.numpy, a.shape) == (b.text, b.numpy, b.shape):
        return number(1.0)
    written = a.then("/", " / ", "/", b.enclosed() if b.reaches else b)
    return written._replace(latex=rf"\frac{{{a.latex}}}{{{b.latex}}}")


def power(latex: str, exponent: str) -> str:
    """A power in LaTeX."""
    return f"{{{latex}}}^{{{exponent}}}" if "^" in latex else f"{latex}^{{{exponent}}}"
