"""One-hot: an element of each row, picked by a number, as a sum over the row with a matrix of ones and zeros.

    S[n, y[n]]  is  Σⱼ Y ⊙ S        with Y = 1 where y picks, and else 0

A graph of scalars does not say that its labels were numbers: it has what they picked. Read so, no operand
needs a table of places, and nothing is scattered on the way back. Whole rows stay picked, as E[I,:], which is
how they are written, and a vocabulary is long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.moving import with_accesses
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Ints

__all__ = ["is_table", "pick_by_one_hot"]

MOST = 4096  # elements of a one-hot matrix; of more, a table of places is quicker


def is_table(access: Access) -> bool:
    """Whether computed numbers, or parameters, are read by a table of places."""
    plain = access.block is not None and access.block.role in ("constant", "numbers")
    return access.strides is None and not plain


def pick_by_one_hot(formulary: Formulary) -> None:
    """Let everything that picks one element of each row read such sums."""
    picks: dict[tuple[Block, bytes], Access] = {}
    for block in [formula.block for formula in formulary.formulas]:
        formula = formulary.made[block]
        if block.dims == () or any(segment.owner is not None for segment in formula.segments):
            continue  # a sum over everything takes it with weights

        def anew(access: Access, formula: Formula = formula) -> Access:
            table = _table(access)
            if table is None or access.block is None:
                return access
            key = access.block, access.positions.tobytes()
            if key not in picks:
                picks[key] = _picked(table, access.block, formula, formulary)
            return picks[key]

        formulary.replace(formula, with_accesses(formula, anew))


@dataclass(frozen=True)
class _Table:
    """Places in an array, of which one coordinate follows no rule.

    Attributes:
        coordinates: for each axis of the array, in the shape of the access.
        axis: of the array, the one that is picked along.
        picks, goes: the axes of the access along which that coordinate changes, and the others do.
    """

    coordinates: tuple[Ints, ...]
    axis: int
    picks: tuple[int, ...]
    goes: tuple[int, ...]


def _table(access: Access) -> _Table | None:
    block = access.block
    if not is_table(access) or block is None or block.varies or block.role != "formula":
        return None
    coordinates = np.unravel_index(access.positions - block.start, block.dims)
    changes = [_changes(each) for each in coordinates]
    irregular = [k for k, each in enumerate(coordinates) if not _by_rule(each, changes[k])]
    if len(irregular) != 1:
        return None
    (axis,) = irregular
    goes = {along for k, axes in enumerate(changes) if k != axis for along in axes}
    if not {*changes[axis]} <= goes:  # whole rows
        return None
    rows = int(np.prod([access.shape[along] for along in changes[axis]]))
    if rows * block.dims[axis] > max(MOST, block.size):
        return None
    return _Table(coordinates, axis, changes[axis], tuple(sorted(goes)))


def _changes(coordinate: Ints) -> tuple[int, ...]:
    """The axes along which a coordinate changes."""
    return tuple(a for a in range(coordinate.ndim) if (coordinate != coordinate.take([0], a)).any())


def _by_rule(coordinate: Ints, changes: tuple[int, ...]) -> bool:
    """Whether a coordinate is fixed, or goes by equal steps along one axis."""
    return not changes or (len(changes) == 1 and not np.diff(coordinate, 2, axis=changes[0]).any())


def _picked(table: _Table, block: Block, before: Formula, formulary: Formulary) -> Access:
    """What is picked, computed before a formula, in the shape of the access."""
    places = formulary.places
    shape = table.coordinates[0].shape
    length = block.dims[table.axis]
    number = _without(table.coordinates[table.axis], table.picks)
    Y = places.numbers("Y", np.eye(length)[number])
    assert Y.block is not None
    Y.block.one_hot = True
    axes = table.goes
    dims = tuple(shape[along] for along in axes)
    x = _read(table, block, axes)
    z = np.broadcast_to(_over(Y.positions, table.picks, axes), (*dims, length))
    terms = Segment("rows", places.access(x, False), places.access(z, False))
    made = Formula(places.new_block(dims, False), segments=(terms,))
    formulary.insert_before(made, before)
    return _spread(made.block, axes, shape, formulary)


def _without(array: Ints, kept: tuple[int, ...]) -> Ints:
    """At index 0 of all axes but some."""
    at = tuple(slice(None) if axis in kept else 0 for axis in range(array.ndim))
    found: Ints = array[at]
    return found


def _over(array: Ints, axes: tuple[int, ...], others: tuple[int, ...]) -> Ints:
    """An array of some axes, and one more, with axes of length 1 for the others that there are."""
    return np.expand_dims(array, tuple(i for i, axis in enumerate(others) if axis not in axes))


def _read(table: _Table, block: Block, axes: tuple[int, ...]) -> Ints:
    """Where all stand that one is picked from, along some axes of the access and then the array's own."""
    at = [_without(each, axes)[..., None] for each in table.coordinates]
    at[table.axis] = np.arange(block.dims[table.axis])
    found: Ints = block.start + np.ravel_multi_index(tuple(np.broadcast_arrays(*at)), block.dims)
    return found


def _spread(block: Block, axes: tuple[int, ...], shape: tuple[int, ...], formulary: Formulary) -> Access:
    """A block, of these axes, read in a shape that has more."""
    positions = block.start + np.arange(block.size).reshape(block.dims)
    positions = np.transpose(positions, np.argsort(axes))
    positions = np.expand_dims(positions, tuple(a for a in range(len(shape)) if a not in axes))
    return formulary.places.access(np.broadcast_to(positions, shape), False)
