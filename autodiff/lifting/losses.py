"""Losses: which formulas make up the loss, which of those need no line, and whether it is a mean."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from autodiff.formulas.expr import CODE, Expr
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.plan import Plan
from autodiff.lifting.things import LOG_SIGMOID

__all__ = ["Samples", "losses", "number_of_samples", "passing", "samples_are_rows", "scores"]


class Samples(NamedTuple):
    """How many samples there are.

    Attributes:
        number: m.
        arrays: which of them have so many together, where they are several arrays'.
    """

    number: int
    arrays: frozenset[Block]


def losses(plan: Plan) -> dict[Block, Formula]:
    """The formula of the loss, and the things it adds up that nobody else reads."""
    root = plan.formulas[-1]
    found = {root.block: root}
    if root.op is not None or root.block.varies:
        return found
    readers = Counter(block for f in plan.formulas for a in f.accesses for block in plan.blocks_read(a))
    for formula in plan.formulas:
        block = formula.block
        added = any(
            s.x.block is block and s.z is None and np.all(s.coefficient == 1.0) for s in root.segments
        )
        if formula.thing and block.dims == () and added and readers[block] == 1:
            found[block] = formula
    return found


def passing(plan: Plan, found: Mapping[Block, Formula]) -> set[Block]:
    """The blocks that need no line: parts of the loss, and what has no name of its own: functions that it
    adds up and whose slope does not depend on what they give, as in Σ relu(s), and multiples of arrays that
    get no cotangent."""
    root = plan.formulas[-1]
    short = {block for block in found if block is not root.block}
    added = {f.block: f for f in plan.formulas[:-1] if _is_added_up(f, root) or _is_multiple(f, plan)}
    if not added:
        return short
    asked = {block for kept in plan.all_kept for block in kept.blocks}
    asked |= {b for guard in plan.guards for a in (guard.left, guard.right) for b in plan.blocks_read(a)}
    for formula in plan.formulas:
        for access in formula.accesses:
            for block in plan.blocks_read(access):
                inside = block in added and not _is_multiple(added[block], plan) and formula is not root
                if inside or access.whole is not block:
                    asked.add(block)
    nameless = {block for block in added if re.fullmatch(r"v\d+", block.symbol) and block.series is None}
    return short | nameless - asked


def _is_added_up(formula: Formula, root: Formula) -> bool:
    """Whether a loss adds up a function of something whose slope does not depend on what it gives."""
    if formula.thing is LOG_SIGMOID:
        return root.op is None and all(s.z is None for s in root.segments if s.x.block is formula.block)
    if formula.op is None or root.op is not None or any(s.kind != "rows" for s in root.segments):
        return False
    slopes = [each for each in formula.partials(CODE) if isinstance(each, Expr)]
    mine = [s for s in root.segments if formula.block in (s.x.block, s.z.block if s.z else None)]
    return not any("y" in str(slope) for slope in slopes) and all(s.z is None for s in mine)


def _is_multiple(formula: Formula, plan: Plan) -> bool:
    """Whether a formula is c·A of an array as it stands, and gets no cotangent."""
    if formula.op is not None or formula.thing or len(formula.segments) != 1 or formula.reduction != "add":
        return False
    (segment,) = formula.segments
    plain = segment.kind == "rows" and segment.z is None and isinstance(segment.coefficient, float)
    is_array = segment.x.whole is not None and segment.x.whole.dims == formula.block.dims
    return plain and is_array and not np.any(formula.bias) and formula.block not in plan.needs


def number_of_samples(plan: Plan, formulas: Mapping[Block, Formula]) -> Samples | None:
    """m, where a loss is a sum over samples times 1/m, or half of that; columns are samples, or else rows.
    Samples are what an input has many of; the loss may be of several arrays of them, of all of which it
    takes one mean."""
    if any(block.varies for block in formulas):
        return None
    factors: list[tuple[Access, float]] = []
    for formula in formulas.values():
        read = [(segment.x, segment.coefficient) for segment in formula.segments]
        read += [(access, formula.scale) for access in formula.operands[:1] if formula.thing]
        factors += [(access, c) for access, c in read if isinstance(c, float)]
    inputs = {*plan.with_role("input")}
    given = {n for block in inputs for n in block.dims}
    parts = (a for f in plan.formulas for a in f.accesses if a.block in inputs and a.injective)
    given |= {n for part in parts for n in part.shape}
    for axis in (-1, 0):
        for c in dict.fromkeys(c for _, c in factors):
            lengths = {
                a.block: a.block.dims[axis] for a, other in factors if other == c and a.block and a.block.dims
            }
            several = len({*lengths.values()}) > 1 and {*lengths.values()} <= given
            if several and c * sum(lengths.values()) == 1.0:
                return Samples(sum(lengths.values()), frozenset(lengths))
    for formula in formulas.values():  # two samples: 1/2 says little, but for a cross-entropy of two columns
        access = formula.operands[0] if formula.thing and "cross_entropy" in formula.thing.name else None
        if access is not None and access.block and access.block.dims[-1:] == (2,) and formula.scale == 0.5:
            return Samples(2, frozenset([access.block]))
    shares = [(n, c) for a, c in factors for n in _lengths(a) if n > 2 and (not given or n in given)]
    for share in (1.0, 0.5):
        for n, c in shares:
            if abs(c * n) == share:
                return Samples(n, frozenset())
    return None


def _lengths(access: Access) -> tuple[int, ...]:
    """How many columns and rows an array has, if they can be samples: those of a parameter are not."""
    block = access.block
    dims = block.dims if block is not None else access.shape
    return (dims[-1], dims[0]) if dims and (block is None or block.role != "parameter") else ()


def samples_are_rows(plan: Plan) -> bool:
    """Whether samples are multiplied from the right, X·W, more often than from the left, W·X."""
    given = {*plan.with_role("parameter")}
    pairs = [
        (s.x.block in given, s.z.block in given)
        for formula in plan.formulas
        for s in formula.segments
        if s.kind == "matmul" and s.z is not None
    ]
    return pairs.count((False, True)) > pairs.count((True, False))


def scores(plan: Plan) -> dict[Block, int]:
    """What a softmax is taken of, if it is a product divided by the root of what that adds up, 1/√d·Q·Kᵀ, or
    what a mask keeps of that: by block d, if all have the same and nothing else is called so."""
    taken = {
        access.block for f in plan.formulas if f.thing and f.thing.name == "softmax" for access in f.operands
    }
    made = {formula.block: formula for formula in plan.formulas}
    found = {}
    for formula in plan.formulas:
        product = _scaled_product(formula, plan, made) if formula.block in taken else None
        if product is not None:
            d, c = product
            if d > 1 and math.isclose(c, d**-0.5, rel_tol=1e-15):
                found[formula.block] = d
    named = any("d" in (block.symbol, block.series and block.series.symbol) for block in plan.blocks)
    return found if len({*found.values()}) == 1 and not named else {}


def _scaled_product(formula: Formula, plan: Plan, made: Mapping[Block, Formula]) -> tuple[int, float] | None:
    """How many products each number of a formula adds up, and by what they are scaled, a mask among that."""
    if len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    c = segment.coefficient
    constants = plan.blocks[0]
    masks = [each for each in segment.factors if each.block is constants]
    kept = [made[each.block].segments for each in segment.factors if each.block and each.block in made]
    if len(masks) == len(kept) == 1 and len(kept[0]) == 1 and kept[0][0].coefficient == 1.0:
        sizes = np.unique(np.append(0.0, plan.constants[masks[0].positions - constants.start]))
        c = c * float(sizes[-1]) if len(sizes) == 2 else 0.0
        (segment,) = kept[0]
    return (segment.x.shape[-1], c) if segment.kind == "matmul" and isinstance(c, float) else None
