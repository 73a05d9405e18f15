"""Terms: a sum over a few windows of an array that overlap is read as the sum of these, one by one.

    0.2·Σₚ X[p,p+1]  …  X[1 … 4] + X[2 … 5] + X[3 … 6]

Neighbours on a grid are windows of it, moved by a place. They are no axis of anything, over which a Σ could
run. The same holds for terms that are read from several arrays, and for such as follow no rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, Segment, access, blocks_read
from autodiff.lifting.record import Ints

__all__ = ["FEW", "by_terms", "terms_apart"]

FEW = 5  # terms that are written one after the other


def terms_apart(formula: Formula, blocks: Sequence[Block], block_of: Sequence[Ints]) -> Formula:
    """A formula with its sums over windows as sums of these.

    Args:
        formula: of a plan that is read.
        blocks: of the plan.
        block_of: for the positions of each buffer, in which of the blocks they lie.
    """
    if formula.op is not None or formula.thing is not None or not formula.block.dims:
        return formula
    segments = [part for segment in formula.segments for part in _parts(segment, formula, blocks, block_of)]
    return formula if len(segments) == len(formula.segments) else replace(formula, segments=tuple(segments))


def _parts(
    segment: Segment, formula: Formula, blocks: Sequence[Block], block_of: Sequence[Ints]
) -> list[Segment]:
    if _is_of_windows(segment, formula):
        return by_terms(segment, blocks, block_of)
    return by_columns(segment, blocks, block_of)


def by_columns(segment: Segment, blocks: Sequence[Block], block_of: Sequence[Ints]) -> list[Segment]:
    """A product of arrays side by side, [A, B]·[C; D] as A·C + B·D."""
    x, z = segment.x, segment.z
    if segment.kind != "matmul" or z is None or x.varies or z.varies or (x.block and z.block):
        return [segment]
    arrays = [_arrays_of_columns(each.positions, blocks, block_of[False]) for each in (x, z)]
    if any(each is None for each in arrays):
        return [segment]
    edges = [n for n in range(1, x.shape[-1]) if any(a and a[n] is not a[n - 1] for a in arrays)]
    bounds = [0, *edges, x.shape[-1]]
    if not edges or len(bounds) > FEW:
        return [segment]
    return [
        replace(
            segment,
            x=access(x.positions[..., i:j], False, blocks, block_of[False]),
            z=access(z.positions[..., i:j], False, blocks, block_of[False]),
        )
        for i, j in pairwise(bounds)
    ]


def _arrays_of_columns(positions: Ints, blocks: Sequence[Block], block_of: Ints) -> list[object] | None:
    """For each column the array that it is read from, the steps of a loop being one; None if one is read from
    several."""
    found: list[object] = []
    numbers = block_of[positions].reshape(-1, positions.shape[-1])
    for column in numbers.T:
        arrays = {blocks[n].series or blocks[n] for n in np.unique(column)}
        if len(arrays) != 1:
            return None
        found.append(arrays.pop())
    return found


def _is_of_windows(segment: Segment, formula: Formula) -> bool:
    """Whether a segment adds up, for each element, some of one array that others add up, too."""
    x = segment.x
    if segment.z is not None or segment.kind != "rows" or len(x.shape) == len(formula.block.dims):
        return False
    return x.block is not None and x.block.role != "constant" and (not x.injective or _is_by_no_rule(x))


def _is_by_no_rule(x: Access) -> bool:
    """Whether the terms of one sum do not lie as those of the next."""
    return x.index is not None and bool(
        np.ptp(x.index - x.index[..., :1], axis=tuple(range(x.index.ndim - 1))).any()
    )


def by_terms(segment: Segment, blocks: Sequence[Block], block_of: Sequence[Ints]) -> list[Segment]:
    """Sums over a few terms, each of which is read from an array of its own or from a window, one term
    after the other."""
    x, c = segment.x, segment.coefficient
    count = x.shape[-1]
    if segment.kind != "rows" or count > FEW or not isinstance(c, float):
        return [segment]
    parts = [access(x.positions[..., n], x.varies, blocks, block_of[x.varies]) for n in range(count)]
    series = [{block.series or block for block in blocks_read(part, blocks)} for part in parts]
    if max(map(len, series)) > 1 and max(map(len, series)) == len(set().union(*series)):
        return [segment]
    return [replace(segment, x=part) for part in parts]
