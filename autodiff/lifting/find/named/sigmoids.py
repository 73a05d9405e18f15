"""Sigmoids: the sigmoid and softplus written by hand, and logarithms of sigmoids.

1/(1 + exp(-x)),  exp(x)/(1 + exp(x))      sigmoid(x)
log(1 + exp(x)), logaddexp(0, x)           softplus(x)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.signs import affine, signed
from autodiff.lifting.formula import Access, Block, Formula, Segment, blocks_read
from autodiff.lifting.things import LOG_SIGMOID, SIGMOID, SOFTPLUS

__all__ = ["argument", "name_logarithms", "name_sigmoids"]


def name_sigmoids(formulary: Formulary) -> None:
    """Name sigmoids and softplus written by hand."""
    for formula in list(formulary.formulas):
        _name_by_hand(formula, formulary)


def name_logarithms(formulary: Formulary) -> None:
    """Name the logarithms of sigmoids that are arrays of their own."""
    for formula in list(formulary.formulas):
        _name_logarithm(formula, formulary)


def argument(formula: Formula, name: str, formulary: Formulary) -> Access | None:
    """x, where a formula is a function of that name of x, as a row of the table or by hand."""
    if formula.block in formulary.things:
        thing = formulary.things[formula.block]
        return thing.operands[0] if thing.thing and thing.thing.name == name else None
    return formula.operands[0] if formula.op is OPS[name] else None


def _name_by_hand(formula: Formula, formulary: Formulary) -> None:
    """See whether a formula is a sigmoid or a softplus."""
    if formula.op is OPS["log"]:
        x = _one_more_than_exp(formula.operands[0], formulary)
        if x is not None:
            formulary.name(formula, SOFTPLUS, [x], ())
    elif formula.op is OPS["logaddexp"]:
        for zero, x in (formula.operands, formula.operands[::-1]):
            if formulary.number(zero) == 0.0:
                formulary.name(formula, SOFTPLUS, [x], ())
                break
    elif formula.op is OPS["log1p"]:
        power = formulary.filling(formula.operands[0])
        if power is not None and power.op is OPS["exp"]:
            formulary.name(formula, SOFTPLUS, [power.operands[0]], ())
    elif formula.op is OPS["div"]:
        above, below = formula.operands
        x = _one_more_than_exp(below, formulary)
        if x is None:
            return
        power = formulary.filling(above)
        if formulary.number(above) == 1.0:
            formulary.name(formula, SIGMOID, [_negated(x, formulary)], ())
        elif power is not None and power.op is OPS["exp"] and _same(power.operands[0], x):
            formulary.name(formula, SIGMOID, [x], ())
    elif formula.op is OPS["pow"] and formulary.number(formula.operands[1]) == -1.0:
        x = _one_more_than_exp(formula.operands[0], formulary)
        if x is not None:
            formulary.name(formula, SIGMOID, [_negated(x, formulary)], ())


def _one_more_than_exp(access: Access, formulary: Formulary) -> Access | None:
    """x, where what is read is 1 + exp(x)."""
    found = affine(formulary.filling(access))
    if found is None or found[:2] != (1.0, 1.0):
        return None
    power = formulary.filling(found[2])
    return power.operands[0] if power is not None and power.op is OPS["exp"] else None


def _same(a: Access, b: Access) -> bool:
    return a.block is b.block and a.shape == b.shape and bool((a.positions == b.positions).all())


def _negated(x: Access, formulary: Formulary) -> Access:
    """-x, as an array of its own. If x is a sum with a minus before every term that nothing else reads,
    it is the sum without, and x its negative."""
    source = formulary.filling(x)
    bias, c, inner = signed(x, formulary)
    if (bias, c) == (0.0, -1.0):
        return inner
    places = formulary.places
    block = places.new_block(x.shape, x.varies)
    either = source is not None and _has_signs(source, formulary)
    if source is not None and (either or _is_negative(source)) and _readers(source.block, formulary) == 1:
        segments = tuple(replace(segment, coefficient=-segment.coefficient) for segment in source.segments)
        formulary.insert_before(Formula(block, segments=segments, bias=0.0 - source.bias), source)
        formulary.replace(
            source, replace(source, segments=(Segment("rows", formulary.whole(block), None, -1.0),), bias=0.0)
        )
    elif source is not None:
        formulary.insert_after(Formula(block, segments=(Segment("rows", x, None, -1.0),)), source.block)
    else:
        formulary.insert_first(Formula(block, segments=(Segment("rows", x, None, -1.0),)))
    return formulary.whole(block)


def _is_negative(formula: Formula) -> bool:
    """Whether all that a sum adds up has a minus; terms times 0 go with the others."""
    sums = formula.op is None and formula.reduction == "add" and formula.thing is None
    coefficients = [segment.coefficient for segment in formula.segments]
    return (
        sums
        and bool(np.all(np.asarray(formula.bias) <= 0.0))
        and all(np.all(np.asarray(c) <= 0.0) for c in coefficients)
        and any(np.any(np.asarray(c) < 0.0) for c in coefficients)
    )


def _has_signs(formula: Formula, formulary: Formulary) -> bool:
    """Whether an array is multiplied by numbers, some negative and others not: a minus makes it no worse."""
    segments = formula.segments
    if formula.op is not None or formula.thing or formula.reduction != "add" or len(segments) != 1:
        return False
    numbers = formulary.numbers(segments[0].z) if segments[0].z is not None else None
    return (
        numbers is not None
        and bool((numbers < 0.0).any() and (numbers > 0.0).any())
        and not np.any(formula.bias)
    )


def _readers(block: Block, formulary: Formulary) -> int:
    """How many formulas read a block."""
    return sum(
        any(block in blocks_read(access, formulary.places.blocks) for access in formula.accesses)
        for formula in formulary.formulas
    )


def _name_logarithm(formula: Formula, formulary: Formulary) -> None:
    """See whether a formula is the logarithm of a sigmoid, which is an array of its own."""
    if formula.op is not OPS["log"] or formula.block in formulary.things:
        return
    a = formula.operands[0]
    source = formulary.filling(a)
    x = argument(source, "sigmoid", formulary) if source is not None else None
    if x is not None:
        formulary.name(formula, LOG_SIGMOID, [a, x], ())
