"""Recognise: the groups of units become formulas on arrays.

A sum of T products reads two index matrices, one row a sum. If one has J different rows and the
other S, and every pair of them occurs once, the group is a matrix product: out = A·Bᵀ with A the
J rows and B the S rows. If the pairs fall into complete blocks of one size, it is a batch of
such products. What is left is read row by row, and index patterns that are affine need no gather.

The order of a group's elements in its block is chosen here, too: rows by columns for a matrix
product, else the order of the operand it runs along, so that the next formula finds views.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from autodiff.lifting.find.fold import APPLY, CONSTANT, REDUCTIONS, Folded
from autodiff.lifting.find.group import Grouped
from autodiff.lifting.find.pairing import Dims, pairing, row_scale
from autodiff.lifting.formula import Access, Block, Formula, Segment, access
from autodiff.lifting.record import ROWS, Ints, Tape

__all__ = ["Leaves", "Recognised", "bits", "recognise"]


@dataclass(frozen=True)
class Leaves:
    """The leaf arrays of a program.

    Attributes:
        blocks: ``blocks[k]`` is the block of the leaves of kind k; ``blocks[0]`` of the constants.
        nodes: ``nodes[k]`` are the tape ids of its elements, -1 for those the graph does not use.
        constants: the values of ``blocks[0]``, sorted by their bits.
    """

    blocks: list[Block]
    nodes: list[Ints]
    constants: Any


@dataclass(frozen=True)
class Recognised:
    """The formulas in order, and where everything lies.

    Attributes:
        blocks: the leaf arrays' blocks and the formulas' blocks.
        formulas: in the order in which they run; the last fills the root's block.
        position: (N,) where each node's value lies in its buffer, -1 if it has no place.
        sizes: number of positions of the buffer without and of the one with a sample axis.
    """

    blocks: list[Block]
    formulas: list[Formula]
    position: Ints
    sizes: tuple[int, int]


@dataclass(frozen=True)
class _Terms:
    """Terms of one kind, T for each of a group's n sums: positions (n, T) and coefficients."""

    x: Ints
    z: Ints | None
    coefficient: Any
    varies_x: bool
    varies_z: bool


def recognise(tape: Tape, folded: Folded, grouped: Grouped, leaves: Leaves) -> Recognised:
    """Turn every group of units into one formula."""
    recogniser = _Recogniser(tape, folded, grouped, leaves)
    formulas: list[Formula] = []
    for units in grouped.groups:
        if folded.reduction[units[0]] == APPLY:
            formulas.append(recogniser.application(units))
        else:
            formulas += recogniser.reduction(units)
    static, varying = recogniser.sizes
    return Recognised(recogniser.blocks, formulas, recogniser.position, (static, varying))


