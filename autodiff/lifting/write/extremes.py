"""Extremes: the largest or smallest of each row, column or part of an array, as it is read: a reduction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.formula import Access, Formula, Segment
from autodiff.lifting.things import EXTREMES

__all__ = ["as_computed", "is_extreme"]


def is_extreme(formula: Formula) -> bool:
    """Whether a formula is a thing that is the largest or smallest of several numbers."""
    return formula.thing in EXTREMES.values()


def as_computed(formula: Formula) -> Formula:
    """A formula, or, of a largest or smallest, the reduction that computes it."""
    if not is_extreme(formula):
        return formula
    (reduction,) = (name for name, thing in EXTREMES.items() if formula.thing is thing)
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
