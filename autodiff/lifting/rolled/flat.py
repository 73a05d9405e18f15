"""Flat: the planes of each sample one after the other, if a matrix is multiplied with them, as a matrix.

    F[:,s] = reshape(A[s], n)      Z = V·F + c

What runs multiplies with a view or a copy of A. A reader has an array F, whose columns are the samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, Segment, access
from autodiff.lifting.plan import Plan

__all__ = ["with_flat"]


def with_flat(plan: Plan) -> Plan:
    """The plan with an array of its own for what is flattened."""
    found: dict[Block, Access] = {}
    for formula in plan.formulas:
        for segment in formula.segments:
            z = segment.z
            if segment.kind == "matmul" and z is not None and _is_flattened(z):
                assert z.block is not None
                found.setdefault(z.block, z)
    return _with_arrays(plan, found) if found else plan


def _is_flattened(z: Access) -> bool:
    """Whether an access reads all of a matrix that is computed, and neither it nor its transpose."""
    block = z.whole
    if block is None or block.role != "formula" or block.varies or len(z.shape) != 2 or 1 in z.shape:
        return False
    if len(block.dims) < 2 or z.size != block.size:
        return False
    both = (z.positions.ravel(), z.positions.T.ravel())
    return all((positions != block.start + np.arange(block.size)).any() for positions in both)


def _with_arrays(plan: Plan, found: Mapping[Block, Access]) -> Plan:
    taken = {block.symbol for block in plan.blocks}
    start, flat = plan.sizes[False], dict[Block, Block]()
    for old, z in found.items():
        words = (f"F{n}" if n else "F" for n in range(len(taken) + 1))
        name = next(word for word in words if word not in taken)
        taken.add(name)
        flat[old] = Block(start, z.shape[::-1], False, "formula", name, name)
        start += z.size
    blocks = [*plan.blocks, *flat.values()]
    block_of = np.full(start, -1)
    for number, block in enumerate(blocks):
        if not block.varies:
            block_of[block.start : block.start + block.size] = number

    def whole(block: Block) -> Access:
        return access(block.start + np.arange(block.size).reshape(block.dims).T, False, blocks, block_of)

    def anew(segment: Segment) -> Segment:
        z = segment.z
        if segment.kind != "matmul" or z is None or z.block is None or z.block not in found:
            return segment
        same = np.array_equal(z.positions, found[z.block].positions)
        return replace(segment, z=whole(flat[z.block])) if same else segment

    formulas: list[Formula] = []
    for formula in plan.formulas:
        formulas.append(replace(formula, segments=tuple(map(anew, formula.segments))))
        if formula.block in flat:
            positions = found[formula.block].positions.T
            copy = Segment("rows", access(positions, False, blocks, block_of), None)
            formulas.append(Formula(flat[formula.block], segments=(copy,), nodes=formula.nodes))
    needs = plan.needs | {flat[old] for old in flat if old in plan.needs}
    return replace(plan, formulas=formulas, blocks=blocks, sizes=(start, plan.sizes[True]), needs=needs)
