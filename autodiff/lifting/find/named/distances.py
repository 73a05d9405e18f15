"""Distances: tables of ‖x - z‖² for each vector x of some and each z of others, as kernels and clusters take.

    Dᵢⱼ = c·Σₖ (xₖᵢ - zₖⱼ)²

The differences, one for each pair and place, are no array that anybody would look at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Formula
from autodiff.lifting.record import Ints
from autodiff.lifting.things import DISTANCES

__all__ = ["name_distances"]


def name_distances(formulary: Formulary) -> None:
    """Name every table of squared distances."""
    for block in [formula.block for formula in formulary.formulas[:-1]]:
        formula = formulary.made[block]
        found = _pairs(formula, formulary) if block not in formulary.things else None
        if found is not None:
            thing = DISTANCES[found.turned]
            formulary.name(formula, thing, found.vectors, (2,), found.scale, inner=[found.differences])


@dataclass(frozen=True)
class _Pairs:
    """A sum of squares over differences: of which two, (J, S, T), times what, whether the second one is less
    the first, and where the differences lie."""

    vectors: tuple[Access, Access]
    scale: float
    turned: bool
    differences: Access


def _pairs(formula: Formula, formulary: Formulary) -> _Pairs | None:
    if formula.op is not None or formula.reduction != "add" or np.any(formula.bias) or formula.block.varies:
        return None
    if len(formula.segments) != 1 or len(formula.block.dims) != 2:
        return None
    (squares,) = formula.segments
    v = squares.x
    plain = squares.kind == "rows" and squares.z is v and isinstance(squares.coefficient, float)
    difference = formulary.made.get(v.block) if v.block is not None else None
    if not plain or len(v.shape) != 3 or difference is None or difference.block in formulary.held:
        return None
    read = [{b for a in each.accesses for b in formulary.blocks_read(a)} for each in formulary.formulas]
    readers = sum(difference.block in blocks for blocks in read)
    sides = _sides(difference, v.positions - difference.block.start)
    if sides is None or readers != 1 or v.varies:
        return None
    x, z = (formulary.places.access(each, False) for each in sides[:2])
    assert isinstance(squares.coefficient, float)
    return _Pairs((x, z), squares.coefficient, sides[2], v)


def _sides(difference: Formula, at: Ints) -> tuple[Ints, Ints, bool] | None:
    """The two sides at these elements (J, S, T), what does not depend on s first; and whether that is what is
    subtracted."""
    sums = difference.op is None and difference.reduction == "add" and not np.any(difference.bias)
    if not sums or len(difference.segments) != 2 or difference.block.varies:
        return None
    for segment in difference.segments:
        if segment.kind != "rows" or segment.z is not None or segment.x.shape != difference.block.dims:
            return None
    first, second = difference.segments
    c = first.coefficient
    if not isinstance(c, float) or abs(c) != 1.0 or np.any(second.coefficient != -c):
        return None
    a, b = (segment.x.positions.ravel()[at] for segment in difference.segments)
    for x, z, sign in ((a, b, c), (b, a, -c)):
        if (x == x[:, :1]).all() and (z == z[:1]).all() and min(x.shape[:2]) > 1:
            return x, z, sign < 0.0
    return None
