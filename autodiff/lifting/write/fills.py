"""Fills: what a mask of plain numbers keeps of an array, and a number in place of the rest.

Recorded as Z ⊙ M + B, where M is 0 just where B is not, it is meant, and written, as ``where(M, Z, -1e9)``:
what the mask hides, be it infinite, is not looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff.engine.notation import ATOM
from autodiff.lifting.formula import Access, Formula
from autodiff.lifting.plan import Plan
from autodiff.lifting.write.algebra import number, weighted
from autodiff.lifting.write.rendered import Rendered, broadcast

__all__ = ["Fill", "as_mask", "fill_of"]


class Fill(NamedTuple):
    """A formula that is ``where(kept, scale·x, number)``.

    Attributes:
        x: what is kept in part.
        kept: 1 where it is, else 0, in the shape of x.
        scale: of what is kept.
        number: in place of what is not.
    """

    x: Access
    kept: npt.NDArray[np.float64]
    scale: float
    number: float

    def written(self, mask: Rendered, x: Rendered) -> Rendered:
        """The choice, of the mask and the array as they stand in a line."""
        a, b = weighted(self.scale, x), number(self.number)
        shape = broadcast(mask.shape, a.shape)
        cases = rf"{a.latex} & {mask.latex} \ne 0 \\ {b.latex} & \text{{otherwise}}"
        latex = rf"\begin{{cases}} {cases} \end{{cases}}"
        code = f"np.where({mask.closed().numpy} != 0.0, {a.numpy}, {b.numpy})"
        return Rendered(f"where({mask.text}, {a.text}, {b.text})", code, latex, shape, ATOM, ATOM)


def as_mask(numbers: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]] | None:
    """c and the zeros and ones of which numbers that are 0 or c are the multiple."""
    there = numbers != 0.0
    sizes = np.unique(numbers[there])
    if there.all() or len(sizes) != 1 or not np.isfinite(sizes[0]):
        return None
    return float(sizes[0]), there.astype(np.float64)


def fill_of(formula: Formula, plan: Plan) -> Fill | None:
    """What a formula fills, if it does that."""
    bias = formula.bias
    if formula.op is not None or formula.thing or formula.reduction != "add" or len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    plain = segment.kind == "rows" and segment.x.shape == formula.block.dims
    if not plain or segment.z is None or not isinstance(segment.coefficient, float):
        return None
    for x, mask in ((segment.x, segment.z), (segment.z, segment.x)):
        if mask.block is not plan.blocks[0] or not isinstance(bias, np.ndarray):
            continue
        found = as_mask(plan.constants[mask.positions - mask.block.start])
        if found is None:
            continue
        scale, kept = found
        fills = np.unique(bias[kept == 0.0])
        if len(fills) == 1 and np.array_equal(kept == 0.0, bias != 0.0):
            return Fill(x, kept, segment.coefficient * scale, float(fills[0]))
    return None
