"""Moving: formulas that read the same numbers at other places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Access, Formula, Segment

__all__ = ["in_one_piece", "with_accesses"]


def with_accesses(formula: Formula, anew: Callable[[Access], Access]) -> Formula:
    """The formula with its accesses made anew, the same objects if nothing changes."""
    made = {access: anew(access) for access in (*formula.accesses, *formula.inner)}
    if all(old is new for old, new in made.items()):
        return formula

    def segment(old: Segment) -> Segment:
        return replace(old, x=made[old.x], z=made[old.z] if old.z is not None else None)

    operands = tuple(made[access] for access in formula.operands)
    inner = tuple(made[access] for access in formula.inner)
    return replace(formula, operands=operands, segments=tuple(map(segment, formula.segments)), inner=inner)


def in_one_piece(formula: Formula, places: Placement) -> Formula:
    """A sum over all in which terms of one array with one coefficient are one segment."""
    if formula.block.dims or formula.op is not None or len(formula.segments) < 2:
        return formula
    alike: dict[object, list[Segment]] = {}
    for segment in formula.segments:
        square = segment.z is segment.x
        plain = segment.kind == "rows" and (square or segment.z is None)
        single = plain and isinstance(segment.coefficient, float) and segment.x.block is not None
        alike.setdefault((segment.x.block, segment.coefficient, square) if single else segment, []).append(
            segment
        )
    if len(alike) == len(formula.segments):
        return formula
    segments = []
    for several in alike.values():
        first = several[0]
        if len(several) > 1:
            positions = np.sort(np.concatenate([segment.x.positions.ravel() for segment in several]))
            x = places.access(positions, first.x.varies)
            first = Segment("rows", x, x if first.z is not None else None, first.coefficient)
        segments.append(first)
    return replace(formula, segments=tuple(segments))
