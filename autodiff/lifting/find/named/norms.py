"""Norms: arrays whose columns are divided by what they measure, as a layer's normalisation does.

What is looked for is a quotient v/s, or a product with 1/s, where s = √(c·Σᵢ vᵢ² + ε) takes every element
of a column of v once:

    v/√(Σᵢ vᵢ² + ε)                     of length 1, but for ε
    v/√(meanᵢ(v²) + ε)                  rms_norm(v, ε)
    (x - μ)/√(varᵢ(x) + ε)              layer_norm(x, ε), where v = x - μ and μ is the mean of x's column

A gain that came first is put behind, from (γ ⊙ v)/s = γ ⊙ (v/s); |v/s| ≤ 1/√c, so that nothing overflows
for it. Where ε stands elsewhere, the mean is over something else or the weight c is another, it is left.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import NEAR, Formulary
from autodiff.lifting.find.named.lying import reduced_over
from autodiff.lifting.find.named.spreads import Spread, spread_read, squares_of
from autodiff.lifting.formula import Access, Formula, Segment
from autodiff.lifting.record import Ints
from autodiff.lifting.things import INVERSE, LAYER_NORM, LENGTH, RMS_NORM, UNIT, variance

__all__ = ["axes_of", "name_lengths", "name_norms", "name_variances"]


def name_norms(formulary: Formulary) -> None:
    """Name every array of normalised columns."""
    for block in [formula.block for formula in formulary.formulas]:
        formula = formulary.made[block]
        if block in formulary.things:
            continue
        if formula.op is OPS["div"]:
            above, below = formula.operands
            _read_fraction(formula, None, above, below, formulary)
        elif formula.op is None and formula.reduction == "add":
            _read_products(formula, formulary)


def name_variances(formulary: Formulary) -> None:
    """Name the variances of columns, where no norm has them within."""
    written = formulary.written()
    for block in [formula.block for formula in formulary.formulas if formula.block in written]:
        formula = formulary.made[block]
        squares = squares_of(formula, formulary) if block not in formulary.things else None
        if squares is None:
            continue
        places, varies, weight = squares
        v = formulary.places.access(places, varies).block
        n = places.shape[1]
        if abs(weight * n - 1.0) > NEAR or v is None or v.size != places.size or block.varies != varies:
            continue
        column = np.empty(v.size, dtype=np.int64)
        column[places - v.start] = np.arange(len(places))[:, None]
        spread = Spread(places, varies, weight, 0.0, False, column)
        axes = axes_of(column.reshape(v.dims))
        x = _centred(formulary.whole(v), spread, formulary)
        kept = tuple(size for axis, size in enumerate(v.dims) if axis not in (axes or ()))
        order = column.reshape(v.dims)[
            tuple(0 if a in (axes or ()) else slice(None) for a in range(len(v.dims)))
        ]
        if x is None or axes is None or kept != block.dims or (order.ravel() != np.arange(order.size)).any():
            continue
        part = formulary.split(formula, formula.segments)
        formulary.name(part, variance(n), [x], axes)


def name_lengths(formulary: Formulary) -> None:
    """Name the lengths of columns, where no norm has them within."""
    for formula in [each for each in formulary.formulas if each.reduction == "hypot"]:
        if formula.block not in formulary.things and formula.block in formulary.written():
            x, axes = reduced_over(formula, formulary)
            formulary.name(formula, LENGTH, [x], axes)


def _read_products(formula: Formula, formulary: Formulary) -> None:
    """Name v·(1/s) in a sum."""
    for segment in formula.segments:
        x, z = segment.x, segment.z
        if segment.kind == "rows" and z is not None and x.shape == formula.block.dims:
            found = _read_fraction(formula, segment, x, z, formulary)
            if found or _read_fraction(formula, segment, z, x, formulary):
                formula = formulary.made[formula.block]


def _read_fraction(
    formula: Formula, segment: Segment | None, above: Access, below: Access, formulary: Formulary
) -> bool:
    """Name v/s, if ``above`` is v and ``below`` s, or γ ⊙ v; for a segment, v·(1/s)."""
    spread = spread_read(below, formulary)
    if spread is None or spread.inverse != (segment is not None):
        return False
    if spread.takes(above):
        alone = segment is None or (np.all(segment.coefficient == 1.0) and len(formula.segments) == 1)
        if alone and not np.any(formula.bias):
            return _name(formula, above, below, spread, formulary)
        factor = None
    else:
        found = next((pair for pair in _factors(above, formulary) if spread.takes(pair[1])), None)
        if found is None:
            return False
        factor, above = found
    return _name_part(formula, segment, factor, above, below, spread, formulary)


def _factors(access: Access, formulary: Formulary) -> list[tuple[Access, Access]]:
    """The two ways of taking what an access reads for a product of two."""
    product = formulary.made.get(access.block) if access.block else None
    if product is None or product.op is not None or len(product.segments) != 1 or np.any(product.bias):
        return []
    (segment,) = product.segments
    plain = segment.kind == "rows" and segment.coefficient == 1.0 and segment.x.shape == product.block.dims
    if segment.z is None or not plain:
        return []
    at = access.positions - product.block.start
    a, b = (
        formulary.places.access(each.positions.ravel()[at], each.varies) for each in (segment.x, segment.z)
    )
    return [(a, b), (b, a)]


def _name_part(
    formula: Formula,
    segment: Segment | None,
    factor: Access | None,
    v: Access,
    s: Access,
    spread: Spread,
    formulary: Formulary,
) -> bool:
    """Compute v/s by a formula of its own, which the other reads, times a factor if there is one."""
    block = formulary.places.new_block(formula.block.dims, formula.block.varies)
    if segment is None:
        part = Formula(block, OPS["div"], (v, s))
    else:
        part = Formula(block, segments=(Segment("rows", v, s),))
    if not _name(part, v, s, spread, formulary):
        return False
    formulary.insert_before(part, formula)
    whole = formulary.whole(block)
    x, z = (whole, None) if factor is None else (factor, whole)
    if segment is None:
        product = Formula(formula.block, segments=(Segment("rows", x, z),), nodes=formula.nodes)
        formulary.replace(formula, product)
        formulary.join(product)
    else:
        segments = tuple(
            Segment("rows", x, z, segment.coefficient) if each is segment else each
            for each in formula.segments
        )
        formulary.replace(formula, replace(formula, segments=segments))
    return True


def _name(formula: Formula, v: Access, s: Access, spread: Spread, formulary: Formulary) -> bool:
    """Say which norm v/s is, if it has a name."""
    axes = axes_of(spread.read.reshape(v.shape))
    if axes is None:
        return False
    thing, x = UNIT if spread.weight == 1.0 else None, v
    if abs(spread.weight * spread.places.shape[1] - 1.0) <= NEAR:
        thing, centred = RMS_NORM, _centred(v, spread, formulary)
        if centred is not None:
            thing, x = LAYER_NORM, centred
    if thing is None:
        return False
    thing = INVERSE[thing] if spread.inverse else thing
    formulary.name(formula, thing, [x], axes, inner=[s], numbers=(spread.epsilon,))
    return True


def axes_of(column: Ints) -> tuple[int, ...] | None:
    """The axes over which columns run, if each is all of them and they are no more than one."""
    axes = tuple(
        axis
        for axis, length in enumerate(column.shape)
        if length > 1 and (column == column.take([0], axis)).all()
    )
    first = column[tuple(0 if axis in axes else slice(None) for axis in range(column.ndim))]
    return axes if axes and len(np.unique(first)) == first.size else None


def _centred(v: Access, spread: Spread, formulary: Formulary) -> Access | None:
    """x, where v reads x - μ and μ is the mean of each column of x."""
    difference = formulary.made.get(v.block) if v.block else None
    if difference is None or difference.op is not None or len(difference.segments) != 2:
        return None
    dims, start = difference.block.dims, difference.block.start
    if difference.reduction != "add" or np.any(difference.bias):
        return None
    if any(s.kind != "rows" or s.z is not None or s.x.shape != dims for s in difference.segments):
        return None
    at = v.positions.ravel() - start
    for x, mu in (difference.segments, difference.segments[::-1]):
        if np.any(x.coefficient != 1.0) or np.any(mu.coefficient != -1.0):
            continue
        means = formulary.made.get(mu.x.block) if mu.x.block else None
        if means is None:
            continue
        positions = x.x.positions.ravel()[at]
        which = mu.x.positions.ravel()[at] - means.block.start
        if _are_means(means, which, positions, x.x.varies, spread):
            return formulary.places.access(positions.reshape(v.shape), x.x.varies)
    return None


def _are_means(means: Formula, which: Ints, positions: Ints, varies: bool, spread: Spread) -> bool:
    """Whether element ``which[e]`` of a formula is the mean of the column that position e belongs to."""
    if means.op is not None or means.reduction != "add" or len(means.segments) != 1 or np.any(means.bias):
        return False
    (segment,) = means.segments
    T = spread.places.shape[1]
    plain = segment.kind == "rows" and segment.z is None and segment.x.varies == varies
    if not plain or segment.x.size != T * means.block.size:
        return False
    if np.any(np.abs(np.asarray(segment.coefficient) * T - 1.0) > NEAR):
        return False
    order = np.lexsort((positions, spread.read))
    mine = which[order].reshape(-1, T)
    rows = np.sort(segment.x.positions.reshape(-1, T), axis=1)
    return bool((mine == mine[:, :1]).all() and (rows[mine[:, 0]] == positions[order].reshape(-1, T)).all())
