"""Repeated: equal terms of one sum become one, w + w + w becomes 3·w.

The sums of a group are to keep one form, so that one formula computes them. Of

    x0·x0 + x0·x1        where a window of a signal meets its edge, and
    x0·x1 + x1·x2

nothing is repeated; of v0 + v0 + v1 and v0 + v1 + v2 the first could have two terms, but not the
second, and both stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autodiff.lifting.find.fold import Folded
from autodiff.lifting.find.roles import REDUCTIONS, Bools
from autodiff.lifting.record import Ints

__all__ = ["merge_repeated"]


def merge_repeated(folded: Folded, groups: Sequence[Ints]) -> Folded:
    """``folded`` with the equal terms of each sum made one, whose coefficient is the sum of theirs.

    Terms whose coefficients add up to 0, or to no finite number, stay: what they multiply may be
    infinite, or tiny. ``groups`` are the units that one formula each computes.
    """
    low, high = np.minimum(folded.x, folded.z), np.maximum(folded.x, folded.z)
    if not _may_repeat(folded.owner, low, high):
        return folded
    order = np.lexsort((high, low, folded.owner))
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([np.diff(key[order]) != 0 for key in (folded.owner, low, high)], axis=0)
    run = np.empty(len(order), dtype=np.int64)  # which of the different terms each is
    run[order] = np.cumsum(new) - 1
    first = order[new]
    with np.errstate(over="ignore"):
        total = np.bincount(run, weights=folded.coefficient)
    kind = folded.reduction[folded.owner[first]]
    total = np.where(kind == 0, total, 1.0)
    merges = (np.isfinite(total) & (total != 0.0) & (kind != REDUCTIONS.index("hypot")))[run]
    stays = ~merges
    stays[first] = True
    stays |= _splits_a_group(folded, groups, stays)[folded.owner]
    merged = np.bincount(run[stays], minlength=len(first)) == 1
    coefficient = np.where(merged[run], total[run], folded.coefficient)
    return replace(
        folded,
        owner=folded.owner[stays],
        x=folded.x[stays],
        z=folded.z[stays],
        coefficient=coefficient[stays],
    )


def _may_repeat(*keys: Ints) -> bool:
    """Whether two terms may agree in all keys; False is certain, and quick to find."""
    scattered = np.zeros(len(keys[0]), dtype=np.uint64)
    for key in keys:
        scattered = (scattered + key.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        scattered ^= scattered >> np.uint64(32)
    scattered.sort()
    return bool((scattered[1:] == scattered[:-1]).any())


def _splits_a_group(folded: Folded, groups: Sequence[Ints], stays: Bools) -> Bools:
    """(U,) whether a unit is in a group whose sums have one number of terms, and would have several."""
    count = len(folded.units)
    before = np.bincount(folded.owner, minlength=count)
    after = np.bincount(folded.owner[stays], minlength=count)
    splits = np.zeros(count, dtype=bool)
    for units in groups:
        splits[units] = np.ptp(before[units]) == 0 and np.ptp(after[units]) > 0
    return splits
