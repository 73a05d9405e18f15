"""The normal distribution: (1 + erf(x/√2))/2, or erfc(-x/√2)/2, is Φ(x), ``normal_cdf`` of the table.

erf(w) = 2/√π·∫₀ʷ exp(-t²) dt is, with t = s/√2, twice the integral of the normal density from 0 to √2·w. As
that density adds up to 1/2 on either side of 0,

    1 + erf(w) = 2·Φ(√2·w),    erfc(w) = 1 - erf(w) = 1 + erf(-w) = 2·Φ(-√2·w)

So of Z ⊙ (1 + erf(Z/√2))/2, the GELU, what is left is Z ⊙ Φ(Z).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary, is_whole
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.things import NORMAL_CDF

__all__ = ["name_normals"]

FEW = 6  # digits of a number that is left of c·√2
ROUNDINGS = 4  # units in the last place


def name_normals(formulary: Formulary) -> None:
    """Name every Φ(x) that is computed by erf or erfc of x/√2."""
    for formula in list(formulary.formulas):
        if formula.op is OPS["erfc"]:
            _name(formula, formula, -1.0, formulary)
        elif (sign := _sign_of_erf(formula, formulary)) is not None:
            _name(formula, formulary.made[_read(formula)], sign, formulary)


def _read(formula: Formula) -> Block:
    block = formula.segments[0].x.block
    assert block is not None
    return block


def _sign_of_erf(formula: Formula, formulary: Formulary) -> float | None:
    """The sign in |k|·(1 ± erf(w)), if a formula is that."""
    if formula.op is not None or formula.reduction != "add" or len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    erf, k = formulary.filling(segment.x), segment.coefficient
    if erf is None or erf.op is not OPS["erf"] or segment.kind != "rows" or segment.z is not None:
        return None
    alike = isinstance(k, float) and k != 0.0 and bool(np.all(formula.bias == abs(k)))
    return (
        math.copysign(1.0, k)
        if alike and isinstance(k, float) and segment.x.shape == formula.block.dims
        else None
    )


def _name(formula: Formula, erf: Formula, sign: float, formulary: Formulary) -> None:
    """Let a formula be a multiple of Φ(x), if sign·√2 times what ``erf`` takes is such an x."""
    x = _times_root(erf.operands[0], sign, erf, formulary)
    if x is None:
        return
    scale = 2.0 if formula is erf else 2.0 * abs(_coefficient(formula))
    known = formula if scale == 1.0 else _divided_by(scale, formula, formulary)
    if known is not None:
        formulary.name(known, NORMAL_CDF, [x], ())
        return
    dims, varies, places = formula.block.dims, formula.block.varies, formulary.places
    if formula is erf:
        twice = Formula(places.new_block(dims, varies), formula.op, formula.operands)  # of Φ(x)
        formulary.insert_before(twice, formula)
        segment, bias = Segment("rows", formulary.whole(twice.block), None, 0.5), 0.0
    else:
        segment, bias = replace(formula.segments[0], coefficient=0.5 * sign), 0.5
    normal = Formula(places.new_block(dims, varies), segments=(segment,), bias=bias)
    formulary.insert_before(normal, formula)
    multiple = Segment("rows", formulary.whole(normal.block), None, scale)
    formulary.replace(formula, Formula(formula.block, segments=(multiple,), nodes=formula.nodes))
    formulary.name(normal, NORMAL_CDF, [x], ())


def _divided_by(scale: float, formula: Formula, formulary: Formulary) -> Formula | None:
    """The formula that divides by a number what another computes, if that alone reads it."""
    block = formula.block
    readers = [f for f in formulary.formulas if any(block in formulary.blocks_read(a) for a in f.accesses)]
    reader = readers[0] if readers else formula
    if len(readers) != 1 or len(reader.segments) != 1 or reader.op is not None or np.any(reader.bias):
        return None
    (segment,) = reader.segments
    plain = segment.kind == "rows" and segment.z is None and reader.reduction == "add"
    alike = reader.block.dims == block.dims and is_whole(segment.x, block)
    return reader if plain and alike and np.all(segment.coefficient == 1.0 / scale) else None


def _coefficient(formula: Formula) -> float:
    coefficient = formula.segments[0].coefficient
    assert isinstance(coefficient, float)
    return coefficient


def _times_root(w: Access, sign: float, before: Formula, formulary: Formulary) -> Access | None:
    """sign·√2·w, where w is a sum of terms that are each divided by √2."""
    scaled = formulary.filling(w)
    if scaled is None or scaled.op is not None or scaled.reduction != "add" or np.any(scaled.bias):
        return None
    segments = []
    for segment in scaled.segments:
        c = _meant(segment.coefficient)
        if c is None:
            return None
        segments.append(replace(segment, coefficient=sign * c))
    first, *_ = segments = sorted(segments, key=lambda each: each.coefficient < 0.0)
    alone = len(segments) == 1 and first.kind == "rows" and first.z is None and first.coefficient == 1.0
    if alone and first.x.block is not None and is_whole(first.x, first.x.block) and first.x.shape == w.shape:
        return first.x
    block = formulary.places.new_block(scaled.block.dims, scaled.block.varies)
    formulary.insert_before(Formula(block, segments=tuple(segments)), before)
    return formulary.whole(block)


def _meant(coefficient: object) -> float | None:
    """c·√2, if that is a number of few digits up to rounding."""
    if not isinstance(coefficient, float):
        return None
    value = coefficient * math.sqrt(2.0)
    few = float(f"{value:.{FEW}g}")
    return few if few and abs(few - value) <= ROUNDINGS * math.ulp(value) else None
