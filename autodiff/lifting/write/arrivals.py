"""Arrivals: where the source of a program has to keep cotangents from edges that are flat.

Along an edge that its row declares flat goes no cotangent (see ``autodiff.engine.exact``). Most lines
hand on slope · cotangent all the same, 0 times a number. That is wrong where one of the two is infinite,
which takes a steep operation, one like √x that has an infinite slope where it has a value:

* nearer to the loss, as in √relu(x) at -1: the line of relu gets an infinite cotangent;
* farther from it, as in max(√x, 1) at 0: no cotangent arrives at √x, and its line has to know.

Programs without such a pair of operations need nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from autodiff.engine.notation import ATOM
from autodiff.formulas.expr import CODE, Expr
from autodiff.lifting.formula import PLACES, Access, Block, Formula, Segment, is_steep
from autodiff.lifting.plan import Plan
from autodiff.lifting.write.algebra import reduced
from autodiff.lifting.write.backward_lines import BackwardLines
from autodiff.lifting.write.expressions import applied
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.operands import Operands, samples
from autodiff.lifting.write.rendered import Line, Rendered, Shape, broadcast, shown

__all__ = ["Arrivals"]


class Arrivals:
    """Knows which shares of cotangents need a condition, and writes it.

    Attributes:
        lines: those that compute where cotangents arrive, as far as that matters.
    """

    def __init__(self, operands: Operands) -> None:
        self.operands, self.plan = operands, operands.plan
        self._masks = {f.block for f in self.plan.formulas if f.op is not None and f.op.mask}
        steep = {formula.block for formula in self.plan.formulas if _steep(formula, self.plan)}
        self._below_steep = {block.symbol for block in self._handed_on(steep)}
        below_flat = self._handed_on({f.block for f in self.plan.formulas if self._has_flat(f)})
        self._conditional = below_flat & steep
        doubtful = below_flat & self._leading_to(self._conditional)
        lines = _ArrivalLines(operands, doubtful, self._masks)
        formulas = reversed(self.plan.formulas) if doubtful else ()
        self.lines = [line for formula in formulas for line in lines.formula(formula)]

    def kept(self, value: Rendered, formula: Formula, i: int) -> Rendered:
        """The share of operand i of an elementwise formula, 0 where no cotangent goes to it."""
        block = formula.block
        if block in self._conditional:
            value = _where(f"{_name(block)} == 0.0", self.operands.shape(block), value)
        if block.symbol in self._below_steep:
            value = _passed(value, formula, i, self.operands)
        return value

    def masked(self, value: Rendered, factor: Access, written: Rendered, block: Block) -> Rendered:
        """The share of a term that is multiplied by ``factor``, 0 where that is a mask that is off."""
        if block.symbol in self._below_steep and factor.block in self._masks:
            return _where(f"{written.closed().numpy} == 0.0", written.shape, value)
        return value

    def _has_flat(self, formula: Formula) -> bool:
        """Whether there are edges below a formula that are flat at some places and not at others."""
        if formula.op is not None:
            return formula.op.flat is not None and any(map(_passes, formula.partials(CODE)))
        factors = [s.x.block for s in formula.segments if s.z] + [s.z.block for s in formula.segments if s.z]
        return any(block in self._masks for block in factors)

    def _handed_on(self, sources: set[Block]) -> set[Block]:
        """The blocks that get cotangents from these formulas' blocks, on any way."""
        below: set[Block] = set()
        for formula in reversed(self.plan.formulas):
            if formula.block in sources or formula.block in below:
                below.update(block for a in formula.accesses for block in self.plan.blocks_read(a))
        return below & self.plan.needs

    def _leading_to(self, targets: set[Block]) -> set[Block]:
        """These blocks, and those from whose cotangents theirs are computed."""
        above = set(targets)
        for formula in self.plan.formulas:
            if any(block in above for a in formula.accesses for block in self.plan.blocks_read(a)):
                above.add(formula.block)
        return above


