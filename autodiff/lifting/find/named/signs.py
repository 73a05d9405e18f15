"""Signs: what is read as k + c·x of something else, so that -(-x), and x where x and -x are one array, is x.

Grouping puts -a[:9] and a[9:] together as c ⊙ a, where c has -1 nine times and then 1.
"""

from __future__ import annotations

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.moving import with_accesses
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.record import Floats

__all__ = ["affine", "in_shape", "read_in_order", "signed", "without_ones"]


def affine(formula: Formula | None) -> tuple[float, float, Access] | None:
    """k, c and x of a formula k + c·x with one number c."""
    if formula is None or formula.op is not None or formula.reduction != "add" or formula.thing:
        return None
    if len(formula.segments) != 1 or isinstance(formula.bias, np.ndarray):
        return None
    (segment,) = formula.segments
    plain = segment.kind == "rows" and segment.z is None and segment.x.shape == formula.block.dims
    return (
        (formula.bias, segment.coefficient, segment.x)
        if plain and isinstance(segment.coefficient, float)
        else None
    )


def signed(access: Access, formulary: Formulary) -> tuple[float, float, Access]:
    """k, c and x, where what is read is k + c·x and x is nothing of the kind."""
    found = affine(read_in_order(access, formulary))
    if found is not None:
        bias, c, x = found
        return bias, c, in_shape(x, access.shape)
    part = _multiple(access, formulary)
    return (0.0, *part) if part is not None else (0.0, 1.0, access)


def _multiple(access: Access, formulary: Formulary) -> tuple[float, Access] | None:
    """c and x, where what is read is c·x, though other elements of its block may be other multiples."""
    formula = formulary.made.get(access.block) if access.block is not None else None
    factors = _factors(formula, formulary) if formula is not None else None
    if formula is None or factors is None:
        return None
    at = access.positions - formula.block.start
    c = factors[at]
    if not c.size or (c != c.flat[0]).any():
        return None
    x = formula.segments[0].x
    return float(c.flat[0]), formulary.places.access(x.positions.ravel()[at], x.varies)


def _factors(formula: Formula, formulary: Formulary) -> Floats | None:
    """By element, what each is multiplied with, of a formula that multiplies by plain numbers."""
    if formula.op is not None or formula.thing or formula.reduction != "add" or np.any(formula.bias):
        return None
    if len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    if segment.kind != "rows" or segment.x.shape != formula.block.dims:
        return None
    numbers: Floats | float = 1.0
    if segment.z is not None:
        found = formulary.numbers(segment.z)
        if found is None:
            return None
        numbers = found
    return np.broadcast_to(segment.coefficient * numbers, formula.block.dims).ravel()


def without_ones(formulary: Formulary) -> None:
    """What is read of c ⊙ x where c is 1 is read of x."""
    for formula in list(formulary.formulas[:-1]):
        factors = _factors(formula, formulary) if formula.block not in formulary.held else None
        if factors is None or not (factors == 1.0).any() or np.ptp(factors) == 0.0:
            continue
        block = formula.block

        def anew(access: Access, block: Block = block) -> Access:
            found = _multiple(access, formulary) if access.block is block else None
            return found[1] if found is not None and found[0] == 1.0 else access

        for reader in list(formulary.formulas):
            formulary.replace(reader, with_accesses(reader, anew))


def read_in_order(access: Access, formulary: Formulary) -> Formula | None:
    """The formula whose block is read element after element, in whatever shape."""
    block = access.block
    if block is None or block not in formulary.made or access.size != block.size:
        return None
    in_order = (access.positions.ravel() == block.start + np.arange(block.size)).all()
    return formulary.made[block] if in_order else None


def in_shape(access: Access, shape: tuple[int, ...]) -> Access:
    """The same positions in another shape."""
    if access.shape == shape:
        return access
    return Access(shape, access.varies, access.block, index=access.positions.reshape(shape))
