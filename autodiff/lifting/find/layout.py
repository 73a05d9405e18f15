"""Layout: in which order, and in which shape, a group's results lie in their block.

The next formula reads them by position, and finds plain views only if they lie well. So a group
that is a matrix product lies rows by columns, in the writer's layout as ``orient`` guesses it; one that
runs along an array, as tanh along Z1, lies like that array; one that adds up each row of an array, or each
column, lies like the array without that axis; one that combines each element of an array with each of
another, as a column with a row, lies like their table; and one that reads every other element lies like
those. One result alone is a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from autodiff.lifting.find.orient import oriented
from autodiff.lifting.find.pairing import Dims, pair_rows
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.lattice import lattice
from autodiff.lifting.record import Ints

__all__ = ["Terms", "lay_out"]


@dataclass(frozen=True)
class Terms:
    """Terms of one kind, T for each of a group's n sums: Σₜ coefficient·x·z.

    Attributes:
        x, z: (n, T) positions of the factors; z is None in terms of one factor.
        coefficient: a number, or an array (n, T).
        varies_x, varies_z: which buffer each lies in.
    """

    x: Ints
    z: Ints | None
    coefficient: Any
    varies_x: bool
    varies_z: bool

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether it is one sum, of squares: ‖x‖², and no product of x with itself."""
        alike = self.z is not None and np.array_equal(self.x, self.z)
        return alike and len(self.x) == 1 and self.varies_x == self.varies_z

    def starts(self) -> Iterator[tuple[Ints, bool]]:
        """Where each sum begins to read: positions (n,), and in which buffer."""
        for positions, varies in ((self.x, self.varies_x), (self.z, self.varies_z)):
            if positions is not None:
                yield positions[:, 0], varies

    def columns(self) -> Iterator[tuple[Ints, bool]]:
        """What is read once a sum: positions (n,), and in which buffer."""
        for positions, varies in ((self.x, self.varies_x), (self.z, self.varies_z)):
            if positions is not None and positions.shape[1] == 1:
                yield positions[:, 0], varies


def lay_out(places: Placement, groups: Sequence[Terms]) -> tuple[Dims, Ints]:
    """The dims of a group's block, and its n units in the order of the block's elements."""
    columns = [column for terms in groups for column in terms.columns()]
    for terms in groups:
        several = (
            terms.z is not None and terms.x.shape[1] > 1 and not isinstance(terms.coefficient, np.ndarray)
        )
        if several and not terms.is_sum_of_squares:
            assert terms.z is not None
            product = pair_rows(terms.x, terms.z, places.are_numbers(terms.z, terms.varies_z))
            if product and (terms.varies_x or terms.varies_z):
                return product
            if product:
                beside = [positions for positions, varies in columns if not varies]
                return oriented(terms.x, terms.z, *product, beside, places)
    like_an_array = _along_an_array(places, columns)
    if like_an_array:
        return like_an_array
    for terms in groups:
        across = _across_an_array(places, terms)
        if across:
            return across
    for (p, _), (q, varies) in combinations(columns, 2):
        table = pair_rows(p[:, None], q[:, None], places.are_numbers(q, varies))
        if table:
            dims, order = table
            return tuple(d for d in dims if d > 1), order
    return _regular(places, groups, columns)


def _regular(
    places: Placement, groups: Sequence[Terms], columns: Sequence[tuple[Ints, bool]]
) -> tuple[Dims, Ints]:
    """The layout in which all that is read, of one array each, is regular along some axes; if there is
    none, along one axis, in the order of what is read first."""
    read = [*columns] or [start for terms in groups for start in terms.starts()]
    table = np.stack([positions for positions, _ in read], axis=1)
    order = np.lexsort(table.T[::-1])
    whole = all(places.block_at(int(p.min()), v) is places.block_at(int(p.max()), v) for p, v in read)
    if len(order) == 1 and not any(varies or _has_one_sample(places, int(p[0])) for p, varies in read):
        return (), order
    dims = lattice(table[order]) if whole else None
    return dims or (len(order),), order


def _has_one_sample(places: Placement, position: int) -> bool:
    """Whether what lies there is of a matrix of one column or row, which is a batch of one."""
    block = places.block_at(position, False)
    return block.role != "parameter" and len(block.dims) > 1 and 1 in block.dims


def _across_an_array(places: Placement, terms: Terms) -> tuple[Dims, Ints] | None:
    """The layout of sums over some axes of an array of which every element is read once: like the array
    without these axes."""
    n, T = terms.x.shape
    block = places.block_at(int(terms.x[0, 0]), terms.varies_x)
    if T == 1 or n == 1 or block.size != n * T or len(block.dims) < 2:
        return None
    local = terms.x - block.start
    if not (np.sort(local, axis=None) == np.arange(n * T)).all():
        return None
    at = np.unravel_index(local, block.dims)
    kept = [axis for axis, where in enumerate(at) if (where == where[:, :1]).all()]
    dims = tuple(block.dims[axis] for axis in kept)
    if math.prod(dims) != n or not dims:
        return None
    return dims, np.lexsort([at[axis][:, 0] for axis in reversed(kept)])


def _along_an_array(places: Placement, columns: Sequence[tuple[Ints, bool]]) -> tuple[Dims, Ints] | None:
    """The layout of an array of which a column reads every element once, the one with most axes."""
    best: tuple[Dims, Ints] | None = None
    for positions, varies in columns:
        order = np.argsort(positions, kind="stable")
        block = places.block_at(int(positions[0]), varies)
        n = len(positions)
        whole = block.size == n and (positions[order] == block.start + np.arange(n)).all()
        if whole and (best is None or len(block.dims) > len(best[0])):
            best = block.dims, order
    return best
