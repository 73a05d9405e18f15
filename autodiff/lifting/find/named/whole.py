"""Whole: a matrix of which a formula reads some elements, and what else it reads for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Block
from autodiff.lifting.record import Ints

__all__ = ["Whole"]


class Whole:
    """All of a matrix, of which some elements are read.

    Args:
        dims: of the matrix.
        at: the coordinates of what is read of it.
    """

    def __init__(self, dims: tuple[int, ...], at: tuple[Ints, ...], formulary: Formulary) -> None:
        self.dims, self.at, self.formulary = dims, at, formulary

    def spread(self, numbers: object, fill: float = 0.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """Numbers of the part in the place of each, and one for all others."""
        table = np.full(self.dims, fill)
        table[self.at] = numbers
        return table

    def access(self, access: Access) -> Access | None:
        """What reads the same for the elements of the part, and goes on by the same rule, if there is one."""
        places, positions, block = self.formulary.places, access.positions.ravel(), access.block
        if access.varies or block is None:
            return None
        if block.role == "numbers":
            values = places.values[block].ravel()[positions - block.start]
            return places.numbers(block.name, self.spread(values, values.flat[0]))
        if block.role == "constant":
            table = np.full(self.dims, positions.flat[0])
            table[self.at] = positions
            return places.access(table, False)
        for found in (*self._along_axes(positions), self._affine(positions, block)):
            if found is not None:
                return places.access(found, False)
        return None

    def lines(self, owner: Ints, count: int) -> Ints | None:
        """For each of so many sums, one after the other, where its line lies in the matrix; ``owner`` says
        for the elements of the part which sum they are of. None if there is one that has no line."""
        every = np.arange(np.prod(self.dims)).reshape(self.dims)
        for size in range(1, len(self.dims)):
            for axes in combinations(range(len(self.dims)), size):
                lengths = tuple(self.dims[axis] for axis in axes)
                if np.prod(lengths) < count:
                    continue
                line = np.ravel_multi_index(tuple(self.at[axis] for axis in axes), lengths)
                of = np.full(count, -1)
                of[owner] = line
                if (of[owner] == line).all() and len(np.unique(of)) == count and (of >= 0).all():
                    found: Ints = np.moveaxis(every, axes, range(size)).reshape(np.prod(lengths), -1)[of]
                    return found
        return None

    def _along_axes(self, positions: Ints) -> Iterator[Ints]:
        """Positions that depend on some of the coordinates only, and of which none is missing."""
        for count in range(len(self.dims)):
            for axes in combinations(range(len(self.dims)), count):
                shape = tuple(n if axis in axes else 1 for axis, n in enumerate(self.dims))
                table = np.full(shape, -1)
                at = tuple(each if axis in axes else 0 * each for axis, each in enumerate(self.at))
                table[at] = positions
                if (table >= 0).all() and (table[at] == positions).all():
                    yield np.broadcast_to(table, self.dims)

    def _affine(self, positions: Ints, block: Block) -> Ints | None:
        """Positions in a block that go by equal steps along each axis."""
        known = np.stack([np.ones(len(positions)), *self.at], axis=1)
        steps = np.rint(np.linalg.lstsq(known, positions, rcond=None)[0]).astype(np.int64)
        every = np.indices(self.dims)
        table: Ints = steps[0] + np.tensordot(steps[1:], every, 1)
        inside = block.start <= table.min() and table.max() < block.start + block.size
        return table if inside and (table[self.at] == positions).all() else None
