"""Pooling: what a sum takes of each step of a loop is read as one array.

e[1] + e[2] + e[3]                            Σ e
1/3·H[1] + 1/3·H[2] + 1/3·H[3]                the mean of the rows of H
P[1]·H[1] + P[2]·H[2] + P[3]·H[3]             Hᵀ·P
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from autodiff.lifting.formula import Access, Block, Segment, Series
from autodiff.lifting.record import Ints

__all__ = ["in_series"]

MANY = 3  # terms that are not written one after the other


def in_series(segments: Sequence[Segment], block: Block, access: Callable[[Ints], Access]) -> list[Segment]:
    """The segments of a sum, those of which each reads a part of one series as one.

    Args:
        segments: of a plan that is read.
        block: that the sum fills.
        access: describes positions of what has no samples.
    """
    several: dict[tuple[Series, float, Block | None], list[_Taken]] = {}
    for each in segments if len(block.dims) < 2 and not block.varies else ():
        if (taken := _taken(each, block)) is not None:
            several.setdefault(taken.key, []).append(taken)
    found = [*segments]
    for (_, c, weights), alike in several.items():
        steps = np.sort([each.step for each in alike])
        if len(alike) < (MANY if block.dims else 2) or (block.dims and (np.diff(steps) != 1).any()):
            continue
        old = [each.segment for each in alike]
        alike = sorted(alike, key=lambda each: each.step)
        if not block.dims:
            joined = replace(old[0], x=access(np.concatenate([each.part.ravel() for each in alike])))
        else:
            table = access(np.stack([each.part for each in alike], axis=-1))
            by = access(np.array([[each.weight for each in alike]])) if weights else None
            joined = Segment("matmul" if by else "rows", table, by, c)
        at = found.index(old[0])
        found = [joined if n == at else each for n, each in enumerate(found) if n == at or each not in old]
    return found


class _Taken(NamedTuple):
    """What a segment takes of a step.

    Attributes:
        segment: itself.
        key: equal for what may be read as one: the series, the coefficient, and the array of the weights.
        step: which step.
        part: the positions of what is read.
        weight: the position of the number that it is multiplied with, or -1.
    """

    segment: Segment
    key: tuple[Series, float, Block | None]
    step: int
    part: Ints
    weight: int


def _taken(segment: Segment, block: Block) -> _Taken | None:
    """What a segment takes of a step, if that is all of it, as it lies, and perhaps times one number."""
    c = segment.coefficient
    if segment.kind != "rows" or segment.owner is not None or not isinstance(c, float):
        return None
    for x, z in ((segment.x, segment.z), (segment.z, segment.x)):
        whole = x.whole if x is not None else None
        if x is None or whole is None or whole.series is None:
            continue
        if z is None and (not block.dims or x.shape == whole.dims == block.dims):
            return _Taken(segment, (whole.series, c, None), whole.step, x.positions, -1)
        one = z is not None and not z.varies and np.ptp(z.positions) == 0
        if one and z is not None and z.block and x.shape == whole.dims == block.dims:
            weight = int(z.positions.flat[0])
            return _Taken(segment, (whole.series, c, z.block), whole.step, x.positions, weight)
    return None
