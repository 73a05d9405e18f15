"""Logistic: the sigmoid and softplus written by hand, and the binary cross-entropy.

    1/(1 + exp(-x)),  exp(x)/(1 + exp(x))      sigmoid(x)
    log(1 + exp(x)), logaddexp(0, x)           softplus(x)

With a = sigmoid(x), its logarithm is -softplus(-x), and that of 1 - a is -softplus(x). So a sum of
-t·log a - (1 - t)·log(1 - a), with either of the two written in either way, is the binary cross-entropy
of a and targets t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import NEAR, Formulary, is_whole
from autodiff.lifting.formula import Access, Block, Formula, Segment, blocks_read
from autodiff.lifting.record import Floats
from autodiff.lifting.things import BINARY_CROSS_ENTROPY, SIGMOID, SOFTPLUS

__all__ = ["name_logistic"]


def name_logistic(formulary: Formulary) -> None:
    """Name sigmoids and softplus written by hand, and binary cross-entropies."""
    for formula in list(formulary.formulas):
        _name_by_hand(formula, formulary)
    for x, pair in _logarithms(formulary).items():
        for formula in list(formulary.formulas):
            if formula.op is None and formula.reduction == "add" and formula.block.dims == ():
                _name_cross_entropy(x, pair, formula, formulary)


# What a formula is, in terms of others


def _affine(formula: Formula | None) -> tuple[float, float, Access] | None:
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


def _signed(access: Access, formulary: Formulary) -> tuple[float, float, Access]:
    """k, c and x, where what is read is k + c·x and x is nothing of the kind."""
    found = _affine(_read_in_order(access, formulary))
    if found is None:
        return 0.0, 1.0, access
    bias, c, x = found
    return bias, c, replace_shape(x, access.shape)


def _read_in_order(access: Access, formulary: Formulary) -> Formula | None:
    """The formula whose block is read element after element, in whatever shape."""
    block = access.block
    if block is None or block not in formulary.made or access.size != block.size:
        return None
    in_order = (access.positions.ravel() == block.start + np.arange(block.size)).all()
    return formulary.made[block] if in_order else None


def replace_shape(access: Access, shape: tuple[int, ...]) -> Access:
    """The same positions in another shape."""
    if access.shape == shape:
        return access
    return Access(shape, access.varies, access.block, index=access.positions.reshape(shape))


# By hand


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
    found = _affine(formulary.filling(access))
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
    bias, c, inner = _signed(x, formulary)
    if (bias, c) == (0.0, -1.0):
        return inner
    places = formulary.places
    block = places.new_block(x.shape, x.varies)
    if source is not None and _is_negative(source) and _readers(source.block, formulary) == 1:
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


def _readers(block: Block, formulary: Formulary) -> int:
    """How many formulas read a block."""
    return sum(
        any(block in blocks_read(access, formulary.places.blocks) for access in formula.accesses)
        for formula in formulary.formulas
    )


# Binary cross-entropy


@dataclass
class _Pair:
    """Of one array x, by block: the sign with which it is log σ(x), or log(1 - σ(x)); and σ(x) itself."""

    x: Access
    sigmoid: Block | None
    of_a: dict[Block, float]
    of_rest: dict[Block, float]


def _logarithms(formulary: Formulary) -> dict[Block, _Pair]:
    """What is log σ(x) or log(1 - σ(x)), by the block of x."""
    pairs: dict[Block, _Pair] = {}

    def pair(x: Access) -> _Pair | None:
        return pairs.setdefault(x.block, _Pair(x, None, {}, {})) if x.block and is_whole(x, x.block) else None

    for formula in formulary.formulas:
        x = _argument(formula, "sigmoid", formulary)
        found = pair(x) if x is not None else None
        if found is not None:
            found.sigmoid = formula.block
    sigmoids = {found.sigmoid: found for found in pairs.values()}
    for formula in formulary.formulas:
        for name, sign in (("softplus", -1.0), ("logsigmoid", 1.0)):
            x = _argument(formula, name, formulary)
            if x is None:
                continue
            bias, c, inner = _signed(x, formulary)
            negative = (bias, c) == (0.0, -1.0)
            found = pair(inner if negative else x)
            if found is not None:
                # softplus(x) = -log(1 - σ(x)), and logsigmoid(x) = log σ(x).
                (found.of_rest if negative == (name == "logsigmoid") else found.of_a)[formula.block] = sign
        if formula.op is OPS["log"]:
            bias, c, inner = _signed(formula.operands[0], formulary)
            found = sigmoids.get(inner.block) if inner.block and is_whole(inner, inner.block) else None
            if found is not None and (bias, c) in ((0.0, 1.0), (1.0, -1.0)):
                (found.of_rest if bias else found.of_a)[formula.block] = 1.0
    return {block: found for block, found in pairs.items() if found.of_a and found.of_rest}


def _argument(formula: Formula, name: str, formulary: Formulary) -> Access | None:
    """x, where a formula is a function of that name of x, as a row of the table or by hand."""
    if formula.block in formulary.things:
        thing = formulary.things[formula.block]
        return thing.operands[0] if thing.thing and thing.thing.name == name else None
    return formula.operands[0] if formula.op is OPS[name] else None


def _name_cross_entropy(x: Block, pair: _Pair, formula: Formula, formulary: Formulary) -> None:
    """Name what a sum has of -t·log a - (1 - t)·log(1 - a)."""
    formula = formulary.made[formula.block]
    if formula.block in formulary.things:
        return
    ones = list(_terms(formula, pair.of_a, formulary))
    rest = list(_terms(formula, pair.of_rest, formulary))
    for segment, c, t in ones:
        for other, k, u in rest:
            found = _targets(c, t, k, u, x, formulary)
            if found is None:
                continue
            scale, targets = found
            part = formulary.split(formula, [segment, other])
            operands = [_sigmoid_of(pair, formulary), pair.x, targets]
            formulary.name(part, BINARY_CROSS_ENTROPY, operands, (), scale)
            return


def _terms(
    formula: Formula, logarithms: dict[Block, float], formulary: Formulary
) -> Iterator[tuple[Segment, Floats, Access | None]]:
    """The segments of a sum that multiply all of such a logarithm by numbers, or by numbers and an array."""
    for segment in formula.segments:
        if segment.kind != "rows":
            continue
        for access, other in ((segment.x, segment.z), (segment.z, segment.x)):
            if access is None or access.block not in logarithms:
                continue
            if _read_in_order(access, formulary) is None:
                continue
            c = np.asarray(segment.coefficient) * logarithms[access.block]
            other = other if segment.z is not None else None
            yield segment, np.broadcast_to(c, access.shape).ravel(), other
            break


def _targets(
    c: Floats, t: Access | None, k: Floats, u: Access | None, x: Block, formulary: Formulary
) -> tuple[float, Access] | None:
    """The scale and the targets of c·t·log a + k·u·log(1 - a), if it is a cross-entropy."""
    t, c = _as_array(t, c, formulary)
    u, k = _as_array(u, k, formulary)
    if t is None or u is None:
        if t is not None or u is not None:
            return None
        total = -(c + k)
        if not np.allclose(total, total[0], rtol=NEAR, atol=0.0) or total[0] == 0.0:
            return None
        numbers = (0.0 - c) / total[0]
        return float(total[0]), formulary.places.numbers("Y", numbers.reshape(x.dims))
    first, sign, base = _signed(t, formulary)
    second, other, same = _signed(u, formulary)
    c = c * sign
    if first or np.ptp(c) or np.ptp(k) or k[0] * second != c[0] or k[0] * other != -c[0]:
        return None
    if base.block is not same.block or (base.positions.ravel() != same.positions.ravel()).any():
        return None
    return float(-c[0]), replace_shape(base, x.dims)


def _as_array(access: Access | None, c: Any, formulary: Formulary) -> tuple[Access | None, Any]:
    """A factor that is an array of plain numbers, as part of the coefficients."""
    if access is not None and access.block is not None and access.block.role == "constant":
        numbers = formulary.places.constants[access.positions - access.block.start]
        return None, c * numbers.ravel()
    return access, c


def _sigmoid_of(pair: _Pair, formulary: Formulary) -> Access:
    """σ(x) as an array; if the graph has none, it is computed for the sake of derivatives."""
    if pair.sigmoid is None:
        block = formulary.places.new_block(pair.x.shape, pair.x.varies)
        formula = Formula(block, OPS["sigmoid"], (pair.x,))
        source = pair.x.block
        assert source is not None
        if source in formulary.made:
            formulary.insert_after(formula, source)
        else:
            formulary.insert_first(formula)
        pair.sigmoid = block
    return formulary.whole(pair.sigmoid)
