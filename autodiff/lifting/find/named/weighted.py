"""Weighted: a sum of some elements of an array becomes that of all, weighted by numbers of which some are 0.

    Σ Z[(1, 5, 9)] + 0·Σ Z[…] is Σ Z ⊙ M

No table of places is read then, and nothing is scattered on the way back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Floats

__all__ = ["weighted"]

MOST = 4  # elements of an array for each that the sum takes; of more, a table of places is quicker


def weighted(formula: Formula, formulary: Formulary, masks: bool = True) -> Formula:
    """A sum over everything, with what it reads by tables of places of one array each read as a whole.

    Args:
        masks: whether equal weights are a number times zeros and ones, which reads better, and takes an
            operation more.
    """
    if formula.op is not None or formula.reduction != "add" or formula.block.dims != ():
        return formula
    terms = [term for term in formulary.terms(formula) if term.plain and term.segment.x.block is not None]
    formula = _squares(formula, formulary)
    by_block: dict[Block, list[Segment]] = {}
    for term in terms:
        if term.segment.x.strides is None and term.segment.x.block is not None:
            by_block.setdefault(term.segment.x.block, [])
    for block, segments in by_block.items():
        mine = [term for term in terms if term.segment.x.block is block]
        if block.size > MOST * sum(term.x.size for term in mine):
            continue
        places = np.concatenate([term.x.ravel() for term in mine]) - block.start
        weights = np.bincount(places, np.concatenate([term.coefficient.ravel() for term in mine]), block.size)
        segments += [term.segment for term in mine]
        everything = formulary.places.access(block.start + np.arange(block.size), block.varies)
        numbers, c = _numbers(weights.astype(np.float64), block, formulary, masks)
        rest = [each for each in formula.segments if all(each is not other for other in segments)]
        formula = replace(formula, segments=(*rest, Segment("rows", everything, numbers, c)))
    return formula


def _squares(formula: Formula, formulary: Formulary) -> Formula:
    """The sum, with squares of some elements of an array as weighted squares of all."""
    for segment in formula.segments:
        x, block = segment.x, segment.x.block
        square = segment.z is not None and np.array_equal(x.positions, segment.z.positions)
        part = segment.kind == "rows" and x.strides is None and x.injective and block is not None
        if not (square and part and segment.z is not None and segment.z.varies == x.varies):
            continue
        assert block is not None
        if block.size > MOST * x.size:
            continue
        weights = np.zeros(block.size)
        weights[x.positions.ravel() - block.start] = np.broadcast_to(segment.coefficient, x.shape).ravel()
        everything = formulary.places.access(block.start + np.arange(block.size), block.varies)
        rest = [each for each in formula.segments if each is not segment]
        formula = replace(formula, segments=(*rest, Segment("rows", everything, everything, weights)))
    return formula


def _numbers(weights: Floats, block: Block, formulary: Formulary, masks: bool) -> tuple[Access, float]:
    """Weights of all elements of a block as an array like it, times a number: of zeros and ones, with
    ``masks`` and if of those that are not 0 all are the same."""
    largest = float(weights[np.argmax(np.abs(weights))])
    is_mask = masks and largest != 0.0 and bool(np.isin(weights, (0.0, largest)).all())
    c = largest if is_mask else 1.0
    array = formulary.places.numbers("M" if is_mask else "c", (weights / c).reshape(block.dims))
    assert array.block is not None
    return formulary.places.access(array.block.start + np.arange(block.size), False), c
