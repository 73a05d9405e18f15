"""Thing shares: what the operands of a named thing get of its cotangent, by its rule, in three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autodiff.formulas.expr import CODE, Expr, symbol
from autodiff.formulas.textbook import TEXTBOOK, instead
from autodiff.lifting.formula import Access, Formula, squeezed
from autodiff.lifting.things import DISTANCES, LOG_SIGMOID, LOG_SOFTMAX
from autodiff.lifting.write.algebra import minus, reduced, times, weighted
from autodiff.lifting.write.expressions import composed
from autodiff.lifting.write.forward_lines import spelt_within, total_with_a_line
from autodiff.lifting.write.operands import Operands, samples
from autodiff.lifting.write.products import vectors_of
from autodiff.lifting.write.rendered import Rendered, Shape

__all__ = ["Totals", "thing_shares"]

Shares = Iterator[tuple[Access, Rendered, Shape]]
Totals = Mapping[tuple[str, Sequence[int]], Rendered]


def thing_shares(formula: Formula, d: Rendered, operands: Operands, totals: Totals) -> Shares:
    """The operands of a thing that get a share of its cotangent d, each with that and its shape; the sums of
    some cotangents over some axes are numbers that are known, by the text and the axes."""
    thing = formula.thing
    assert thing is not None
    if thing in DISTANCES:
        yield from _distance_shares(formula, d, operands)
        return
    block = formula.block
    dims = formula.operands[0].shape
    shape: Shape = (*(squeezed(dims) if block.varies else dims), *samples(block.varies))
    y = operands.name(block)
    if block.dims and block.dims != dims:
        beside = tuple(1 if axis in formula.axes else n for axis, n in enumerate(shape))
        d, y = d if d.number is not None else d.reshaped(beside), y.reshaped(beside)
    written = [operands.operand(each, block) for each in formula.operands]
    total = total_with_a_line(formula, operands)
    within = spelt_within(formula, written) if total is None else [total]
    written = [each.over(shape) for each in [*written, *within]]
    atoms = dict(zip(formula.letters, written))
    atoms["y"] = y
    atoms["d"] = weighted(operands.coefficient(formula.scale, block, formula.operands[0]), d)
    known = [*map(symbol, formula.letters), symbol("y"), symbol("d")]
    codes = formula.shares(CODE, symbol("d"))
    readings = thing.read(TEXTBOOK, *known) if thing.read else formula.shares(TEXTBOOK, symbol("d"))
    for access, reading, code in zip(formula.operands, readings, codes):
        if reading is not None and code is not None:
            reading = instead(reading, Expr(thing.name, (symbol("x0"),)), symbol("y"))
            if thing is LOG_SIGMOID:
                reading = instead(reading, Expr("sigmoid", (symbol("x1"),)), symbol("x0"))
            share = composed(reading, atoms, formula.axes)
            sums = totals.get((d.text, formula.axes)) if thing is LOG_SOFTMAX else None
            if sums is not None and formula.scale == 1.0:
                share = minus(atoms["d"], times(sums, atoms["x1"]))
            source = composed(code, atoms, formula.axes)
            if thing.read:  # the source is none of what is read
                share = share._replace(scaled=None, made=None)
            if share.scaled is None:
                share = share._replace(numpy=source.numpy, code=source.code)
            yield access, share, shape


def _distance_shares(formula: Formula, d: Rendered, operands: Operands) -> Shares:
    """dX = 2·(X ⊙ Σⱼ d - d·Z) for the vectors X, one a row, and the cotangent d of distances to Z."""
    vectors = vectors_of(formula)
    written = [operands.array(each, each.shape, exact=True) for each in vectors]
    d = d.filled(formula.block.dims) if d.number is not None else d
    for access, own, other, table in zip(vectors, written, written[::-1], (d, d.T)):
        total = reduced(table, table.shape, [1])
        of_own = times(own, total.in_numpy("#[:, None]", (*total.shape, 1)))
        yield access, weighted(2.0 * formula.scale, minus(of_own, table.dot(other))), access.shape