class _Recogniser:
    """Lays out one group after the other, and remembers where its elements lie."""

    def __init__(self, tape: Tape, folded: Folded, grouped: Grouped, leaves: Leaves) -> None:
        self.tape, self.folded, self.varies, self.leaves = tape, folded, grouped.varies, leaves
        self.blocks = list(leaves.blocks)
        self.position = np.full(len(tape), -1)
        self.sizes = [0, 0]
        capacity = 2 * len(folded.units) + sum(block.size for block in self.blocks)
        self.block_of = (np.full(capacity, -1), np.full(capacity, -1))
        for number, (block, nodes) in enumerate(zip(leaves.blocks, leaves.nodes)):
            self._reserve(block, number)
            used = nodes >= 0
            self.position[nodes[used]] = block.start + np.flatnonzero(used)
        fixed = folded.kind == CONSTANT
        self.position[fixed] = self._constant(tape.data[fixed])
        self.starts = np.searchsorted(folded.owner, np.arange(len(folded.units) + 1))

    def _reserve(self, block: Block, number: int) -> None:
        buffer = int(block.varies)
        end = block.start + block.size
        self.sizes[buffer] = max(self.sizes[buffer], end)
        self.block_of[buffer][block.start : end] = number

    def _constant(self, values: Any) -> Ints:
        """Positions of constants; of values that no formula reads, any position."""
        place: Ints = np.searchsorted(bits(self.leaves.constants), bits(values))
        return self.leaves.blocks[0].start + np.minimum(place, len(self.leaves.constants) - 1)

    def _place(self, units: Ints, dims: Dims) -> Block:
        """A new block for ``units``, which are in the order of its elements."""
        nodes = self.folded.units[units]
        block = self._block(dims, len(units), bool(self.varies[nodes[0]]))
        self.position[nodes] = block.start + np.arange(len(nodes))
        return block

    def _block(self, dims: Dims, size: int, varies: bool) -> Block:
        """A new block at the end of its buffer."""
        block = Block("", self.sizes[varies], dims, varies, "formula")
        assert block.size == size
        self._reserve(block, len(self.blocks))
        self.blocks.append(block)
        return block

    def _access(self, positions: Ints, varies: bool) -> Access:
        return access(positions, varies, self.blocks, self.block_of[int(varies)])

    def _number_of_block(self, nodes: Ints) -> Ints:
        static, varying = (table[self.position[nodes]] for table in self.block_of)
        numbers: Ints = np.where(self.varies[nodes], varying, static)
        return numbers

    def application(self, units: Ints) -> Formula:
        """The formula of a group of elementwise operations."""
        nodes = self.folded.units[units]
        op = ROWS[self.tape.op[nodes[0]]]
        operands = [self.tape.a[nodes], self.tape.b[nodes]][: op.arity]
        positions = [self.position[each] for each in operands]
        varies = [bool(self.varies[each[0]]) for each in operands]
        dims, order = self._layout(
            [_Terms(p[:, None], None, 1.0, v, False) for p, v in zip(positions, varies)]
        )
        if units[-1] == len(self.folded.units) - 1:
            dims = ()  # the root
        block = self._place(units[order], dims)
        accesses = (self._access(p[order].reshape(dims), v) for p, v in zip(positions, varies))
        return Formula(block, op, tuple(accesses), nodes=nodes[order])

    def reduction(self, units: Ints) -> list[Formula]:
        """The formula of a group of sums, or of largest or smallest values; two if the sums are
        scaled each by a number of its own."""
        counts = self.starts[units + 1] - self.starts[units]
        first = np.repeat(self.starts[units], counts)
        within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
        x, z, coefficient, pair = self._factors(first + within)
        name = REDUCTIONS[self.folded.reduction[units[0]]]
        if not counts.any() or (counts != counts[0]).any():
            order = np.arange(len(units))
            segments = self._ragged(x, z, coefficient, pair, np.repeat(order, counts))
            return [self._filled(units, (len(units),), segments, name)]
        x, z, coefficient, pair = (each.reshape(len(units), -1) for each in (x, z, coefficient, pair))
        scaled = row_scale(coefficient, pair) if name == "add" else None
        if scaled:
            scale, coefficient = scaled
        groups = self._columns(x, z, coefficient, pair)
        if groups is None:
            order = np.arange(len(units))
            x, z, coefficient, pair = (each.ravel() for each in (x, z, coefficient, pair))
            dims: Dims = (len(units),)
            segments = self._ragged(x, z, coefficient, pair, np.repeat(order, counts))
        else:
            dims, order = self._layout(groups) if groups else ((len(units),), np.arange(len(units)))
            if units[-1] == len(self.folded.units) - 1:
                dims = ()  # the root
            segments = [self._segment(terms, dims, order) for terms in groups]
        if not scaled:
            return [self._filled(units[order], dims, segments, name)]
        varies = bool(self.varies[self.folded.units[units[0]]])
        inner = Formula(self._block(dims, len(units), varies), segments=tuple(segments))
        places = inner.block.start + np.arange(len(units)).reshape(dims)
        scales = self._access(self._constant(scale[order]).reshape(dims), False)
        outer = Segment("rows", self._access(places, varies), scales)
        return [inner, self._filled(units[order], dims, [outer], name)]

    def _filled(self, units: Ints, dims: Dims, segments: list[Segment], reduction: str) -> Formula:
        """The formula of units, in the order of the elements of their new block."""
        nodes = self.folded.units[units]
        bias = _uniform(self.folded.bias[units].reshape(dims))
        block = self._place(units, dims)
        return Formula(block, segments=tuple(segments), bias=bias, reduction=reduction, nodes=nodes)

    def _factors(self, terms: Ints) -> tuple[Ints, Ints, Any, Ints]:
        """Factors of terms with the one from the earlier block first, and which blocks those are."""
        x, z = self.folded.x[terms], self.folded.z[terms]
        block_x = self._number_of_block(x)
        block_z = np.where(z >= 0, self._number_of_block(z), len(self.blocks))
        swap = (z >= 0) & (block_z < block_x)
        x, z = np.where(swap, z, x), np.where(swap, x, z)
        pair = np.minimum(block_x, block_z) * (len(self.blocks) + 1) + np.maximum(block_x, block_z)
        return x, z, self.folded.coefficient[terms], pair

    def _columns(self, x: Ints, z: Ints, coefficient: Any, pair: Ints) -> list[_Terms] | None:
        """Sums of T terms each (n, T), as terms of one kind, or None if the sums have different
        kinds. What is multiplied by 0 in all of them is left out."""
        kind = np.where(z >= 0, 2 * self.varies[x] + self.varies[z], 4 + self.varies[x])
        choices = [(coefficient, pair), (coefficient, kind), (pair,), (kind,)]
        pairs = len(np.unique(pair[0]))
        if len(np.unique(pair[0] + 1j * coefficient[0])) > 2 * pairs + 1:  # weights, not a few factors
            choices.insert(0, (pair,))
        for keys in choices:
            # A sum that is alone reads along the buffer.
            order = np.lexsort((self.position[x], *keys) if len(x) == 1 else keys, axis=1)
            key = np.stack([np.take_along_axis(each, order, axis=1) for each in keys])
            if (key == key[:, :1]).all():
                x, z, coefficient = (np.take_along_axis(each, order, axis=1) for each in (x, z, coefficient))
                changes = (np.diff(key[:, 0], axis=1) != 0.0).any(axis=0)
                edges = [0, *(1 + np.flatnonzero(changes)), x.shape[1]]
                return [
                    self._terms(x[:, i:j], z[:, i:j], coefficient[:, i:j])
                    for i, j in pairwise(edges)
                    if coefficient[:, i:j].any()
                ]
        return None

    def _terms(self, x: Ints, z: Ints, coefficient: Any) -> _Terms:
        varies_x, varies_z = bool(self.varies[x.flat[0]]), bool(z.flat[0] >= 0 and self.varies[z.flat[0]])
        at_z = self.position[z] if z.flat[0] >= 0 else None
        coefficient = _uniform(coefficient)
        if at_z is None and isinstance(coefficient, np.ndarray):
            place = self._constant(coefficient)
            if (self.leaves.constants[place - self.leaves.blocks[0].start] == coefficient).all():
                at_z, coefficient = place, 1.0
        return _Terms(self.position[x], at_z, coefficient, varies_x, varies_z)

    def _ragged(self, x: Ints, z: Ints, coefficient: Any, pair: Ints, owner: Ints) -> list[Segment]:
        """Segments of sums of different lengths: per kind of term, the terms of all end to end."""
        kind = np.where(z >= 0, 2 * self.varies[x] + self.varies[z], 4 + self.varies[x])
        segments = []
        for each in np.unique(kind):
            rows = np.flatnonzero(kind == each)
            terms = self._terms(x[rows], z[rows], coefficient[rows])
            segments.append(
                Segment(
                    "ragged",
                    self._access(terms.x, terms.varies_x),
                    None if terms.z is None else self._access(terms.z, terms.varies_z),
                    terms.coefficient,
                    owner[rows],
                )
            )
        return segments

    def _layout(self, groups: list[_Terms]) -> tuple[Dims, Ints]:
        """The dims of a group's block, and its n units in the order of the block's elements."""
        n = len(groups[0].x)
        for terms in groups:
            if terms.z is not None and terms.x.shape[1] > 1 and not isinstance(terms.coefficient, np.ndarray):
                found = pairing(terms.x, terms.z)
                if found:
                    return found
        single = [
            (positions[:, 0], varies)
            for terms in groups
            for positions, varies in ((terms.x, terms.varies_x), (terms.z, terms.varies_z))
            if positions is not None and positions.shape[1] == 1
        ]
        best: tuple[Dims, Ints] | None = None
        for positions, varies in single:
            order = np.argsort(positions, kind="stable")
            block = self.blocks[self.block_of[int(varies)][positions[0]]]
            whole = block.size == n and (positions[order] == block.start + np.arange(n)).all()
            if whole and (best is None or len(block.dims) > len(best[0])):
                best = block.dims, order
        if best:
            return best
        for (p, _), (q, _) in combinations(single, 2):
            found = pairing(p[:, None], q[:, None])
            if found:
                dims, order = found
                return tuple(d for d in dims if d > 1) or (1,), order
        lead = single[0][0] if single else groups[0].x[:, 0]
        return (n,), np.argsort(lead, kind="stable")

    def _segment(self, terms: _Terms, dims: Dims, order: Ints) -> Segment:
        T = terms.x.shape[1]
        shape = (*dims, T)
        x = terms.x[order].reshape(shape)
        z = None if terms.z is None else terms.z[order].reshape(shape)
        c = terms.coefficient
        fixed = not isinstance(c, np.ndarray)
        if z is not None and T > 1 and len(dims) > 1 and fixed:
            for p, q, vp, vq in (
                (x, z, terms.varies_x, terms.varies_z),
                (z, x, terms.varies_z, terms.varies_x),
            ):
                rows, columns = p[..., :, :1, :], q[..., :1, :, :]
                if (p == rows).all() and (q == columns).all():
                    return Segment(
                        "matmul",
                        self._access(rows[..., 0, :], vp),
                        self._access(columns[..., 0, :, :], vq),
                        c,
                    )
        if T == 1:
            x, z = x[..., 0], None if z is None else z[..., 0]
        if not fixed:
            c = c[order].reshape(x.shape)
        first = self._access(x, terms.varies_x)
        if z is None:
            return Segment("rows", first, None, c)
        square = terms.varies_x == terms.varies_z and (x == z).all()
        return Segment("rows", first, first if square else self._access(z, terms.varies_z), c)


def bits(values: Any) -> Ints:
    """Floats as integers that tell 0.0 from -0.0."""
    return np.ascontiguousarray(values, dtype=np.float64).view(np.int64)


def _uniform(values: Any) -> Any:
    """The one number an array is full of, or the array."""
    if values.size == 0:
        return 0.0
    return float(values.flat[0]) if (values == values.flat[0]).all() else values
