"""Columns: the vectors of plain numbers that one matrix is multiplied with, one after the other, as a matrix.

    Z[t] = W·H[t-1] + U·X[:,t] + b

A network that reads letters gets each of them as a vector with one 1, made in the program itself. Together
they are an input X that is written down there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Access, Block, Formula, Segment

__all__ = ["name_columns"]


def name_columns(formulas: Sequence[Formula], places: Placement) -> list[Formula]:
    """The formulas, with columns of a matrix in place of vectors of numbers of which there are several."""
    vectors: dict[Block, list[Segment]] = {}
    for formula in formulas:
        for segment in formula.segments:
            if _is_with_numbers(segment, places):
                assert segment.x.block is not None
                vectors.setdefault(segment.x.block, []).append(segment)
    columns: dict[Segment, Access] = {}
    for block, segments in vectors.items():
        lengths = {segment.z.size for segment in segments if segment.z}
        if len(segments) > 1 and lengths == {block.dims[-1]}:
            numbers = [
                places.constants[s.z.positions.ravel() - places.blocks[0].start] for s in segments if s.z
            ]
            matrix = places.numbers("X", np.stack(numbers, axis=1)).positions
            for n, segment in enumerate(segments):
                columns[segment] = places.access(matrix[:, n][None], False)
    if not columns:
        return [*formulas]
    return [
        replace(formula, segments=tuple(replace(s, z=columns.get(s, s.z)) for s in formula.segments))
        if any(segment in columns for segment in formula.segments)
        else formula
        for formula in formulas
    ]


def _is_with_numbers(segment: Segment, places: Placement) -> bool:
    """Whether a segment is a matrix times one vector of plain numbers, one of which is 0."""
    z = segment.z
    if segment.kind != "matmul" or z is None or z.block is not places.blocks[0]:
        return False
    numbers = places.constants[z.positions - z.block.start]
    return (
        segment.x.whole is not None
        and len(segment.x.whole.dims) == 2
        and z.shape[0] == 1
        and not numbers.all()
    )
