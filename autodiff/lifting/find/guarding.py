"""Guarding: where the numbers that guards compare lie, those of one array together."""

from __future__ import annotations

import numpy as np

from autodiff.lifting.find.keeping import Places
from autodiff.lifting.formula import Access, Block, access
from autodiff.lifting.guards import Guards
from autodiff.lifting.plan import Guard
from autodiff.lifting.record import Ints

__all__ = ["find_guards"]


def find_guards(guards: Guards, places: Places) -> list[Guard]:
    """The comparisons as arrays of them: one for each relation between two blocks, in the order of the
    elements of the first, and of its shape if all of it is compared."""
    at_a, at_b = places.position[guards.a], places.position[guards.b]
    blocks = places.block_numbers(guards.a), places.block_numbers(guards.b)
    keys = np.stack([np.unique(guards.relation, return_inverse=True)[1], *blocks])
    found = []
    for key in np.unique(keys, axis=1).T:
        rows = np.flatnonzero((keys == key[:, None]).all(axis=0))
        rows = rows[np.argsort(at_a[rows], kind="stable")]
        left, right = (places.blocks[int(number)] for number in key[1:])
        whole = np.array_equal(at_a[rows], left.start + np.arange(left.size))
        shape = left.shape if whole else rows.shape if len(rows) > 1 else ()
        found.append(
            Guard(
                str(guards.relation[rows[0]]),
                _access(at_a[rows].reshape(shape), left),
                _access(at_b[rows].reshape(shape), right),
                guards.outcome[rows].reshape(shape),
                sorted({guards.sites[row] for row in rows.tolist()}),
            )
        )
    return found


def _access(positions: Ints, block: Block) -> Access:
    return access(positions, block.varies, [block], np.zeros(positions.max() + 1, dtype=np.int64))
