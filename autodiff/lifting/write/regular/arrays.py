"""Arrays: with how many axes, and in which order, an array is shown.

What is computed as a matrix product may be read as more than a matrix: the columns of a convolution's
product are the places of the images, and its array is shown as Z[s,k,i,j], images first, then channels,
then places. What is computed from such an array, element by element, is shown as that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.write.regular.reading import Reading
from autodiff.lifting.write.regular.subscripts import Axis, Read

__all__ = ["axes_shown", "in_order", "is_plain"]


def in_order(access: Access) -> bool:
    """Whether an access reads all of an array as it lies."""
    block = access.block
    return (
        block is not None
        and access.shape == block.dims
        and bool((access.positions.ravel() == block.start + np.arange(block.size)).all())
    )


def is_plain(formula: Formula, axes: Mapping[Block, Sequence[Axis]]) -> bool:
    """Whether a formula goes element by element through arrays that are shown alike, or adds up all of
    one."""
    several = dict.fromkeys(formula.accesses)
    read = [a for a in several if a.block is None or a.block.role != "constant"]
    if formula.thing is not None or any(a.block is None for a in read):
        return False
    shown = {axes.get(a.block) for a in read if a.block is not None}
    if formula.block.dims == () and len(read) == 1:
        block = read[0].block
        return block is not None and np.array_equal(
            np.sort(read[0].positions, axis=None), block.start + np.arange(block.size)
        )
    return (
        all(map(in_order, read))
        and all(a.shape == formula.block.dims for a in read)
        and (shown == {axes.get(formula.block)})
    )


def axes_shown(
    formula: Formula, reading: Reading | None, axes: Mapping[Block, Sequence[Axis]]
) -> tuple[Axis, ...] | None:
    """The axes with which the array of a formula is shown; None for those of the array itself.

    Args:
        formula: that fills it.
        reading: what it reads, if that takes lines with indices.
        axes: of the arrays so far.
    """
    if formula.thing is None and all(
        s.kind == "rows" and s.x.shape == formula.block.dims for s in formula.segments
    ):
        for access in formula.accesses:
            if access.block is not None and access.block in axes and in_order(access):
                return tuple(axes[access.block])
    if reading is None or len(reading.lengths) == len(formula.block.dims):
        return None
    order = sorted(range(len(reading.lengths)), key=lambda axis: _rank(axis, reading))
    found = tuple(reading.steps[axis] for axis in order if reading.lengths[axis] > 1)
    return found if len(found) > 1 else None


def _rank(axis: int, reading: Reading) -> tuple[int, int, int]:
    """Where an axis stands: first those that run over samples of what a window slides along, then those of
    other operands, then the window's; among these as in the array that is read."""
    reads: list[Read] = [*reading.operands, *(read for part in reading.parts for read in part.factors)]
    for read in reads:
        slides = any(len(place.steps) > 1 for place in read.places)
        for number, place in enumerate(read.places):
            if axis in place.steps:
                windowed = len(place.steps) > 1
                return (2 if windowed else 0) if slides else 1, number, axis
    return 1, 0, axis
