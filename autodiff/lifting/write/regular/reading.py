"""Reading: what a formula reads and fills, as arrays with subscripts along the axes of its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.lifting.formula import Block, Formula, Segment
from autodiff.lifting.lattice import lattice
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.things import DISTANCES
from autodiff.lifting.write.fills import as_mask
from autodiff.lifting.write.operands import LIST, Operands
from autodiff.lifting.write.products import vectors_of
from autodiff.lifting.write.regular.subscripts import (
    Axis,
    Read,
    Subscript,
    Unwritten,
    coordinates,
    subscripts,
)
from autodiff.lifting.write.rendered import Rendered
from autodiff.lifting.write.views import FEW

Array = npt.NDArray[Any]

__all__ = ["Part", "Reading", "axes_in_order"]


@dataclass(frozen=True)
class _Laid:
    """Positions, or numbers, and which axes of a formula's line they lie along."""

    values: Array
    axes: tuple[int, ...]
    block: Block | None = None


@dataclass(frozen=True)
class Part:
    """A segment of a sum: its factors, and the axes over which it adds up.

    Attributes:
        segment: itself.
        factors: what it multiplies, in order; the first of them are its accesses.
        over: the numbers of its axes.
        lengths: of all axes of its line.
    """

    segment: Segment
    factors: Sequence[Read]
    over: Sequence[int]
    lengths: Sequence[int]


