"""Ties: of several largest numbers each gets its share of the derivative, but not of the value.

``autodiff.max`` records

    y = m - Σᵢ tᵢ·(m - xᵢ) / Σᵢ tᵢ,    tᵢ = step(1 - step(m - xᵢ))

with the largest number m, detached, and tᵢ = 1 where xᵢ is it. No xᵢ is above m, so the first sum is 0 and y
is m; its derivative gives each of k largest numbers 1/k. The steps of a thing are not differentiated one by
one, and among them y may be computed as m. So for ``min``, signs reversed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Formula, Segment

__all__ = ["SIGNS", "is_zero", "without_ties"]

SIGNS = {"maximum": 1.0, "minimum": -1.0}
"""Of m in the difference from m that is never negative."""


def without_ties(formula: Formula, formulary: Formulary) -> Formula:
    """The formula itself, or, if it is such a y, the one of m that fills its block instead."""
    segments = formula.segments
    if len(segments) != 2 or np.any(formula.bias) or not all(_plain(each, formula) for each in segments):
        return formula
    for first, second in (segments, segments[::-1]):
        extreme, rest = formulary.filling(first.x), formulary.filling(second.x)
        if extreme is None or rest is None or first.coefficient != 1.0:
            continue
        if is_zero(rest, extreme, formulary):
            return replace(extreme, block=formula.block, nodes=formula.nodes)
    return formula


def _plain(segment: Segment, formula: Formula) -> bool:
    """Whether a segment is one number of another array for each of the formula's."""
    return (
        formula.reduction == "add"
        and segment.kind == "rows"
        and segment.z is None
        and segment.x.shape == formula.block.dims
        and isinstance(segment.coefficient, float)
    )


def is_zero(quotient: Formula, extreme: Formula, formulary: Formulary) -> bool:
    """Whether a quotient is Σᵢ tᵢ·(m - xᵢ) over something, for the m that ``extreme`` computes."""
    if quotient.op is not OPS["div"]:
        return False
    total = formulary.filling(quotient.operands[0])
    if total is None or total.reduction != "add" or len(total.segments) != 1 or np.any(total.bias):
        return False
    (segment,) = total.segments
    if segment.kind != "rows" or segment.z is None:
        return False
    for top, short in ((segment.x, segment.z), (segment.z, segment.x)):
        difference = formulary.made.get(short.block) if short.block else None
        if difference is not None and _falls_short(difference, extreme):
            return _is_top(top, short, difference, formulary)
    return False


def _is_top(top: Access, short: Access, difference: Formula, formulary: Formulary) -> bool:
    """Whether ``top`` reads step(1 - step(d)) of the elements d of a difference that ``short`` reads."""
    outer = formulary.made.get(top.block) if top.block else None
    if outer is None or outer.op is not OPS["step"]:
        return False
    turned = formulary.filling(outer.operands[0])
    if turned is None or len(turned.segments) != 1 or not np.all(turned.bias == 1.0):
        return False
    (segment,) = turned.segments
    inner = formulary.filling(segment.x)
    return (
        _plain(segment, turned)
        and bool(np.all(segment.coefficient == -1.0))
        and inner is not None
        and inner.op is OPS["step"]
        and formulary.filling(inner.operands[0]) is difference
        and np.array_equal(top.positions - outer.block.start, short.positions - difference.block.start)
    )


def _falls_short(difference: Formula, extreme: Formula) -> bool:
    """Whether the elements of a difference are m - xᵢ, with the x that m is the largest of."""
    if len(extreme.segments) != 1 or len(difference.segments) != 2 or np.any(difference.bias):
        return False
    (among,) = extreme.segments
    if extreme.reduction not in SIGNS or among.kind != "rows" or among.z is not None:
        return False
    numbers = among.x.positions.reshape(extreme.block.size, -1)
    sign = SIGNS[extreme.reduction]
    for m, x in (difference.segments, difference.segments[::-1]):
        if (
            all(_plain(segment, difference) for segment in (m, x))
            and np.all(m.coefficient == sign)
            and np.all(x.coefficient == -sign)
            and m.x.block is extreme.block
            and x.x.varies == among.x.varies
            and np.all(among.coefficient == 1.0)
        ):
            row = m.x.positions.ravel() - extreme.block.start
            return bool((numbers[row] == x.x.positions.reshape(-1, 1)).any(axis=1).all())
    return False
