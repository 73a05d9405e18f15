"""Lattices: sequences of positions that are regular along several axes, though not along one.

The rows 2 and 3 of the columns 1 to 3 of a matrix that has 5 columns lie at

    6 7 8   11 12 13

which one step does not lead through. Along axes of 2 and of 3 it is the step 5 and the step 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["lattice"]


def lattice(columns: npt.NDArray[np.int64]) -> tuple[int, ...] | None:
    """Lengths of axes along which all columns of an array (n, C) are regular; their product is n.

    The last axis is as long as it can be, then the one before. None where there are no such axes.

    >>> lattice(np.array([6, 7, 8, 11, 12, 13])[:, None])
    (2, 3)
    """
    apart = columns - columns[0]
    dims: list[int] = []
    while len(apart) > 1:
        length = _run(apart)
        if length < 2:
            return None
        starts = apart[::length]
        inner = apart[:length]
        if not (apart == (starts[:, None] + inner).reshape(apart.shape)).all():
            return None
        dims.append(length)
        apart = starts
    return tuple(reversed(dims)) or (1,)


def _run(apart: npt.NDArray[np.int64]) -> int:
    """The length of the first run of one step, or of the largest part of it that divides the whole."""
    n = len(apart)
    regular = (apart == np.arange(n)[:, None] * apart[1]).all(axis=1)
    length = n if regular.all() else int(np.argmin(regular))
    while n % length:
        length -= 1
    return length
