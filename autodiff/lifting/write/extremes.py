"""Extremes: the largest or smallest of each row, column or part of an array, and the length of each likewise,
as they are read: reductions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.formula import Access, Formula, Segment
from autodiff.lifting.things import EXTREMES, LENGTH

__all__ = ["as_computed", "is_extreme"]


def is_extreme(formula: Formula) -> bool:
    """Whether a formula is a thing that is the largest or smallest of several numbers."""
    return formula.thing in EXTREMES.values()


def as_computed(formula: Formula) -> Formula:
    """A formula, or, of a largest, a smallest or a length, the reduction that computes it."""
    reductions = {**EXTREMES, "hypot": LENGTH}
    reduction = next((name for name, thing in reductions.items() if formula.thing is thing), None)
    if reduction is None:
        return formula
    (x,) = formula.operands
    last = range(x.positions.ndim - len(formula.axes), x.positions.ndim)
    positions = np.moveaxis(x.positions, formula.axes, last).reshape(*formula.block.dims, -1)
    read = Access(positions.shape, x.varies, x.block, index=positions)
    return replace(
        formula,
        segments=(Segment("rows", read, None),),
        reduction=reduction,
        thing=None,
        operands=(),
        axes=(),
    )
