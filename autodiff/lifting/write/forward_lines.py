"""Forward lines: each formula of a program as an assignment in three languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autodiff.lifting.formula import Block, Formula, Segment, squeezed
from autodiff.lifting.write.operands import Operands, samples
from autodiff.lifting.write.rendered import (
    Line,
    Rendered,
    applied,
    assignment,
    joined,
    number,
    plus,
    reduced,
    times,
    weighted,
)

__all__ = ["ForwardLines"]


class ForwardLines:
    """Writes the forward pass."""

    def __init__(self, operands: Operands) -> None:
        self.operands = operands

    def formula(self, formula: Formula) -> Line:
        """The line that fills the formula's block."""
        value = self._elementwise(formula) if formula.op is not None else self._reduction(formula)
        target = self.operands.name(formula.block)
        return assignment(target, " = ", value.filled(target.shape))

    def _elementwise(self, formula: Formula) -> Rendered:
        assert formula.op is not None
        row = formula.op.name
        written = [self.operands.operand(access, formula.block) for access in formula.operands]
        return applied(lambda m, *operands: getattr(m, row)(*operands), written)

    def _reduction(self, formula: Formula) -> Rendered:
        terms = [self._segment(segment, formula) for segment in formula.segments]
        total = joined(terms, formula.reduction)
        bias: Any = formula.bias
        if isinstance(bias, np.ndarray):
            return plus(total, self.operands.weights(bias, formula.block))
        if total is None:
            return number(bias)
        if not bias:
            return total
        constant = number(bias)
        return plus(constant, total) if total.text.startswith("-") else plus(total, constant)

    def _segment(self, segment: Segment, formula: Formula) -> Rendered:
        block = formula.block
        if block.varies and segment.z is not None and not segment.varies:
            once = replace(formula, block=replace(block, varies=False))
            term = self._segment(segment, once).filled(block.dims).reshaped(squeezed(block.dims))
            return term.in_numpy("#[..., None]", (*term.shape, 1))
        if segment.kind == "matmul":
            assert isinstance(segment.coefficient, float)
            return weighted(segment.coefficient, self._matmul(segment, block))
        term = self._term(segment, block)
        short = "Σ" if formula.reduction == "add" else formula.reduction[:3]
        latex = r"\sum" if formula.reduction == "add" else rf"\{short}"
        tail = samples(block.varies)
        if segment.owner is not None:
            term = term.filled((*segment.owner.shape, *tail))
            start = {"add": "0.0", "maximum": "-np.inf", "minimum": "np.inf"}[formula.reduction]
            operands = (
                f"np.{formula.reduction}, {start}, #, {self.operands.store(segment.owner)}, {block.size}"
            )
            return term.around(f"{short}ᵣ #", f"reduce_at({operands})", f"{latex} #", (block.size, *tail))
        if len(segment.x.shape) > len(block.dims):
            index = "t" if block.dims else ""
            total = reduced(term, (*segment.x.shape, *tail), [len(block.dims)], formula.reduction, index)
            c = segment.coefficient if isinstance(segment.coefficient, float) else 1.0
            return weighted(c, total).filled((*block.dims, *tail)).reshaped(self.operands.shape(block))
        return term

    def _term(self, segment: Segment, block: Block) -> Rendered:
        """c·x·z of a segment that is read term by term; a number c stays outside a sum over terms."""
        summed = segment.owner is None and len(segment.x.shape) > len(block.dims)
        term = self.operands.operand(segment.x, block)
        if segment.z is not None:
            term = times(term, self.operands.operand(segment.z, block))
        c = segment.coefficient
        if isinstance(c, np.ndarray):
            return times(term, self.operands.weights(c, block))
        return term if summed else weighted(c, term)

    def _matmul(self, segment: Segment, block: Block) -> Rendered:
        x, z = segment.x, segment.z
        assert z is not None
        if self.operands.plain(segment, block):
            return self.operands.factor(x).dot(
                self.operands.factor(z) if z.varies else self.operands.factor(z).T
            )
        return self.operands.einsum(block, ("jt", x), ("st", z), "js").reshaped(self.operands.shape(block))
