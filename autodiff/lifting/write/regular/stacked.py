"""Stacked: A[s]⁻¹·B[s], s = 1 … S, what is made of products of matrices and the like, for each of a stack."""

from __future__ import annotations

from collections.abc import Callable

from autodiff.formulas.expr import symbol
from autodiff.formulas.textbook import TEXTBOOK
from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.write.matrices import MatrixFormulas, one_of
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular.lines import Letters, Written
from autodiff.lifting.write.regular.shares import Share
from autodiff.lifting.write.rendered import Index, Rendered

__all__ = ["StacksOfMatrices"]


class StacksOfMatrices:
    """Writes the lines of stacks; a formula of one matrix needs no letter.

    Args:
        operands: the arrays that formulas read.
        taken: says which names are no letters.
    """

    def __init__(self, operands: Operands, taken: Callable[[], frozenset[str]]) -> None:
        self.operands, self._taken = operands, taken
        self._matrices = MatrixFormulas(operands)

    def value(self, formula: Formula) -> Written | None:
        """The line that fills the formula's block."""
        block = formula.block
        if not _is_stack(block):
            return None
        index = self._index(block)
        target = one_of(self.operands.name(block), index.letter)
        return Written(target, self._matrices.value(formula, index.letter), (index,), block.dims[1:])

    def shares(self, formula: Formula, d: Rendered) -> list[Share] | None:
        """What each operand whose cotangent is asked for gets, the last first."""
        if not _is_stack(formula.block):
            return None
        index = self._index(formula.block)
        exprs = formula.shares(TEXTBOOK, symbol("d"))
        found = []
        for i in reversed(range(len(exprs))):
            access, expr = formula.operands[i], exprs[i]
            block = access.block
            if expr is None or block is None or block not in self.operands.plan.needs:
                continue
            target = one_of(self.operands.name(block, "d"), index.letter)
            value = self._matrices.share(expr, formula, i, {"d": d}, index.letter)
            line = Written(target, value, (index,), access.shape[1:])
            found.append(Share(block, line, _is_stack(block)))
        return found

    def _index(self, block: Block) -> Index:
        (letter,) = Letters(self._taken() | {"i"}, (0,)).of(1)
        return Index(letter, 1, block.dims[0])


def _is_stack(block: Block) -> bool:
    return len(block.dims) == 3 and not block.varies
