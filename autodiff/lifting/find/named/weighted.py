"""Weighted: a sum of some elements of an array becomes that of all, weighted by numbers of which some are 0.

    Σ Z[(1, 5, 9)] + 0·Σ Z[…] is Σ Z ⊙ c

No table of places is read then, and nothing is scattered on the way back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Block, Formula, Segment

__all__ = ["weighted"]

MOST = 4  # elements of an array for each that the sum takes; of more, a table of places is quicker


def weighted(formula: Formula, formulary: Formulary) -> Formula:
    """A sum over everything, with what it reads by tables of places of one array each read as a whole."""
    if formula.op is not None or formula.reduction != "add" or formula.block.dims != ():
        return formula
    terms = [term for term in formulary.terms(formula) if term.plain and term.segment.x.block is not None]
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
        numbers = formulary.places.numbers("c", np.asarray(weights, dtype=np.float64))
        everything = formulary.places.access(block.start + np.arange(block.size), block.varies)
        rest = [each for each in formula.segments if all(each is not other for other in segments)]
        formula = replace(formula, segments=(*rest, Segment("rows", everything, numbers)))
    return formula
