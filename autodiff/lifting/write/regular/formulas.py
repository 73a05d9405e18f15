"""Formulas in lines with indices: the line of a formula, and those of the shares of its cotangent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from autodiff.formulas.expr import CODE, Expr, symbol
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.things import LOG_SOFTMAX, SOFTMAX
from autodiff.lifting.write.algebra import TEXTBOOK, applied, composed, instead, joined, number, plus, times
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular.arrays import axes_shown, is_plain
from autodiff.lifting.write.regular.at import At, fitted
from autodiff.lifting.write.regular.composing import product_of, summed
from autodiff.lifting.write.regular.lines import Letters, Written, at_letters, best, subsets
from autodiff.lifting.write.regular.reading import Part, Reading
from autodiff.lifting.write.regular.squares import Square, squares
from autodiff.lifting.write.regular.subscripts import Axis, Frame, Read, Subscript, Unwritten
from autodiff.lifting.write.rendered import Index, Rendered, Shape

__all__ = ["RegularFormulas", "Share"]

Rule = Callable[[Sequence[Rendered]], Rendered]


class Share(NamedTuple):
    """What an operand gets of a formula's cotangent.

    Attributes:
        block: the operand's.
        line: the line that adds it; None if another says it, too.
        whole: whether it goes to each element of the operand, and once.
    """

    block: Block
    line: Written | None
    whole: bool


class RegularFormulas:
    """Writes formulas in lines with indices, where they need them."""

    def __init__(self, operands: Operands) -> None:
        self.operands, self.plan = operands, operands.plan
        self.axes: dict[Block, tuple[Axis, ...]] = {}
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
            for formula in self.plan.formulas:
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
        """The arrays shown with other axes of a formula that cannot be written so."""
        blocks = {formula.block, *(access.block for access in formula.accesses if access.block)}
        blocks &= self.axes.keys()
        if not blocks or is_plain(formula, self.axes):
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
        block = formula.block
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
            return not is_plain(formula, self.axes)
        if any(len(access.shape) > 2 for access in read):
            return True
        return any(self._is_picked(access, formula) for access in read)

    def _is_picked(self, access: Access, formula: Formula) -> bool:
        """Whether the text of an operand would not be a plain view of an array."""
        if not formula.block.dims and access.block is not None:
            block = access.block  # a sum over all of an array is laid out as that is
            if np.array_equal(np.sort(access.positions, axis=None), block.start + np.arange(block.size)):
                return False
        exact = any(s.kind == "matmul" and access in (s.x, s.z) for s in formula.segments)
        text = self.operands.array(access, access.shape, exact=exact).text
        listed = sum(n > 1 for n in access.shape) > 1 and (
            "[(" in text or (" … " in text and ":" not in text)
        )
        return listed or "[…]" in text or "reshape(" in text or "; " in text

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
        reading = self.reading(formula)
        if reading is None:
            return None
        try:
            if formula.block in self._squares:
                return self._pooled(self._squares[formula.block], reading)
            return self._forward(formula, reading)
        except Unwritten:
            self._readings[formula.block] = None
            return None

    def _forward(self, formula: Formula, reading: Reading) -> Written:
        lengths = reading.lengths
        if formula.thing is not None or formula.op is not None:
            compose = self._thing(formula, reading) if formula.thing else self._operation(formula, reading)
            return best(reading.target, (), lengths, Letters(self.taken, reading.order), compose)
        if len(reading.parts) == 1:
            (part,) = reading.parts
            names = Letters(self.taken, reading.order)

            def one(frame: Frame, at: At) -> Rendered:
                return self._with_bias(self._part(part, formula, frame, at), formula, reading, frame, at)

            return best(reading.target, part.over, part.lengths, names, one)
        names = Letters(self.taken, reading.order)

        def several(frame: Frame, at: At) -> Rendered:
            at.more.clear()
            terms = [self._term(part, formula, names, frame, at) for part in reading.parts]
            shapes = {term.shape for term in terms} - {(1, 1)}
            whole = at.shape(frame)
            if len(shapes) > 1 and whole not in shapes and 1 not in whole:
                raise Unwritten
            total = joined(terms, formula.reduction)
            assert total is not None
            return self._with_bias(total, formula, reading, frame, at)

        return best(reading.target, (), lengths, names, several)

    def _pooled(self, square: Square, reading: Reading) -> Written:
        """The line of the largest of a part of an array."""
        names = Letters(self.taken, reading.order)

        def compose(frame: Frame, at: At) -> Rendered:
            return summed([square.read], product_of, Factor(1.0), square.over, frame, at, sign=square.sign)

        return best(reading.target, square.over, square.lengths, names, compose)

    def _pooled_share(self, square: Square, reading: Reading, d: Rendered) -> Written:
        """The line of what goes to where the largest of a part is."""
        names = Letters(self.taken, reading.order)
        target = replace(square.read, array=lambda: self.operands.name(square.block, "d"))
        own = self._cotangent(reading, d)

        def compose(frame: Frame, at: At) -> Rendered:
            arrived, inside, largest = (fitted(r, frame, at) for r in (own, square.read, reading.target))
            text = f"[{inside.text} = {largest.text}]"
            mask = Rendered(text, text, rf"\left[{inside.latex} = {largest.latex}\right]", inside.shape)
            return times(arrived, mask)

        own_axes = names.in_order(range(len(square.lengths) - len(square.over)))
        return at_letters(target, own_axes, square.lengths, names, compose)

    def _operation(self, formula: Formula, reading: Reading) -> Callable[[Frame, At], Rendered]:
        assert formula.op is not None
        row = formula.op.name
        return lambda frame, at: summed(
            reading.operands,
            lambda written: applied(lambda m, *operands: getattr(m, row)(*operands), written),
            Factor(1.0),
            (),
            frame,
            at,
        )

    def _thing(self, formula: Formula, reading: Reading) -> Callable[[Frame, At], Rendered]:
        thing = formula.thing
        if thing not in (SOFTMAX, LOG_SOFTMAX) or len(formula.axes) != 1 or formula.scale != 1.0:
            raise Unwritten
        assert thing is not None

        def compose(frame: Frame, at: At) -> Rendered:
            along = _along(formula, reading, frame)
            operand = fitted(reading.operands[0], frame, at)
            below = "ⱼ" if along == 1 else ""
            name = thing.name.replace("_", r"\_")
            return Rendered(
                f"{thing.name}{below}({operand.text})",
                operand.text,
                rf"\operatorname{{{name}}}{'_{j}' if below else ''}\left({operand.latex}\right)",
                operand.shape,
            )

        return compose

    def _part(self, part: Part, formula: Formula, frame: Frame, at: At) -> Rendered:
        """A segment of a sum."""
        segment = part.segment
        c = segment.coefficient
        factor = (
            Factor(1.0)
            if isinstance(c, np.ndarray)
            else self.operands.coefficient(c, formula.block, segment.x)
        )
        count = math.prod(part.lengths[axis] for axis in part.over)
        sign = formula.reduction
        alone = len(part.factors) == 1 and bool(part.over) and not set(part.over) & set(at.letters)
        if sign == "add" and alone and factor.plain and factor.value * count == 1.0 and formula.block.dims:
            factor, sign = Factor(1.0), "mean"
        return summed(part.factors, product_of, factor, part.over, frame, at, is_product=True, sign=sign)

    def _term(self, part: Part, formula: Formula, names: Letters, frame: Frame, at: At) -> Rendered:
        """A segment of several, with as few letters as can be for the axes over which it adds up."""
        used = {*at.letters.values(), *(index.letter for index in at.more)}
        fresh = names.of(len(part.lengths), besides=used)
        for named in subsets(part.over):
            letters = {**at.letters, **{axis: fresh[axis] for axis in named}}
            try:
                term = self._part(part, formula, frame, At(part.lengths, letters, reduced=at.reduced))
            except Unwritten:
                continue
            at.more.extend(Index(fresh[axis], 1, part.lengths[axis]) for axis in named)
            return term
        raise Unwritten

    def _with_bias(
        self, total: Rendered, formula: Formula, reading: Reading, frame: Frame, at: At
    ) -> Rendered:
        bias: Any = formula.bias
        if isinstance(bias, np.ndarray):
            read = reading.along(bias)
            return plus(total, fitted(read, frame, at))
        if not bias:
            return total
        constant = number(bias)
        return plus(constant, total) if total.text.startswith("-") else plus(total, constant)

    # Shares

    def shares(self, formula: Formula, d: Rendered) -> list[Share] | None:
        """What each operand whose cotangent is asked for gets, in their order; None if the formula does
        without indices, or they do not do.

        Args:
            formula: whose cotangent is handed on.
            d: that, as it is called, or a number.
        """
        reading = self._for_shares(formula)
        if reading is None:
            return None
        asked = [a.block for a in formula.operands if a.block is not None and a.block in self.plan.needs]
        if formula.block in self.silent:
            return [Share(block, None, False) for block in asked]
        try:
            if formula.block in self._squares:
                square = self._squares[formula.block]
                if square.block not in self.plan.needs:
                    return [Share(block, None, False) for block in asked]
                line = self._pooled_share(square, reading, d)
                size = math.prod(square.lengths)
                once = len({axis for place in square.read.places for axis in place.steps}) == len(
                    square.lengths
                )
                whole = once and size == square.block.size
                mine = [block is square.block for block in asked]
                first = mine.index(True)
                return [Share(block, line if at == first else None, whole) for at, block in enumerate(asked)]
            return [*self._shares(formula, reading, d)]
        except Unwritten:
            return None

    def _shares(self, formula: Formula, reading: Reading, d: Rendered) -> Iterator[Share]:
        if formula.thing is not None:
            yield from self._thing_shares(formula, reading, d)
        if formula.op is not None:
            yield from self._operation_shares(formula, reading, d)
        for part in reading.parts:
            yield from self._part_shares(part, formula, reading, d)

    def _cotangent(self, reading: Reading, d: Rendered) -> Read:
        value = None if d.number is None else d.number.value
        return replace(reading.target, array=lambda: d, number=value)

    def _thing_shares(self, formula: Formula, reading: Reading, d: Rendered) -> Iterator[Share]:
        thing, (access,) = formula.thing, formula.operands[:1]
        assert thing is not None
        if len(formula.operands) != 1 or d.number is not None:
            raise Unwritten
        own = self._cotangent(reading, d)
        (x,) = reading.operands
        (share,) = thing.shares(TEXTBOOK, symbol("x0"), symbol("y"), symbol("d"))
        if share is None:
            return
        reads = [x, reading.target, own]
        expr = instead(share, Expr(thing.name, (symbol("x0"),)), symbol("y"))

        def compose(frame: Frame, at: At) -> Rendered:
            written = [fitted(read, frame, at) for read in reads]
            along = _along(formula, reading, frame)
            return composed(expr, dict(zip(("x0", "y", "d"), written)), (along,))

        yield from self._share(access, x, (), reading.lengths, reading, compose)

    def _operation_shares(self, formula: Formula, reading: Reading, d: Rendered) -> Iterator[Share]:
        row = formula.op
        assert row is not None
        own = self._cotangent(reading, d)
        reads = [*reading.operands, reading.target, own]
        for i, (access, partial) in enumerate(zip(formula.operands, formula.partials(CODE))):
            if not isinstance(partial, Expr) and not partial:
                continue

            def rule(written: Sequence[Rendered], i: int = i, partial: Any = partial) -> Rendered:
                *inside, last = written
                if not isinstance(partial, Expr):
                    return times(number(float(partial)), last)
                slope = applied(lambda m, *args: row.partials(m, *args)[i], inside, row.name)
                return times(last, slope)

            target = reading.operands[i]
            over = [axis for axis in range(len(reading.lengths)) if axis not in target.axes]

            def compose(frame: Frame, at: At, rule: Rule = rule, over: Sequence[int] = over) -> Rendered:
                return summed(reads, rule, Factor(1.0), over, frame, at)

            yield from self._share(access, target, over, reading.lengths, reading, compose)

    def _part_shares(self, part: Part, formula: Formula, reading: Reading, d: Rendered) -> Iterator[Share]:
        segment = part.segment
        c = segment.coefficient
        factor = (
            Factor(1.0)
            if isinstance(c, np.ndarray)
            else self.operands.coefficient(c, formula.block, segment.x)
        )
        own = self._cotangent(reading, d)
        if d.number is not None:
            factor = factor.times(d.number)
        square = segment.z is segment.x
        accesses = [segment.x] if segment.z is None or square else [segment.x, segment.z]
        for i, access in enumerate(accesses):
            target = part.factors[i]
            others = [each for at, each in enumerate(part.factors) if at != i]
            weight = factor.times(Factor(2.0)) if square else factor
            reads = [*([] if own.number is not None else [own]), *others]
            over = [axis for axis in range(len(part.lengths)) if axis not in target.axes]

            def compose(
                frame: Frame,
                at: At,
                reads: Sequence[Read] = reads,
                weight: Factor = weight,
                over: Sequence[int] = over,
            ) -> Rendered:
                missing = [axis for axis in over if not any(axis in read.axes for read in reads)]
                if not reads:
                    count = math.prod(at.lengths[axis] for axis in missing)
                    return number(weight.times(Factor(float(count))))
                more = [axis for pair in at.sums.values() for axis in pair]
                everything = [*over, *(axis for axis in more if axis not in over)]
                return summed(reads, product_of, weight, everything, frame, at, is_product=True)

            yield from self._share(access, target, over, part.lengths, reading, compose)

    def _share(
        self,
        access: Access,
        read: Read,
        over: Sequence[int],
        lengths: Sequence[int],
        reading: Reading,
        compose: Callable[[Frame, At], Rendered],
    ) -> Iterator[Share]:
        block = access.block
        if block is None or block not in self.plan.needs:
            return
        target = replace(read, array=lambda: self.operands.name(block, "d"))
        names = Letters(self.taken, reading.order)
        reached = np.unique(access.positions)
        covers = len(reached) == block.size
        line = self._spread_back(target, over, lengths, names, compose)
        if line is not None:
            yield Share(block, line, covers)
            return
        written = best(target, over, lengths, names, compose)
        once = math.prod(lengths[axis] for axis in target.axes) == len(reached)
        yield Share(block, written, covers and once)

    def _spread_back(
        self,
        target: Read,
        over: Sequence[int],
        lengths: Sequence[int],
        names: Letters,
        compose: Callable[[Frame, At], Rendered],
    ) -> Written | None:
        """The line of what comes back to places that several windows read, each from its own."""
        if target.flat is not None:
            return None
        sums: dict[int, tuple[int, int]] = {}
        places: list[Subscript] = []
        longer = [*lengths]
        for place in target.places:
            if len(place.steps) == 2 and set(place.steps.values()) == {1}:
                a, b = place.steps
                sums[len(longer)] = (a, b)
                places.append(Subscript(place.first, {len(longer): 1}))
                longer.append(lengths[a] + lengths[b] - 1)
            else:
                places.append(place)
        if not sums:
            return None
        try:
            return best(replace(target, places=tuple(places)), over, longer, names, compose, sums)
        except Unwritten:
            return None


def _along(formula: Formula, reading: Reading, frame: Frame) -> int:
    """Whether a thing runs over the rows or the columns of a frame."""
    if len(reading.lengths) != len(formula.block.dims):
        raise Unwritten
    (axis,) = formula.axes
    if axis not in frame.axes:
        raise Unwritten
    return 0 if frame.rows == axis else 1
