"""Values: the line of a formula, at the letters that it takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.lifting.formula import Formula
from autodiff.lifting.things import DISTANCES, LOG_SOFTMAX, SOFTMAX
from autodiff.lifting.write.algebra import joined, minus, norm_squared, number, plus, weighted
from autodiff.lifting.write.expressions import applied
from autodiff.lifting.write.fills import fill_of
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular.at import At, fitted
from autodiff.lifting.write.regular.composing import product_of, summed
from autodiff.lifting.write.regular.lines import Letters, Written, best, subsets
from autodiff.lifting.write.regular.reading import Part, Reading
from autodiff.lifting.write.regular.squares import Square
from autodiff.lifting.write.regular.subscripts import Frame, Unwritten
from autodiff.lifting.write.rendered import Index, Rendered

__all__ = ["Values", "axis_in"]


class Values:
    """Writes the lines of formulas.

    Args:
        operands: the arrays that they read.
        taken: says which names are no letters.
    """

    def __init__(self, operands: Operands, taken: Callable[[], frozenset[str]]) -> None:
        self.operands, self._names_taken = operands, taken

    @property
    def taken(self) -> frozenset[str]:
        return self._names_taken()

    def line(self, formula: Formula, reading: Reading) -> Written:
        """The line that fills a formula's block.

        Raises:
            Unwritten: if there is none.
        """
        lengths = reading.lengths
        if formula.thing in DISTANCES:
            (part,) = reading.parts
            names = Letters(self.taken, reading.order)
            return best(reading.target, part.over, part.lengths, names, self._distance(part))
        if formula.thing is not None or formula.op is not None:
            compose = self._thing(formula, reading) if formula.thing else self._operation(formula, reading)
            return best(reading.target, (), lengths, Letters(self.taken, reading.order), compose)
        if len(reading.parts) == 1:
            (part,) = reading.parts
            names = Letters(self.taken, reading.order)
            fill = fill_of(formula, self.operands.plan)

            def chosen(frame: Frame, at: At) -> Rendered:
                assert fill is not None
                x = part.factors[0 if fill.x is part.segment.x else 1]
                kept, scale = reading.along(fill.kept), self.operands.scale(fill.scale, formula.block)
                return fill.written(fitted(kept, frame, at), fitted(x, frame, at), scale)

            if fill is not None:
                return best(reading.target, (), lengths, names, chosen)

            def one(frame: Frame, at: At) -> Rendered:
                if frame.axes and _is_of_pairs(part):
                    raise Unwritten
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

    def _distance(self, part: Part) -> Callable[[Frame, At], Rendered]:
        """‖x - z‖² of one pair, columns or rows."""
        assert isinstance(part.segment.coefficient, float)
        scale = part.segment.coefficient

        def compose(frame: Frame, at: At) -> Rendered:
            if frame.axes or set(part.over) & set(at.letters):
                raise Unwritten
            lying = (Frame(part.over[0]), Frame(None, part.over[0]))
            pairs = ([fitted(read, each, at) for read in part.factors] for each in lying)
            difference = min((minus(x, z) for x, z in pairs), key=lambda each: len(each.text))
            return weighted(scale, norm_squared(difference))

        return compose

    def pooled(self, square: Square, reading: Reading) -> Written:
        """The line of the largest of a part of an array."""
        names = Letters(self.taken, reading.order)

        def compose(frame: Frame, at: At) -> Rendered:
            return summed([square.read], product_of, Factor(1.0), square.over, frame, at, sign=square.sign)

        return best(reading.target, square.over, square.lengths, names, compose)

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
            along = axis_in(formula, reading, frame)
            operand = fitted(reading.operands[0], frame, at)
            below = "ⱼ" if along == 1 else ""
            name = thing.name.replace("_", "-")
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


def _is_of_pairs(part: Part) -> bool:
    """Whether vectors that a table picks are multiplied each with one that another picks: that is rather read
    as a product, vector by vector."""
    listed = [{axis for p in read.places if p.listed for axis in p.steps} for read in part.factors]
    return len(listed) == 2 and len(part.over) == 1 and bool(listed[0] & listed[1] - {*part.over})


def axis_in(formula: Formula, reading: Reading, frame: Frame) -> int:
    """Whether a thing runs over the rows or the columns of a frame."""
    if len(reading.lengths) != len(formula.block.dims):
        raise Unwritten
    (axis,) = formula.axes
    if axis not in frame.axes:
        raise Unwritten
    return 0 if frame.rows == axis else 1
