"""Split: one operation on several arrays end to end becomes one on each of them.

Grouping puts operations of one kind together, so that the logarithms of A and of 1 - A are one formula,
ln([A; 1 - A]). Where each array is taken as a whole, it reads better apart, and things are found in it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.moving import with_accesses
from autodiff.lifting.formula import Access, Block, Formula, Segment, blocks_read

__all__ = ["split_joined"]

MOST = 2  # arrays that are taken apart: of more, one operation for all is quicker
LOGARITHMS = 4  # of which, too, since those of sums are parts of things


def split_joined(formulary: Formulary) -> None:
    """Take apart all operations on two whole arrays, or on a few if they are logarithms."""
    for block in [formula.block for formula in formulary.formulas[:-1]]:
        formula = formulary.made[block]
        parts = _parts(formula, formulary)
        if parts:
            _split(formula, parts, formulary)


def _parts(formula: Formula, formulary: Formulary) -> list[Block]:
    """The arrays, each read as it lies, that an operation on one operand has end to end."""
    spread = [each for each in formula.operands if each.block is None]
    numbers = [each for each in formula.operands if formulary.number(each) is not None]
    if formula.op is None or len(spread) != 1 or len(numbers) != len(formula.operands) - 1:
        return []
    (access,) = spread
    blocks = blocks_read(access, formulary.places.blocks)
    most = LOGARITHMS if formula.op is OPS["log"] else MOST
    if len(blocks) > most or formula.block in formulary.held:
        return []
    positions = access.positions.ravel()
    blocks.sort(key=lambda block: int(np.argmax(positions == block.start)))
    whole = [block.start + np.arange(block.size) for block in blocks]
    same = len(positions) == sum(block.size for block in blocks)
    return blocks if same and (positions == np.concatenate(whole)).all() else []


def _split(formula: Formula, parts: list[Block], formulary: Formulary) -> None:
    """Let each part have a formula and a block of its own, where that of all was."""
    places = formulary.places
    start, done = formula.block.start, 0
    new = []
    for part in parts:
        block = Block(start + done, part.dims, formula.block.varies, "formula")
        places.put(block, instead=None if done else formula.block)
        nodes = formula.nodes[done : done + part.size]
        operands = tuple(
            formulary.whole(part)
            if each.block is None
            else places.access(np.broadcast_to(each.positions.flat[0], part.dims), False)
            for each in formula.operands
        )
        new.append(Formula(block, formula.op, operands, nodes=nodes))
        done += part.size
    at = formulary.formulas.index(formula)
    formulary.formulas[at : at + 1] = new
    del formulary.made[formula.block]
    formulary.made.update((each.block, each) for each in new)

    def anew(access: Access) -> Access:
        reads = access.block is formula.block or (
            access.block is None and access.varies == formula.block.varies
        )
        return places.access(access.positions, access.varies) if reads else access

    for each in list(formulary.formulas):
        formulary.replace(each, _by_array(with_accesses(each, anew), formulary))


def _by_array(formula: Formula, formulary: Formulary) -> Formula:
    """A sum over all, with its plain terms of several arrays by array: Σ [A; B] as Σ A + Σ B."""
    spread = [segment for segment in formula.segments if _is_spread(segment, formula)]
    if formula.block.dims or not spread:
        return formula
    blocks = {block: None for segment in spread for block in blocks_read(segment.x, formulary.places.blocks)}
    plain = [s for s in formula.segments if _is_spread(s, formula) or _reads(s, blocks)]
    segments = [segment for segment in formula.segments if all(segment is not other for other in plain)]
    positions = np.concatenate([segment.x.positions.ravel() for segment in plain])
    weights = np.concatenate(
        [np.broadcast_to(segment.coefficient, segment.x.shape).ravel() for segment in plain]
    )
    varies = np.repeat([segment.x.varies for segment in plain], [segment.x.size for segment in plain])
    for block in blocks:
        local = positions - block.start
        mine = (local >= 0) & (local < block.size) & (varies == block.varies)
        total = np.bincount(local[mine], weights[mine], block.size)
        read = np.unique(local[mine])
        c = total[read]
        access = formulary.places.access(block.start + read, block.varies)
        segments.append(Segment("rows", access, None, float(c[0]) if (c == c[0]).all() else c))
    return replace(formula, segments=tuple(segments))


def _is_spread(segment: Segment, formula: Formula) -> bool:
    plain = segment.kind == "rows" and segment.z is None and formula.reduction == "add"
    return plain and segment.x.block is None


def _reads(segment: Segment, blocks: Collection[Block]) -> bool:
    return segment.kind == "rows" and segment.z is None and segment.x.block in blocks