class _Ones(Operands):
    """Every operand as ones, but masks as they are: a product with anything else passes on what arrives."""

    def __init__(self, operands: Operands, doubtful: set[Block], masks: set[Block]) -> None:
        super().__init__(operands.plan)
        self.stored, self._names = operands.stored, operands._names
        self._doubtful, self._masks = doubtful, masks

    def name(self, block: Block, prefix: str = "") -> Rendered:
        if not prefix:
            return super().name(block)
        word = _name(block) if block in self._doubtful else f"np.ones({shown(self.shape(block))})"
        return Rendered(word, word, word, self.shape(block))

    def array(self, access: Access, shape: tuple[int, ...], exact: bool = False) -> Rendered:
        if access.block in self._masks:
            return super().array(access, shape, exact)
        whole: Shape = (*shape, *samples(access.varies))
        word = f"np.ones({shown(whole)})"
        return Rendered(word, word, word, whole)


class _ArrivalLines(BackwardLines):
    """Writes the backward pass of arrivals: positive where a cotangent arrives, else 0."""

    def __init__(self, operands: Operands, doubtful: set[Block], masks: set[Block]) -> None:
        super().__init__(_Ones(operands, doubtful, masks))
        self._written = operands
        self.needs = doubtful
        self._foldable, self._inner, self._handed_on = set(), set(), {}

    def cotangent(self, block: Block) -> Rendered:
        return self.operands.name(block, "d")

    def formula(self, formula: Formula) -> list[Line]:
        return super().formula(replace(formula, segments=tuple(map(_alone, formula.segments))))

    def _thing_shares(self, formula: Formula, d: Rendered) -> Iterator[Line]:
        dims = formula.operands[0].shape
        if formula.block.dims == dims:  # whatever arrives at one goes to all that it was made with
            summed = reduced(d, d.shape, formula.axes)
            d = summed.reshaped(tuple(1 if axis in formula.axes else n for axis, n in enumerate(d.shape)))
        passing = formula.shares(CODE, Expr("d"))
        shape: Shape = (*dims, *samples(formula.block.varies))
        if formula.block.dims not in ((), dims):
            d = d.reshaped(tuple(1 if axis in formula.axes else n for axis, n in enumerate(shape)))
        for access, share in zip(formula.operands, passing):
            if share is not None:
                yield from self._give(access, d, shape)

    def _elementwise_shares(self, formula: Formula, d: Rendered) -> Iterator[Line]:
        for i, (access, partial) in enumerate(zip(formula.operands, formula.partials(CODE))):
            if _passes(partial):
                shape = self.operands.shape(formula.block)
                yield from self._give(access, _passed(d, formula, i, self._written), shape)

    def _give(
        self, access: Access, value: Rendered, shape: Shape, transposed: Rendered | None = None
    ) -> Iterator[Line]:
        yield from super()._give(access, value, shape, transposed)
        self.reached.update(self.plan.blocks_read(access))


def _alone(segment: Segment) -> Segment:
    """The segment without its coefficient."""
    return replace(segment, coefficient=1.0)


def _name(block: Block) -> str:
    return f"arrived_{block.symbol}"


def _passes(partial: Expr | float) -> bool:
    """Whether an operand gets a share at all."""
    return isinstance(partial, Expr) or partial != 0.0


def _passed(value: Rendered, formula: Formula, i: int, operands: Operands) -> Rendered:
    """The value, 0 where the row says that the formula is flat in operand i."""
    row = formula.op
    assert row is not None
    if row.flat is None:
        return value
    written = [operands.operand(access, formula.block) for access in formula.operands]
    written.append(operands.name(formula.block))
    rule = row.flat
    flat = applied(lambda m, *args: rule(m, *args)[i], written)
    return value if flat.number == Factor(0.0) else _where(flat.numpy, flat.shape, value)


def _where(condition: str, shape: Shape, value: Rendered) -> Rendered:
    """The value, in NumPy 0 where the condition of this shape holds."""
    numpy = f"np.where({condition}, 0.0, {value.numpy})"
    whole = broadcast(shape, value.shape)
    return value._replace(numpy=numpy, shape=whole, code=ATOM, number=None, scaled=None)


def _steep(formula: Formula, plan: Plan) -> bool:
    """Whether a formula has an infinite slope at a point where its value is finite."""
    if formula.op is None:
        return False
    return is_steep(formula.op, *(_numbers(access, plan) for access in formula.operands))


def _numbers(access: Access, plan: Plan) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Numbers to try for an operand: itself, if it is constant."""
    block = access.block
    if block is None or block.role != "constant":
        return np.array(PLACES)
    return np.unique(plan.constants[access.positions - block.start])
