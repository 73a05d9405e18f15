"""Scattering: shares of cotangents that go to positions in no regular order.

Three ways, by what repeats: nothing; in a buffer without samples, where ``np.bincount`` sums; with
samples, where the rows that go to one position are brought together and reduced.
"""

from __future__ import annotations

import numpy as np

from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.compile.writer import Writer
from autodiff.lifting.formula import Access

__all__ = ["scatter"]


def scatter(writer: Writer, buffer: Array, access: Access, share: Array) -> None:
    """Write calls that add ``share`` at the positions of a buffer that ``access`` names, which may repeat."""
    index = access.positions.ravel()
    if not share.flags.c_contiguous:
        copy = np.empty(share.shape, writer.dtype)
        writer.call(np.copyto, copy, share)
        share = copy
    rows = share.reshape(access.size, *buffer.shape[1:])
    if access.injective:
        writer.call(_add_at, buffer, index, rows)
    elif not access.varies:
        low = int(index.min())
        run = buffer[low : int(index.max()) + 1]
        writer.call(_add_counts, run, index - low, rows)
    else:
        order = np.argsort(index, kind="stable")
        positions, starts = np.unique(index[order], return_index=True)
        writer.call(_add_runs, buffer, positions, rows, order, starts)


def _add_at(target: Array, index: Array, values: Array) -> None:
    """target[index] += values, for an index without repetitions."""
    target[index] += values


def _add_counts(target: Array, index: Array, values: Array) -> None:
    """target[index] += values, for vectors and an index with repetitions."""
    target += np.bincount(index, weights=values, minlength=len(target))


def _add_runs(target: Array, positions: Array, rows: Array, order: Array, starts: Array) -> None:
    """Add rows that go to the same position, which ``order`` brings together, to that position."""
    target[positions] += np.add.reduceat(rows[order], starts, axis=0)
