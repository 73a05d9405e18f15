"""Proportions: arrays whose columns are divided by their sums, L/Σᵢ L, so that each adds up to 1."""

from __future__ import annotations

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.norms import axes_of
from autodiff.lifting.find.named.spreads import Spread
from autodiff.lifting.formula import Access
from autodiff.lifting.things import PROPORTIONS

__all__ = ["name_proportions"]


def name_proportions(formulary: Formulary) -> None:
    """Name every array of which each column is divided by its sum."""
    for formula in [each for each in formulary.formulas if each.op is OPS["div"]]:
        above, below = formula.operands
        totals = _totals(below, formulary)
        if formula.block in formulary.things or totals is None or not totals.takes(above):
            continue
        axes = axes_of(totals.read.reshape(above.shape))
        if axes is not None:
            formulary.name(formula, PROPORTIONS, [above], axes, inner=[below])


def _totals(access: Access, formulary: Formulary) -> Spread | None:
    """Of which columns an access reads the sums."""
    formula = formulary.made.get(access.block) if access.block else None
    if formula is None or formula.op is not None or formula.reduction != "add" or formula.thing:
        return None
    if len(formula.segments) != 1 or np.any(formula.bias):
        return None
    (segment,) = formula.segments
    several = segment.kind == "rows" and segment.z is None and segment.x.size > formula.block.size
    if not several or np.any(segment.coefficient != 1.0) or not segment.x.injective:
        return None
    places = segment.x.positions.reshape(formula.block.size, -1)
    read = access.positions.ravel() - formula.block.start
    return Spread(places, segment.x.varies, 1.0, 0.0, False, read)
