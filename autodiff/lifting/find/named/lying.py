"""Lying: how the numbers lie of which each element of a block is made, so many for each."""

from __future__ import annotations

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.signs import in_shape
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.lattice import lattice

__all__ = ["laid_out", "reduced_over"]


def laid_out(read: Access, made: Block, formulary: Formulary) -> tuple[Access, tuple[int, ...]]:
    """What is read for the elements of a block, as many numbers for each, one after the other, and the axes
    along which it is of one: an array as it lies, if they are of its rows or columns, else a row for each."""
    block = read.block
    if block is not None and made.size == 1 and read.size < block.size:
        positions = np.sort(read.positions, axis=None)
        dims = lattice(positions[:, None])
        if dims is not None and len(dims) > 1:
            part = formulary.places.access(positions.reshape(*made.dims, *dims), read.varies)
            return part, tuple(len(made.dims) + axis for axis in range(len(dims)))
    rows = in_shape(read, (*made.dims, read.size // made.size))
    if block is None or block.size != read.size or not read.injective:
        return rows, (len(made.dims),)
    owner = np.empty(block.size, dtype=np.int64)
    owner[read.positions.ravel() - block.start] = np.repeat(np.arange(made.size), read.size // made.size)
    owner = owner.reshape(block.dims)
    axes = tuple(
        axis for axis, n in enumerate(block.dims) if n > 1 and (owner == owner.take([0], axis)).all()
    )
    first = owner[tuple(0 if axis in axes else slice(None) for axis in range(owner.ndim))]
    in_order = np.array_equal(first.ravel(), np.arange(made.size))
    if in_order and first.shape == made.dims:
        return formulary.whole(block), axes
    if in_order and axes == (0,) and len(made.dims) == 1:
        return in_shape(formulary.whole(block), (block.dims[0], made.size)), axes
    return rows, (len(made.dims),)


def reduced_over(formula: Formula, formulary: Formulary) -> tuple[Access, tuple[int, ...]]:
    """What a reduction takes, one number of each term, and the axes over which it goes."""
    if len(formula.segments) == 1:
        return laid_out(formula.segments[0].x, formula.block, formulary)
    shape = (*formula.block.dims, -1)
    rows = [segment.x.positions.reshape(shape) for segment in formula.segments]
    read = formulary.places.access(np.concatenate(rows, axis=-1), formula.segments[0].x.varies)
    return read, (len(formula.block.dims),)
