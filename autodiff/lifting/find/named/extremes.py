"""Extremes: the largest or smallest of each row, column or part of an array, where its cotangent goes.

What ``autodiff.max`` records (see ``ties``) is m - q, with the largest number m, detached, and a q that is 0.
Its derivative gives each of k largest numbers 1/k. So of

    y = m - q    with    q = Σᵢ tᵢ·(m - xᵢ)/Σᵢ tᵢ,    tᵢ = 1 where xᵢ = m, else 0,

in which neither m nor t have a derivative, ∂y/∂xⱼ = tⱼ/Σᵢ tᵢ, the rule of the thing. For the smallest it is
m + q with xᵢ - m in place of m - xᵢ.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary, is_whole
from autodiff.lifting.find.named.lying import reduced_over
from autodiff.lifting.find.named.ties import SIGNS, is_zero
from autodiff.lifting.formula import Block, Formula, Segment
from autodiff.lifting.things import EXTREMES

__all__ = ["name_extremes", "name_largest"]

COMPUTED_BY = {"largest": "maximum", "smallest": "minimum"}


def name_largest(formulary: Formulary) -> None:
    """Name what was recognised as a largest or smallest that a gradient passes."""
    for formula in list(formulary.formulas):
        if formula.reduction in COMPUTED_BY:
            formulary.replace(formula, replace(formula, reduction=COMPUTED_BY[formula.reduction]))
            _call(formulary.made[formula.block], formulary)


def name_extremes(formulary: Formulary) -> None:
    """Name every other largest and smallest that a program differentiates: those before exponentials that are
    no softmax's."""
    quotients = [each for each in formulary.formulas if each.op is OPS["div"]]
    for quotient in quotients:
        extreme = _extreme_with(quotient, formulary)
        if extreme is not None:
            _name(extreme, quotient, formulary)


def _extreme_with(quotient: Formula, formulary: Formulary) -> Formula | None:
    """The m of a q, if it is one."""
    total = formulary.filling(quotient.operands[0])
    if total is None or len(total.segments) != 1:
        return None
    differences = [formulary.made.get(each.block) for each in total.segments[0].factors if each.block]
    read = [access.block for each in differences if each is not None for access in each.accesses]
    for block in dict.fromkeys(each for each in read if each is not None):
        extreme = formulary.made.get(block)
        if extreme is not None and extreme.reduction in SIGNS and is_zero(quotient, extreme, formulary):
            return extreme
    return None


def _name(extreme: Formula, quotient: Formula, formulary: Formulary) -> None:
    """Let the formulas with lines of their own that read m and q read y."""
    written = formulary.written()
    y: Block | None = None
    for formula in [each for each in formulary.formulas if each.block in written]:
        pair = _pair(formula, extreme, quotient)
        if pair is None:
            continue
        first = pair[0]
        alone = len(formula.segments) == 2 and not np.any(formula.bias) and first.coefficient == 1.0
        if alone and formula.block.dims == extreme.block.dims and is_whole(first.x, extreme.block):
            formulary.replace(formula, replace(extreme, block=formula.block, nodes=formula.nodes))
            _call(formulary.made[formula.block], formulary)
            continue
        if y is None:
            y = formulary.places.new_block(extreme.block.dims, extreme.block.varies)
            formulary.insert_after(replace(extreme, block=y, nodes=extreme.nodes[:0]), extreme.block)
            _call(formulary.made[y], formulary)
        x = formulary.places.access(first.x.positions - extreme.block.start + y.start, y.varies)
        formulary.read_instead(formula, pair, replace(first, x=x))


def _pair(formula: Formula, extreme: Formula, quotient: Formula) -> tuple[Segment, Segment] | None:
    """The terms of a sum that are c·m and -c·q, or c·q, element by element."""
    if formula.op is not None or formula.thing or formula.reduction != "add":
        return None
    plain = [s for s in formula.segments if s.z is None and isinstance(s.coefficient, float)]
    for first in (each for each in plain if each.x.block is extreme.block):
        for second in (each for each in plain if each.x.block is quotient.block):
            apart = quotient.block.start - extreme.block.start
            same = np.array_equal(first.x.positions + apart, second.x.positions)
            alike = first.kind == second.kind == "rows" and same
            if alike and second.coefficient == -SIGNS[extreme.reduction] * first.coefficient:
                return first, second
    return None


def _call(formula: Formula, formulary: Formulary) -> None:
    """Say that a formula is the largest or smallest of what it is taken of."""
    x, axes = reduced_over(formula, formulary)
    formulary.name(formula, EXTREMES[formula.reduction], [x], axes)
