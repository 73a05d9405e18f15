"""Symmetric: matrices that are their own transposes, tables of distances of vectors to each other and what is
made of them element by element, so that they are read without one."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.plan import Plan
from autodiff.lifting.things import DISTANCES

__all__ = ["symmetric_blocks"]


def symmetric_blocks(plan: Plan) -> set[Block]:
    """The blocks of a plan that are symmetric whatever the data."""
    found: set[Block] = set()
    for formula in plan.formulas:
        if len(formula.block.dims) == 2 and not formula.block.varies and _is_symmetric(formula, found):
            found.add(formula.block)
    return found


def _is_symmetric(formula: Formula, known: Collection[Block]) -> bool:
    if formula.thing in DISTANCES:
        x, z = formula.operands
        return x.varies == z.varies and np.array_equal(x.positions, z.positions.swapaxes(0, 1))
    if formula.thing is not None or not isinstance(formula.bias, float):
        return False
    return bool(formula.accesses) and all(_reads_one(each, formula, known) for each in formula.accesses)


def _reads_one(access: Access, formula: Formula, known: Collection[Block]) -> bool:
    """Whether an operand is a symmetric matrix as it lies, or one number."""
    if access.shape != formula.block.dims:
        return False
    alike = access.size > 0 and np.ptp(access.positions) == 0
    return bool(alike or access.whole in known) and (alike or access.injective)
