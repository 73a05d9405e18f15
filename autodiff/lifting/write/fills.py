"""Fills: what a mask of plain numbers keeps of an array, and a number in place of the rest.

Recorded as Z ⊙ M + B, where M is 0 just where B is not, it is meant, and written, as ``where(M, Z, -1e9)``:
what the mask hides, be it infinite, is not looked at. What −∞ is held as is that, be it scaled or not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff.engine.notation import ATOM
from autodiff.functions.stable import BELOW
from autodiff.lifting.formula import Access, Formula
from autodiff.lifting.plan import Plan
from autodiff.lifting.write.algebra import number, weighted
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.rendered import Rendered, broadcast

__all__ = ["Fill", "as_mask", "fill_of"]

DIGITS = 12  # of a number that was scaled
LEAST = BELOW / 1e8  # what is below is a multiple of that


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

    def written(self, mask: Rendered, x: Rendered, scale: Factor) -> Rendered:
        """The choice, of the mask, the array and its scale as they stand in a line; the scale stands in front
        of it if the number is a shorter one there."""
        inside = self._unscaled(scale.known)
        if inside is not None:
            return weighted(scale, self._replace(number=inside).written(mask, x, Factor(1.0)))
        a, b = weighted(scale, x), number(self.number)
        shape = broadcast(mask.shape, a.shape)
        cases = rf"{a.latex} & {mask.latex} \ne 0 \\ {b.latex} & \text{{otherwise}}"
        latex = rf"\begin{{cases}} {cases} \end{{cases}}"
        code = f"np.where({mask.closed().numpy} != 0.0, {a.numpy}, {b.numpy})"
        return Rendered(f"where({mask.text}, {a.text}, {b.text})", code, latex, shape, ATOM, ATOM)

    def _unscaled(self, scale: float | None) -> float | None:
        """The number before it was scaled, if it has fewer digits."""
        if not scale or self.number == BELOW:
            return None
        before = float(f"{self.number / scale:.{DIGITS}g}")
        is_it = math.isclose(before * scale, self.number, rel_tol=1e-15)
        return before if is_it and len(repr(before)) < len(repr(self.number)) else None


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
            number = float(fills[0]) if fills[0] > LEAST else BELOW
            return Fill(x, kept, segment.coefficient * scale, number)
    return None
