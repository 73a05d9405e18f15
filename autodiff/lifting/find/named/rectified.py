"""Rectified: (Z > 0) * Z is relu(Z), number by number, and so is its derivative."""

from __future__ import annotations

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Formula

__all__ = ["name_relus"]


def name_relus(formulary: Formulary) -> None:
    """Let every product of an array with its own step be its relu."""
    for formula in list(formulary.formulas):
        rectified = _rectified(formula, formulary)
        if rectified is not None:
            relu = Formula(formula.block, OPS["relu"], (rectified,), nodes=formula.nodes)
            formulary.replace(formula, relu)


def _rectified(formula: Formula, formulary: Formulary) -> Access | None:
    """The Z of a formula that is Z ⊙ step(Z)."""
    if formula.op is not None or formula.thing or len(formula.segments) != 1 or np.any(formula.bias):
        return None
    (segment,) = formula.segments
    x, z = segment.x, segment.z
    if segment.kind != "rows" or z is None or x.shape != formula.block.dims:
        return None
    if not np.all(segment.coefficient == 1.0):
        return None
    for array, mask in ((x, z), (z, x)):
        step = formulary.filling(mask)
        if step is not None and step.op is OPS["step"] and _same(step.operands[0], array):
            return array
    return None


def _same(one: Access, other: Access) -> bool:
    return one.varies == other.varies and np.array_equal(one.positions, other.positions)
