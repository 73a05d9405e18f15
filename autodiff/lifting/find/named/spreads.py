"""Spreads: roots of sums of squares, √(c·Σᵢ vᵢ² + ε) of the columns of v, and 1 over them.

They are recorded as a square root, a power of ½ or -½, or 1 over one, with ε and factors added and multiplied
on the way; the squares are products or powers. Or they are lengths (``lengths``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Formula
from autodiff.lifting.record import Ints

__all__ = ["Spread", "spread_read", "squares_of"]


@dataclass(frozen=True)
class Spread:
    """√(c·Σᵢ vᵢ² + ε) of the columns of v, or 1 over it, as some access reads it.

    Attributes:
        places: (C, T) where the elements of each column of v lie.
        varies: in which buffer.
        weight, epsilon: c and ε.
        inverse: whether it is 1 over the root.
        read: for each element of the access, in order, the number of its column.
    """

    places: Ints
    varies: bool
    weight: float
    epsilon: float
    inverse: bool
    read: Ints

    def takes(self, v: Access) -> bool:
        """Whether an access reads whole columns of v, and this the root of each element's column."""
        order = np.argsort(self.places, axis=None)
        known = self.places.ravel()[order]
        positions = v.positions.ravel()
        at = np.minimum(np.searchsorted(known, positions), len(known) - 1)
        if v.varies != self.varies or (known[at] != positions).any() or not v.injective:
            return False
        column = order[at] // self.places.shape[1]
        counts = np.bincount(column, minlength=len(self.places))
        return bool((column == self.read).all() and np.isin(counts, (0, self.places.shape[1])).all())


def spread_read(access: Access, formulary: Formulary) -> Spread | None:
    """What an access reads, if that is the root of a sum of squares, or 1 over it."""
    at = access.positions.ravel()
    exponent, weight, epsilon = 1.0, 1.0, 0.0
    formula = formulary.made.get(access.block) if access.block else None
    while formula is not None:
        local = at - formula.block.start
        if formula.reduction == "hypot" and abs(exponent) == 1.0 and (weight, epsilon) == (1.0, 0.0):
            columns = _columns(formula)
            return (
                None
                if columns is None
                else Spread(columns, formula.block.varies, 1.0, 0.0, exponent < 0.0, local)
            )
        power = _exponent(formula, formulary)
        if power is not None:
            exponent *= power[0]
            inner = power[1]
            if (weight, epsilon) != (1.0, 0.0):
                return None
        elif abs(exponent) == 0.5:
            inner_access, c, bias = _affine(formula)
            if inner_access is None:
                break
            epsilon += weight * bias
            weight *= c
            inner = inner_access
        else:
            return None
        at = inner.positions.ravel()[local]
        formula = formulary.made.get(inner.block) if inner.block else None
    if formula is None or abs(exponent) != 0.5:
        return None
    squares = squares_of(formula, formulary)
    if squares is None:
        return None
    places, varies, c = squares
    epsilon += weight * float(formula.bias)
    read = at - formula.block.start
    return Spread(places, varies, weight * c, epsilon, exponent < 0.0, read)


def _columns(length: Formula) -> Ints | None:
    """Where the numbers of each column lie (C, T), of a formula of lengths, if none is there twice."""
    varies = {segment.x.varies for segment in length.segments}
    tables = [each.x.positions.reshape(length.block.size, -1) for each in length.segments]
    places: Ints = np.concatenate(tables, axis=1)
    return places if varies == {length.block.varies} and len(np.unique(places)) == places.size else None


def _exponent(formula: Formula, formulary: Formulary) -> tuple[float, Access] | None:
    """p and x, where a formula is xᵖ, p a number."""
    if formula.op is OPS["sqrt"]:
        return 0.5, formula.operands[0]
    if formula.op is OPS["pow"]:
        exponent = formulary.number(formula.operands[1])
        return None if exponent is None else (exponent, formula.operands[0])
    if formula.op is OPS["div"] and formulary.number(formula.operands[0]) == 1.0:
        return -1.0, formula.operands[1]
    return None


def _affine(formula: Formula) -> tuple[Access | None, float, float]:
    """x, c and k of a formula k + c·x with one number each, else no x."""
    if formula.op is None and formula.reduction == "add" and len(formula.segments) == 1:
        (segment,) = formula.segments
        plain = segment.kind == "rows" and segment.z is None and segment.x.shape == formula.block.dims
        numbers = isinstance(segment.coefficient, float) and isinstance(formula.bias, float)
        if plain and numbers:
            assert isinstance(segment.coefficient, float) and isinstance(formula.bias, float)
            return segment.x, segment.coefficient, formula.bias
    return None, 1.0, 0.0


def squares_of(formula: Formula, formulary: Formulary) -> tuple[Ints, bool, float] | None:
    """Where the elements of each column lie and c, if a formula is c·Σ v² + ε of columns that have no
    element in common."""
    if formula.op is not None or formula.reduction != "add" or len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    alone = segment.kind == "matmul" and formula.block.size == 1  # of one vector
    if not (segment.kind == "rows" or alone) or isinstance(formula.bias, np.ndarray):
        return None
    coefficient = segment.coefficient
    if isinstance(coefficient, np.ndarray) or coefficient <= 0.0:
        return None
    x, z = segment.x, segment.z
    places, varies = x.positions.ravel(), x.varies
    if z is None:
        squared = formulary.made.get(x.block) if x.block else None
        v = _square(squared, formulary) if squared is not None else None
        if squared is None or v is None:
            return None
        places, varies = v.positions.ravel()[places - squared.block.start], v.varies
    elif z.varies != varies or (z.positions.ravel() != places).any():
        return None
    if places.size <= formula.block.size or len(np.unique(places)) < places.size:
        return None
    return places.reshape(formula.block.size, -1), varies, coefficient


def _square(formula: Formula, formulary: Formulary) -> Access | None:
    """v, where a formula is v² element by element."""
    if formula.op is OPS["pow"] and formulary.number(formula.operands[1]) == 2.0:
        return formula.operands[0]
    if formula.op is None and len(formula.segments) == 1 and not np.any(formula.bias):
        (segment,) = formula.segments
        x, z = segment.x, segment.z
        plain = segment.kind == "rows" and z is not None and x.shape == formula.block.dims
        if z is not None and plain and np.all(segment.coefficient == 1.0) and x.varies == z.varies:
            return x if (x.positions == z.positions).all() else None
    return None
