"""Formulas in lines with indices: which take them, and the axes with which arrays are shown."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.record import Floats
from autodiff.lifting.write.extremes import as_computed
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular.arrays import axes_shown, is_plain
from autodiff.lifting.write.regular.lines import Written
from autodiff.lifting.write.regular.reading import Reading
from autodiff.lifting.write.regular.shares import Share, Shares
from autodiff.lifting.write.regular.squares import Square, squares
from autodiff.lifting.write.regular.stacked import StacksOfMatrices
from autodiff.lifting.write.regular.subscripts import Axis, Unwritten
from autodiff.lifting.write.regular.values import Values
from autodiff.lifting.write.rendered import Rendered, Shape

__all__ = ["RegularFormulas"]


class RegularFormulas:
    """Writes formulas in lines with indices, where they need them."""

    def __init__(self, operands: Operands) -> None:
        self.operands, self.plan = operands, operands.plan
        self.axes: dict[Block, tuple[Axis, ...]] = {}
        self._values = Values(operands, lambda: self.taken)
        self._shares_of = Shares(operands, lambda: self.taken)
        self._stacks = StacksOfMatrices(operands, lambda: self.taken)
        self._readings: dict[Block, Reading | None] = {}
        self._squares: dict[Block, Square] = {}
        self.silent: set[Block] = set()
        self._look()
        self._squares = squares(self.plan, self.reading)
        self.silent = {block for square in self._squares.values() for block in square.steps}

    def _look(self) -> None:
        """Find out which arrays are shown with other axes than they have; only those of which every formula
        that reads them can be written so."""
        refused: set[Block] = set()
        while True:
            self.axes, self._readings = {}, {}
            for formula in map(as_computed, self.plan.formulas):
                if formula.block not in refused:
                    axes = axes_shown(formula, self.reading(formula), self.axes)
                    if axes is not None:
                        self.axes[formula.block] = axes
                        self._readings.pop(formula.block)
            wrong = {block for formula in self.plan.formulas for block in self._unwritten(formula)}
            self._readings = {}
            if not wrong:
                return
            refused |= wrong

    def _unwritten(self, formula: Formula) -> set[Block]:
        """The arrays shown with other axes of a formula that cannot be written so, as none can that reads
        several arrays together."""
        joined = {b for a in formula.accesses if a.block is None for b in self.plan.blocks_read(a)}
        if joined & self.axes.keys():
            return joined & self.axes.keys()
        blocks = {formula.block, *(access.block for access in formula.accesses if access.block)}
        blocks &= self.axes.keys()
        if not blocks or is_plain(as_computed(formula), self.axes):
            return set()
        if self.forward(formula) is None:
            return blocks
        d = self.operands.name(formula.block, "d")
        asked = formula.block in self.plan.needs
        return blocks if asked and self.shares(formula, d) is None else set()

    def shape(self, block: Block, shape: Shape) -> Shape:
        """The shape with which an array is shown that has this one."""
        axes = self.axes.get(block)
        return shape if axes is None else tuple(axis.length for axis in axes)

    @property
    def taken(self) -> frozenset[str]:
        """The names that are no letters."""
        words = {block.symbol for block in self.plan.blocks} | {*self.operands.constants}
        return frozenset(words | {f"d{word}" for word in words} | {"m"})

    def reading(self, formula: Formula) -> Reading | None:
        """What a formula reads, if it takes indices to say so, and they do."""
        block, formula = formula.block, as_computed(formula)
        if block not in self._readings:
            found = None
            # What belongs to a step of a loop is written for all steps.
            steps = any(
                each is not None and each.series for each in (block, *(a.block for a in formula.accesses))
            )
            if not steps and self._needs_indices(formula):
                with suppress(Unwritten):
                    found = Reading(formula, self.operands, self.axes)
            self._readings[block] = found
        return self._readings[block]

    def _needs_indices(self, formula: Formula) -> bool:
        """Whether a formula reads something that is no plain view of an array, or has more than two axes
        without being element by element."""
        read = [
            access for access in formula.accesses if access.block is None or access.block.role != "constant"
        ]
        blocks = [formula.block, *(access.block for access in read if access.block)]
        if any(block in self.axes or len(block.dims) > 2 for block in blocks):
            return not is_plain(formula, self.axes) or self._has_other_numbers(formula)
        if any(len(access.shape) > 2 for access in read):
            return True
        return _is_table(formula) or any(self._is_picked(access, formula) for access in read)

    def _has_other_numbers(self, formula: Formula) -> bool:
        """Whether a formula reads numbers that differ, and do not lie as its array is shown."""
        for access in formula.accesses:
            if access.block is self.plan.blocks[0] and np.ptp(values := self._numbers(access)) > 0.0:
                alike = [(values == values.take([0], axis)).all() for axis in range(values.ndim)]
                if formula.block in self.axes or any(alike):
                    return True
        return False

    def _numbers(self, access: Access) -> Floats:
        """The plain numbers that an access reads."""
        return self.plan.constants[access.positions - self.plan.blocks[0].start]

    def _is_picked(self, access: Access, formula: Formula) -> bool:
        """Whether the text of an operand would not be a plain view of an array."""
        if not formula.block.dims and access.block is not None:
            block = access.block  # a sum over all of an array is laid out as that is
            if np.array_equal(np.sort(access.positions, axis=None), block.start + np.arange(block.size)):
                return False
        exact = any(s.kind == "matmul" and access in (s.x, s.z) for s in formula.segments)
        with self.operands.trial():
            text = self.operands.array(access, access.shape, exact=exact).text
            by_list = any(f"[{name}]" in text for name in self.operands.lists)
        listed = sum(n > 1 for n in access.shape) > 1 and (
            "[(" in text or (" … " in text and ":" not in text)
        )
        return listed or by_list or "reshape(" in text or "; " in text

    def _is_scattered(self, access: Access) -> bool:
        """Whether the cotangents of what an access reads would not be a plain view of an array."""
        block = access.block
        if block is None or block not in self.plan.needs:
            return block is None
        positions = access.positions
        for axis in reversed(range(positions.ndim)):
            first = positions.take([0], axis)
            if positions.shape[axis] > 1 and (positions == first).all():
                positions = first.squeeze(axis)
        if positions.size == block.size or (len(block.dims) == 1 and positions.ndim == 1):
            return False
        view = self.operands.view(block, positions, exact=True)
        return view is None or view.text.endswith("ᵀ") or "reshape(" in view.text

    def _for_shares(self, formula: Formula) -> Reading | None:
        """What a formula reads, if it takes indices to say what its operands get."""
        reading = self.reading(formula)
        steps = any(a.block is not None and a.block.series for a in formula.accesses) or formula.block.series
        if reading is None and not steps and any(map(self._is_scattered, formula.accesses)):
            with suppress(Unwritten):
                return Reading(formula, self.operands, self.axes)
        return reading

    # The line of a formula

    def forward(self, formula: Formula) -> Written | None:
        """The line that fills the formula's block; None if it does without indices, or they do not do."""
        if formula.thing is not None and formula.thing.of_matrices:
            return self._stacks.value(formula)
        formula = as_computed(formula)
        reading = self.reading(formula)
        if reading is None:
            return None
        try:
            if formula.block in self._squares:
                return self._values.pooled(self._squares[formula.block], reading)
            return self._values.line(formula, reading)
        except Unwritten:
            self._readings[formula.block] = None
            return None

    def shares(self, formula: Formula, d: Rendered) -> list[Share] | None:
        """What each operand whose cotangent is asked for gets, in their order; None if the formula does
        without indices, or they do not do.

        Args:
            formula: whose cotangent is handed on.
            d: that, as it is called, or a number.
        """
        if formula.thing is not None and formula.thing.of_matrices:
            return self._stacks.shares(formula, d)
        thing = formula.thing
        formula = as_computed(formula)
        reading = self._for_shares(formula)
        if reading is None:
            return None
        asked = [a.block for a in formula.operands if a.block is not None and a.block in self.plan.needs]
        if formula.block in self.silent:
            return [Share(block, None, False) for block in asked]
        try:
            if formula.thing is not thing:
                return self._share_of_reduction(formula, reading, d)
            if formula.block in self._squares:
                square = self._squares[formula.block]
                if square.block not in self.plan.needs:
                    return [Share(block, None, False) for block in asked]
                line = self._shares_of.pooled(square, reading, d)
                size = math.prod(square.lengths)
                once = len({axis for place in square.read.places for axis in place.steps}) == len(
                    square.lengths
                )
                whole = once and size == square.block.size
                mine = [block is square.block for block in asked]
                first = mine.index(True)
                return [Share(block, line if at == first else None, whole) for at, block in enumerate(asked)]
            return [*self._shares_of.of(formula, reading, d)]
        except Unwritten:
            return None

    def _share_of_reduction(self, formula: Formula, reading: Reading, d: Rendered) -> list[Share]:
        """What goes to where the largest or smallest of a part of an array is; of a length, to all of it."""
        (part,), (access,) = reading.parts, formula.accesses
        if access.block is None or access.block not in self.plan.needs:
            return []
        over, (read,) = tuple(part.over), part.factors
        square = Square(frozenset(), access.block, formula.reduction, read, over, tuple(part.lengths))
        whole = access.injective and access.size == access.block.size
        return [Share(access.block, self._shares_of.pooled(square, reading, d), whole)]


def _is_table(formula: Formula) -> bool:
    """Whether a column and a row are added to a matrix, which takes a letter to be said."""
    dims = formula.block.dims
    terms = [[s.x, s.z] if s.z else [s.x] for s in formula.segments if s.kind == "rows"]
    if len(dims) != 2 or 1 in dims or len(terms) != len(formula.segments):
        return False
    along = []
    for term in terms:
        if any(access.shape != dims or access.varies for access in term):
            return False
        along.append({axis for access in term for axis in (0, 1) if _moves(access, axis)})
    return {0} in along and {1} in along and {0, 1} not in along


def _moves(access: Access, axis: int) -> bool:
    positions = access.positions
    return not bool((positions == positions.take([0], axis)).all())