class Reading:
    """The axes of a formula's line, and what it reads along them.

    An axis of the block is taken apart where what is read is not regular along it, as the columns of a
    product that are the windows of several images.

    Attributes:
        lengths: of the axes of the array that is filled.
        steps: those axes, as it lies in the buffer.
        target: that array.
        operands: what an elementwise operation or a thing reads.
        parts: the segments of a sum.

    Raises:
        Unwritten: where something is read by no rule.
    """

    def __init__(self, formula: Formula, operands: Operands, axes: Mapping[Block, Sequence[Axis]]) -> None:
        self.formula, self.writer, self._axes = formula, operands, axes
        block = formula.block
        if block.varies or any(access.varies or access.block is None for access in formula.accesses):
            raise Unwritten
        dims = block.dims
        read = () if formula.thing in DISTANCES else formula.operands
        if any(access.shape != dims for access in read):
            raise Unwritten
        self._dims = dims
        own = tuple(range(len(dims)))
        plain = [_Laid(access.positions, own, access.block) for access in read]
        segments = formula.segments
        if formula.thing in DISTANCES:  # read as a product is, one side with the other
            segments = (Segment("matmul", *vectors_of(formula), formula.scale),)
        laid = [self._segment(segment, own) for segment in segments]
        filled = _Laid(block.start + np.arange(block.size).reshape(dims), own)
        everything = [*plain, *(each for factors, _ in laid for each in factors)]
        self._split = [self._lengths(n, axis, everything) for axis, n in enumerate(dims)]
        self.lengths = tuple(n for lengths in self._split for n in lengths)
        self.steps = axes_in_order(self.lengths)
        self.target = self._read(block, filled)
        self.operands = [self._read(a.block, each) for a, each in zip(read, plain)]
        self.parts = [self._part(segment, factors, axis) for segment, (factors, axis) in zip(segments, laid)]

    @property
    def order(self) -> list[int]:
        """The axes of the array that is filled, in the order in which it is shown."""
        where = {axis: at for at, place in enumerate(self.target.places) for axis in place.steps}
        return sorted(range(len(self.lengths)), key=lambda axis: where.get(axis, len(where)))

    def _listed(self, places: Ints) -> Rendered:
        return self.writer.named(places.astype(np.float64), LIST)

    def _name(self, block: Block) -> Callable[[], Rendered]:
        return lambda: self.writer.name(block)

    def along(self, numbers: Floats) -> Read:
        """Numbers, one for each element of the array that is filled."""
        return self._numbers(*self._fine(_Laid(numbers, tuple(range(len(self._dims)))), self._split))

    def _segment(self, segment: Segment, own: tuple[int, ...]) -> tuple[list[_Laid], int | None]:
        """The factors of a segment, and the number of the axis over which it adds up."""
        if segment.owner is not None:
            raise Unwritten
        over = len(own)
        if segment.kind == "matmul":
            assert segment.z is not None
            batch = own[:-2]
            rows, columns = own[len(batch)], own[len(batch) + 1 :]
            x = _Laid(segment.x.positions, (*batch, rows, over), segment.x.block)
            z = segment.z.positions
            if not columns:
                return [x, _Laid(z.reshape(*z.shape[:-2], -1), (*batch, over), segment.z.block)], over
            return [x, _Laid(z, (*batch, *columns, over), segment.z.block)], over
        several = len(segment.x.shape) > len(own)
        axes = (*own, over) if several else own
        factors = [_Laid(a.positions, axes, a.block) for a in (segment.x, segment.z) if a is not None]
        if isinstance(segment.coefficient, np.ndarray):
            factors.append(_Laid(segment.coefficient, axes))
        return factors, over if several else None

    def _part(self, segment: Segment, factors: list[_Laid], over: int | None) -> Part:
        split = self._split
        if over is not None:
            n = factors[0].values.shape[-1]
            split = [*split, self._lengths(n, over, factors)]
        lengths = tuple(n for each in split for n in each)
        blocks: list[Block | None] = [segment.x.block, segment.z.block if segment.z else None]
        if segment.z is None:
            blocks = blocks[:1]
        reads = []
        for number, laid in enumerate(factors):
            block = blocks[number] if number < len(blocks) else None
            if block is not None and block.role != "constant":
                reads.append(self._read(block, laid, split))
                continue
            values, at = self._fine(laid, split)
            values = values if block is None else self.writer.plan.constants[values - block.start]
            scaled = as_mask(values)
            if scaled and isinstance(segment.coefficient, float):
                segment, values = replace(segment, coefficient=segment.coefficient * scaled[0]), scaled[1]
            reads.append(self._numbers(values, at))
        return Part(segment, reads, range(len(self.lengths), len(lengths)), lengths)

    def _lengths(self, n: int, axis: int, laid: Sequence[_Laid]) -> tuple[int, ...]:
        """The lengths of the axes into which one falls along which all that is read is to be regular."""
        columns = []
        plain = True  # whether each operand is regular along the axis, or lies row after row
        for each in laid:
            if axis in each.axes and each.block is not None and each.block.role != "constant":
                table = np.moveaxis(each.values, each.axes.index(axis), 0).reshape(n, -1)
                for places in coordinates(table[:, [0, -1]] - each.block.start, self._array(each.block)):
                    columns += [places[:, 0], places[:, 1]]
                plain = plain and self._runs_through(table - each.block.start, each.block)
        if plain and n > 1:
            return (n,)
        lengths = lattice(np.stack(columns, axis=1)) if n > 1 and columns else None
        return lengths or (n,)

    def _runs_through(self, table: Ints, block: Block) -> bool:
        """Whether places, one after the other along the first axis, are regular along the axes of an array,
        or run through its last axes."""
        n = len(table)
        places = coordinates(table[:, [0, -1]], self._array(block))
        steps = np.arange(n)[:, None]
        if all((each == each[:1] + steps * (each[1:2] - each[:1])).all() for each in places):
            return True
        return self._flat_from(places, n, block) is not None

    def _flat_from(self, places: Sequence[Ints], n: int, block: Block) -> int | None:
        """The first of the last axes of an array through which places (n, C) run."""
        array = self._array(block)
        for first in range(len(array) - 1):
            sizes = tuple(axis.length for axis in array[first:])
            before = all((each == each[:1]).all() for each in places[:first])
            if math.prod(sizes) == n and before:
                at = np.ravel_multi_index(tuple(places[first:]), sizes)
                return first if (at == np.arange(n)[:, None]).all() else None
        return None

    def _array(self, block: Block) -> Sequence[Axis]:
        """The axes with which an array is shown."""
        return self._axes.get(block) or axes_in_order(block.dims)

    def _fine(self, laid: _Laid, split: Sequence[Sequence[int]]) -> tuple[Array, tuple[int, ...]]:
        """Values with their axes taken apart, and the numbers of those."""
        starts = np.cumsum([0, *map(len, split)])
        shape = [n for axis in laid.axes for n in split[axis]]
        axes = [int(starts[axis]) + i for axis in laid.axes for i in range(len(split[axis]))]
        return laid.values.reshape(shape), tuple(axes)

    def _read(self, block: Block | None, laid: _Laid, split: Sequence[Sequence[int]] | None = None) -> Read:
        assert block is not None
        values, axes = self._fine(laid, self._split if split is None else split)
        if block.role == "constant":
            return self._numbers(self.writer.plan.constants[values - block.start], axes)
        array = self._array(block)
        if block in self.writer.inline:
            raise Unwritten
        places = subscripts(values - block.start, axes, array, self._listed)
        sizes = tuple(axis.length for axis in array)
        if places is not None and all(place.listed is None for place in places):
            return Read(self._name(block), sizes, places)
        with suppress(Unwritten):
            return self._flat(values - block.start, axes, block, sizes)
        if places is None:
            raise Unwritten
        return Read(self._name(block), sizes, places)

    def _flat(self, local: Ints, axes: tuple[int, ...], block: Block, sizes: tuple[int, ...]) -> Read:
        """What runs through the last axes of an array along one of the axes."""
        array = self._array(block)
        for at in reversed(range(local.ndim)):
            n, rest = local.shape[at], (*axes[:at], *axes[at + 1 :])
            table = np.moveaxis(local, at, 0).reshape(n, -1)
            first = self._flat_from(coordinates(table, array), n, block) if n > 1 else None
            before = None
            if first is not None:
                before = subscripts(local.take([0], at).squeeze(at), rest, array, self._listed)
            if before is not None:
                return Read(self._name(block), sizes, before[:first], flat=axes[at])
        raise Unwritten

    def _numbers(self, values: Array, axes: tuple[int, ...]) -> Read:
        """Numbers of the graph: one, or an array along the axes along which they differ."""
        for at in reversed(range(values.ndim)):
            first = values.take([0], at)
            if (values == first).all():
                values, axes = first.squeeze(at), (*axes[:at], *axes[at + 1 :])
        if values.size == 1:
            return Read(self._name(self.formula.block), number=float(values.reshape(())))
        places = tuple(Subscript(0, {axis: 1}) for axis in axes)
        few = values.size <= FEW and values.ndim <= 2
        inline = self.writer.numbers(values) if few else None
        return Read(lambda: self.writer.named(values), values.shape, places, inline=inline)


def axes_in_order(dims: Sequence[int]) -> tuple[Axis, ...]:
    """The axes of an array that lies row by row."""
    return tuple(Axis(n, math.prod(dims[number + 1 :])) for number, n in enumerate(dims))
