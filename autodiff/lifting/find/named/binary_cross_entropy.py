"""Binary cross-entropy, of a sigmoid and targets.

With a = sigmoid(x), its logarithm is -softplus(-x), and that of 1 - a is -softplus(x). So a sum of
-t·log a - (1 - t)·log(1 - a), with either of the two written in either way, is the binary cross-entropy
of a and targets t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import NEAR, Formulary, is_whole
from autodiff.lifting.find.named.sigmoids import argument
from autodiff.lifting.find.named.signs import in_shape, read_in_order, signed
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Floats
from autodiff.lifting.things import BINARY_CROSS_ENTROPY

__all__ = ["name_binary_cross_entropies"]


def name_binary_cross_entropies(formulary: Formulary) -> None:
    """Name binary cross-entropies."""
    for x, pair in _logarithms(formulary).items():
        for formula in list(formulary.formulas):
            if formula.op is None and formula.reduction == "add" and formula.block.dims == ():
                _name_cross_entropy(x, pair, formula, formulary)


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
        x = argument(formula, "sigmoid", formulary)
        found = pair(x) if x is not None else None
        if found is not None:
            found.sigmoid = formula.block
    sigmoids = {found.sigmoid: found for found in pairs.values()}
    for formula in formulary.formulas:
        for name, sign in (("softplus", -1.0), ("logsigmoid", 1.0)):
            x = argument(formula, name, formulary)
            if x is None:
                continue
            bias, c, inner = signed(x, formulary)
            negative = (bias, c) == (0.0, -1.0)
            found = pair(inner if negative else x)
            if found is not None:
                # softplus(x) = -log(1 - σ(x)), and logsigmoid(x) = log σ(x).
                (found.of_rest if negative == (name == "logsigmoid") else found.of_a)[formula.block] = sign
        if formula.op is OPS["log"]:
            bias, c, inner = signed(formula.operands[0], formulary)
            found = sigmoids.get(inner.block) if inner.block and is_whole(inner, inner.block) else None
            if found is not None and (bias, c) in ((0.0, 1.0), (1.0, -1.0)):
                (found.of_rest if bias else found.of_a)[formula.block] = 1.0
    return {block: found for block, found in pairs.items() if found.of_a and found.of_rest}


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
            if read_in_order(access, formulary) is None:
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
    first, sign, base = signed(t, formulary)
    second, other, same = signed(u, formulary)
    c = c * sign
    if first or np.ptp(c) or np.ptp(k) or k[0] * second != c[0] or k[0] * other != -c[0]:
        return None
    if base.block is not same.block or (base.positions.ravel() != same.positions.ravel()).any():
        return None
    return float(-c[0]), in_shape(base, x.dims)


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
