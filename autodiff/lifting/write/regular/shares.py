"""Shares: what the operands of a formula get of its cotangent, each in a line with the letters it takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from autodiff.formulas.expr import CODE, Expr, symbol
from autodiff.formulas.textbook import TEXTBOOK, instead
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.things import DISTANCES
from autodiff.lifting.write.algebra import minus, number, quotient, times
from autodiff.lifting.write.expressions import applied, composed, where_equal
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.products import vectors_of
from autodiff.lifting.write.regular.at import At, fitted
from autodiff.lifting.write.regular.composing import product_of, summed
from autodiff.lifting.write.regular.lines import Letters, Written, at_letters, best
from autodiff.lifting.write.regular.reading import Part, Reading
from autodiff.lifting.write.regular.squares import Square
from autodiff.lifting.write.regular.subscripts import Frame, Read, Subscript, Unwritten
from autodiff.lifting.write.regular.values import axis_in
from autodiff.lifting.write.rendered import Rendered

__all__ = ["Share", "Shares"]

Rule = Callable[[Sequence[Rendered]], Rendered]
Reads = Sequence[Read]


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


class Shares:
    """Writes the lines of shares.

    Args:
        operands: the arrays that formulas read.
        taken: says which names are no letters.
    """

    def __init__(self, operands: Operands, taken: Callable[[], frozenset[str]]) -> None:
        self.operands, self.plan, self._names_taken = operands, operands.plan, taken

    @property
    def taken(self) -> frozenset[str]:
        return self._names_taken()

    def of(self, formula: Formula, reading: Reading, d: Rendered) -> Iterator[Share]:
        """The shares of all operands whose cotangents are asked for, in their order.

        Raises:
            Unwritten: if one has no line.
        """
        if formula.thing in DISTANCES:
            yield from self._distance_shares(formula, reading, d)
            return
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
        if len(formula.operands) != 1 or formula.inner or d.number is not None:
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
            along = axis_in(formula, reading, frame)
            return composed(expr, dict(zip(("x0", "y", "d"), written)), (along,))

        yield from self._share(access, x, (), reading.lengths, reading, compose)

    def _distance_shares(self, formula: Formula, reading: Reading, d: Rendered) -> Iterator[Share]:
        """Of ‖x - z‖² the share 2·d·(x - z) of x, and 2·d·(z - x) of z."""
        (part,), own = reading.parts, self._cotangent(reading, d)
        weight = Factor(2.0 * formula.scale)
        weight = weight if d.number is None else weight.times(d.number)
        cotangent = [own] if d.number is None else []

        def rule(written: Sequence[Rendered]) -> Rendered:
            *arrived, mine, other = written
            return reduce(times, [*arrived, minus(mine, other)])

        for access, target, other in zip(vectors_of(formula), part.factors, part.factors[::-1]):
            over = [axis for axis in range(len(reading.lengths)) if axis not in target.axes]

            reads = [*cotangent, target, other]

            def compose(frame: Frame, at: At, reads: Reads = reads, over: Sequence[int] = over) -> Rendered:
                return summed(reads, rule, weight, over, frame, at)

            yield from self._share(access, target, over, part.lengths, reading, compose)

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

    def pooled(self, square: Square, reading: Reading, d: Rendered) -> Written:
        """The line of what goes to where the largest of a part is, or to all of it, of a length."""
        names = Letters(self.taken, reading.order)
        target = replace(square.read, array=lambda: self.operands.name(square.block, "d"))
        own = self._cotangent(reading, d)

        def compose(frame: Frame, at: At) -> Rendered:
            arrived, inside, largest = (fitted(r, frame, at) for r in (own, square.read, reading.target))
            slope = quotient(inside, largest) if square.sign == "hypot" else where_equal(inside, largest)
            return times(arrived, slope)

        own_axes = names.in_order(range(len(square.lengths) - len(square.over)))
        return at_letters(target, own_axes, square.lengths, names, compose)
