"""Matrices: things that are made of products of matrices and the like, A⁻¹·B, in three languages.

Their NumPy form is that of one matrix, of a stack of them, or of one for each sample.
"""

from __future__ import annotations

from collections.abc import Mapping

from autodiff.engine.notation import ATOM, SUM
from autodiff.formulas.expr import Expr, symbol
from autodiff.lifting.formula import Access, Formula
from autodiff.lifting.write.algebra import weighted
from autodiff.lifting.write.operands import Operands, samples
from autodiff.lifting.write.rendered import Rendered, Shape

__all__ = ["MatrixFormulas", "one_of"]


class MatrixFormulas:
    """Writes the formulas of such things, and what their operands get.

    Args:
        operands: the arrays that they read.
    """

    def __init__(self, operands: Operands) -> None:
        self.operands = operands

    def value(self, formula: Formula, letter: str = "") -> Rendered:
        """What fills the formula's block; with a letter for one of a stack."""
        assert formula.thing is not None and formula.thing.of_matrices is not None
        expr = formula.thing.of_matrices(*map(symbol, formula.letters))
        return self._written(expr, formula, {}, formula.block.dims, letter)

    def share(
        self, expr: Expr, formula: Formula, i: int, more: Mapping[str, Rendered], letter: str = ""
    ) -> Rendered:
        """What operand i gets, by an expression of the operands, the value y, its cotangent d, and of
        ``more``."""
        return self._written(expr, formula, more, formula.operands[i].shape, letter)

    def _written(
        self, expr: Expr, formula: Formula, more: Mapping[str, Rendered], dims: tuple[int, ...], letter: str
    ) -> Rendered:
        block = formula.block
        arrays = {x: self._array(access) for x, access in zip(formula.letters, formula.operands)}
        arrays |= {"y": self.operands.name(block), "d": self.operands.name(block, "d"), **more}
        if formula.in_columns or (not block.varies and len(block.dims) < 3):
            return composed(expr, arrays)
        code = _code(expr, {x: _in_front(each) for x, each in arrays.items()})
        if len(dims) == 1:
            code = f"({code})[..., 0]" if expr.head in ("neg", "product") else f"{code}[..., 0]"
        code = f"np.moveaxis({code}, 0, -1)" if block.varies else code
        seen = {x: one_of(each, letter) for x, each in arrays.items()}
        text = composed(expr, seen)._replace(scaled=None, factors=None, before=None)
        shape: Shape = (*dims, *samples(block.varies))
        return text._replace(numpy=code, code=ATOM if block.varies else SUM, shape=shape)

    def _array(self, access: Access) -> Rendered:
        block = access.block
        if block is not None and block.role == "constant" and len(access.shape) == 3:
            values = self.operands.plan.constants[access.positions - block.start]
            return self.operands.named(values[0] if (values == values[:1]).all() else values)
        positions = access.positions
        if len(access.shape) == 3 and (positions == positions[:1]).all():
            access = access.without([0])
        return self.operands.array(access, access.shape, exact=True)


def composed(expr: Expr, atoms: Mapping[str, Rendered]) -> Rendered:
    """An expression of matrices and vectors, whose symbols stand for ``atoms``."""
    if not expr.args:
        return atoms[str(expr.head)]
    if expr.head == "solved":
        matrix, right = expr.args
        turned = matrix.head == "turned"
        a = composed(matrix.args[0] if turned else matrix, atoms)
        b = composed(right, atoms)
        inverse = _inverse(a).turned if turned else _inverse(a)
        code = f"np.linalg.solve({(a.T if turned else a).numpy}, {b.numpy})"
        return inverse.dot(b)._replace(numpy=code, code=ATOM, shape=b.shape)
    first, *rest = (composed(each, atoms) for each in expr.args)
    if expr.head == "neg":
        return weighted(-1.0, first)
    if expr.head == "inverse":
        return _inverse(first)
    if expr.head == "turned":
        return first.T if len(first.shape) == 2 else first.turned
    (second,) = rest
    return first.dot(second) if len(first.shape) == 2 else first.outer(second.turned)


def _inverse(a: Rendered) -> Rendered:
    turned = a.before is not None
    closed = (a.before or a).closed()
    base = f"{{{closed.latex}}}" if "^" in closed.latex else closed.latex
    above, power = ("⁻ᵀ", "-T") if turned else ("⁻¹", "-1")
    return Rendered(f"{closed.text}{above}", f"np.linalg.inv({a.numpy})", f"{base}^{{{power}}}", a.shape)


def _code(expr: Expr, atoms: Mapping[str, str]) -> str:
    """The same in NumPy, of arrays whose last two axes are those of matrices."""
    if not expr.args:
        return atoms[str(expr.head)]
    first, *rest = (_code(each, atoms) for each in expr.args)
    if expr.head in ("solved", "inverse"):
        return f"np.linalg.{'solve' if rest else 'inv'}({', '.join([first, *rest])})"
    if expr.head == "neg":
        return f"-{first}"
    if expr.head == "turned":
        return f"{first}.mT"
    return " @ ".join([first, *rest])


def _in_front(array: Rendered) -> str:
    """An array in NumPy with samples as its first axis, and a vector as a matrix of one column."""
    rank = len(array.shape)
    code = array.closed().numpy
    if array.shape[-1:] == ("m",):
        rank, code = rank - 1, f"np.moveaxis({code}, -1, 0)"
    return f"{code}[..., None]" if rank == 1 else code


def one_of(array: Rendered, letter: str) -> Rendered:
    """One matrix of an array, if it is a stack of them, in text and LaTeX."""
    dims = tuple(n for n in array.shape if isinstance(n, int))
    if len(dims) < 3:
        return array._replace(shape=dims)
    latex = f"{{{array.latex}}}" if "_" in array.latex else array.latex
    return Rendered(f"{array.text}[{letter}]", array.numpy, f"{latex}_{{{letter}}}", dims[1:])
