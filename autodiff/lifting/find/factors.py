"""Factors: a number that is computed, or a parameter, and that all terms of a sum have, stands in front.

    c = c + alpha[0] * A[i, k] * B[k, j]    is alpha·(A·B), and not (alpha·A)·B

Here ``alpha ⊙ A`` would be an array of its own, read by nothing but the product. What runs and what is
printed becomes Z = A·B and alpha ⊙ Z, whose derivative by alpha is Σ dC ⊙ Z.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Access, Block, Formula, Segment, blocks_read

__all__ = ["pull_factors"]


def pull_factors(formulas: Sequence[Formula], places: Placement, held: Collection[Block]) -> list[Formula]:
    """The formulas with products of a scaled array in place of scaled products.

    Args:
        formulas: in the order in which they run.
        places: of their numbers; products need blocks of their own.
        held: blocks that are asked for, which stay.
    """
    found = list(formulas)
    for formula in formulas:
        scaled = _scaled(formula) if formula.block not in held else None
        if scaled is None:
            continue
        readers = [each for each in found if _reads(each, formula.block, places)]
        if readers and all(_only_products(each, formula.block, places) for each in readers):
            found.remove(formula)
            for reader in readers:
                at = found.index(reader)
                found[at : at + 1] = _apart(reader, formula.block, *scaled, places)
    return found


def _scaled(formula: Formula) -> tuple[Access, Access, float] | None:
    """The number, the array and the coefficient of a formula that scales an array."""
    if formula.op is not None or formula.thing or len(formula.segments) != 1 or np.any(formula.bias):
        return None
    (segment,) = formula.segments
    x, z, c = segment.x, segment.z, segment.coefficient
    plain = segment.kind == "rows" and x.shape == formula.block.dims and isinstance(c, float)
    if not plain or z is None or formula.block.size < 2 or formula.block.varies:
        return None
    for one, other in ((x, z), (z, x)):
        if _is_number(one) and not _is_number(other) and other.block is not None:
            assert isinstance(c, float)
            return one, other, c
    return None


def _is_number(access: Access) -> bool:
    """Whether an access reads one position, again and again, of what is no constant."""
    strides = access.strides
    fixed = strides is not None and all(s == 0 for s, n in zip(strides, access.shape) if n > 1)
    return fixed and access.block is not None and access.block.role != "constant"


def _reads(formula: Formula, block: Block, places: Placement) -> bool:
    return any(block in blocks_read(access, places.blocks) for access in formula.accesses)


def _only_products(formula: Formula, block: Block, places: Placement) -> bool:
    """Whether a formula reads a block as one factor of products only."""
    if formula.op is not None or formula.thing or formula.block.varies:
        return False
    for segment in formula.segments:
        sides = [
            each for each in (segment.x, segment.z) if each and block in blocks_read(each, places.blocks)
        ]
        if sides and not (len(sides) == 1 and segment.kind == "matmul" and sides[0].block is block):
            return False
    return True


def _apart(
    reader: Formula, block: Block, number: Access, array: Access, c: float, places: Placement
) -> list[Formula]:
    """The products of the unscaled array as formulas of their own, and the one that adds them up, scaled."""
    found: list[Formula] = []
    segments: list[Segment] = []
    for segment in reader.segments:
        side = next((each for each in (segment.x, segment.z) if each and each.block is block), None)
        if side is None:
            segments.append(segment)
            continue
        assert isinstance(segment.coefficient, float)
        unscaled = places.access(array.positions.ravel()[side.positions - block.start], array.varies)
        inner = places.new_block(reader.block.dims, False)
        product = replace(
            segment,
            x=unscaled if side is segment.x else segment.x,
            z=unscaled if side is segment.z else segment.z,
            coefficient=1.0,
        )
        found.append(Formula(inner, segments=(product,)))
        whole = places.access(inner.start + np.arange(inner.size).reshape(inner.dims), False)
        everywhere = np.full(inner.dims, number.offset)
        factor = places.access(everywhere, number.varies)
        segments.append(Segment("rows", factor, whole, segment.coefficient * c))
    return [*found, replace(reader, segments=tuple(segments))]
