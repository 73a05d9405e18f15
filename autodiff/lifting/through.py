"""Through: multiples of arrays that are rather written where they are read, exp(-z) and not exp(v), v = -z.

What reads -z hands its share to z, with the minus: by the chain rule, as ∂(c·x + k)/∂x = c. So neither v nor
dv needs a line. Nor does 1 - a, where it is read once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.plan import Plan

__all__ = ["Multiple", "multiples"]

MOST = 3  # formulas that read a multiple


class Multiple(NamedTuple):
    """An array that is factor·block, and perhaps a number more."""

    block: Block
    factor: float


def multiples(plan: Plan) -> Mapping[Block, Multiple]:
    """What needs no line of its own, by the block."""
    found = {f.block: multiple for f in plan.formulas[:-1] if (multiple := _multiple(f)) is not None}
    refused = {b for guard in plan.guards for a in (guard.left, guard.right) for b in plan.blocks_read(a)}
    readers: dict[Block, int] = {}
    for formula in plan.formulas:
        for access in formula.accesses:
            for block in plan.blocks_read(access):
                readers[block] = readers.get(block, 0) + 1
                if access.whole is not block or not _takes_expressions(formula, block, found):
                    refused.add(block)
    biased = {f.block for f in plan.formulas if np.any(f.bias)}
    most = {
        b: 1 if b in biased else MOST if abs(each.factor) != 1.0 else math.inf for b, each in found.items()
    }
    taken = {b: each for b, each in found.items() if b not in refused and readers.get(b, 0) <= most[b]}
    parts = {block: block.series.blocks for block in taken if block.series is not None}
    return {b: each for b, each in taken.items() if all(part in taken for part in parts.get(b, ()))}


def _multiple(formula: Formula) -> Multiple | None:
    block = formula.block
    if formula.op is not None or formula.thing or formula.reduction != "add" or len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    c, x = segment.coefficient, segment.x.whole
    plain = segment.kind == "rows" and segment.z is None and isinstance(c, float) and c != 0.0
    if not plain or x is None or x.role == "constant" or isinstance(formula.bias, np.ndarray):
        return None
    places = x.start + np.arange(x.size)
    if c == 1.0 and not formula.bias:
        return None  # what a loop starts with
    alike = x.dims == block.dims and x.varies == block.varies and not block.varies
    nameless = re.fullmatch(r"v\d+(_\d+)?", block.series.symbol if block.series else block.symbol)
    if not alike or not nameless or not np.array_equal(segment.x.positions.ravel(), places):
        return None
    assert isinstance(c, float)
    return Multiple(x, c)


def _takes_expressions(formula: Formula, block: Block, found: Mapping[Block, Multiple]) -> bool:
    """Whether a formula reads well with an expression in place of an array."""
    if formula.block in found or any(len(access.shape) > 2 for access in formula.accesses):
        return False
    if formula.thing is not None:
        return formula.thing.spelt is None and formula.thing.within is None
    return all(segment.owner is None for segment in formula.segments)
