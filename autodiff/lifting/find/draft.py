"""Draft: how a group of units would lie, and what its formula would read, before it has a place.

A sum of T products reads two index matrices, one row a sum. If one has J different rows and the
other S, and every pair of them occurs once, the group is a matrix product: out = A·Bᵀ with A the
J rows and B the S rows. If the pairs fall into complete blocks of one size, it is a batch of
such products. What is left is read row by row, and index patterns that are affine need no gather.

The order of a group's elements in its block is chosen here, too: rows by columns for a matrix
product, else the order of the operand it runs along, so that the next formula finds views.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autodiff.lifting.find.fold import APPLY, SOLVE, Folded
from autodiff.lifting.find.layout import Terms, lay_out
from autodiff.lifting.find.pairing import Dims, row_scale
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.find.roles import REDUCTIONS
from autodiff.lifting.formula import Access, Segment, blocks_read
from autodiff.lifting.record import ROWS, Floats, Ints, Tape

__all__ = ["Draft", "Drafts", "uniform"]

_Laid = tuple[Dims, Ints, list[Segment]]  # dims of a block, the order of its sums, and their terms


@dataclass(frozen=True)
class Draft:
    """A group of units as it would lie in a block.

    Attributes:
        units: positions in ``folded.units``, in the order of the elements.
        dims: shape of the block.
        operands: what an elementwise operation reads.
        segments: the terms of sums.
        scale: (dims) the number that scales each sum, where each has one of its own.
    """

    units: Ints
    dims: Dims
    operands: tuple[Access, ...] = ()
    segments: tuple[Segment, ...] = ()
    scale: Floats | None = None

    @property
    def is_ragged(self) -> bool:
        """Whether sums have different numbers of terms."""
        return any(each.kind == "ragged" for each in self.segments)

    @property
    def reads(self) -> list[Access]:
        """What the formula would read."""
        return [*self.operands, *(read for each in self.segments for read in (each.x, each.z) if read)]


class Drafts:
    """Makes drafts, of one group after the other, while those before have their places."""

    def __init__(self, tape: Tape, folded: Folded, placement: Placement) -> None:
        self.tape, self.folded, self.places = tape, folded, placement
        self.position, self.varies = placement.position, placement.varies
        self.starts = np.searchsorted(folded.owner, np.arange(len(folded.units) + 1))

    def of(self, units: Ints) -> Draft:
        """The draft of a group, units ascending; of a solution only which units it has."""
        reduction = self.folded.reduction[units[0]]
        if reduction == SOLVE:
            return Draft(units, (len(units),))
        return self._application(units) if reduction == APPLY else self._sums(units)

    def mixing(self, draft: Draft) -> int:
        """How what a draft reads is found: 0 by rule in one array, 1 among numbers that have a formula each,
        2 in several arrays, or by a table, as all that sums of different lengths read.

        A vector of numbers beside an array is 0: x[t] = x[t-1] + h·[v; w].
        """
        inside = [each for each in draft.reads if each.block]
        spread = [each for each in draft.reads if not each.block]
        if draft.is_ragged or any(map(self._gathers, inside)) or not all(map(self._of_numbers, spread)):
            return 2
        beside = any(each.block.size > 1 for each in inside if each.block)
        return int(any(each.index is not None or not beside for each in spread))

    def _of_numbers(self, access: Access) -> bool:
        return all(block.size == 1 for block in blocks_read(access, self.places.blocks))

    def _has_root(self, units: Ints) -> bool:
        """Whether the root is in a group, which is then alone there."""
        return bool(units[-1] == len(self.folded.units) - 1)

    def _application(self, units: Ints) -> Draft:
        """How a group of elementwise operations lies."""
        nodes = self.folded.units[units]
        operands = [self.tape.a[nodes], self.tape.b[nodes]][: ROWS[self.tape.op[nodes[0]]].arity]
        terms = [
            Terms(self.position[ids][:, None], None, 1.0, bool(self.varies[ids[0]]), False)
            for ids in operands
        ]
        dims, order = lay_out(self.places, terms)
        if self._has_root(units):
            dims = ()
        reads = [self.places.access(each.x[order].reshape(dims), each.varies_x) for each in terms]
        return Draft(units[order], dims, tuple(reads))

    def _sums(self, units: Ints) -> Draft:
        """How a group of sums, or of largest or smallest values, lies."""
        counts = self.starts[units + 1] - self.starts[units]
        owner = np.repeat(np.arange(len(units)), counts)
        first = self.starts[units] - np.cumsum(counts) + counts
        terms = np.arange(len(owner)) + np.repeat(first, counts)
        if counts.any() and (counts == counts[0]).all():
            return self._evenly(units, owner, terms)
        segments = self._ragged(*self._factors(terms)[:3], owner)
        return Draft(units, (len(units),), segments=tuple(segments))

    def _evenly(self, units: Ints, owner: Ints, terms: Ints) -> Draft:
        """How sums of as many terms each lie."""
        n = len(units)
        x, z, coefficient, pair = (table.reshape(n, -1) for table in self._factors(terms))
        laid = self._product_of_numbers(x, z, coefficient, pair)
        adds = REDUCTIONS[self.folded.reduction[units[0]]] == "add"
        scaled = row_scale(coefficient, pair) if adds and laid is None else None
        scale, coefficient = scaled or (None, coefficient)
        if laid is None:
            laid = self._laid_out(self._columns(x, z, coefficient, pair), self._has_root(units))
        if laid is None:
            segments = self._ragged(x.ravel(), z.ravel(), coefficient.ravel(), owner)
            laid = (n,), np.arange(n), segments
        dims, order, segments = laid
        scale = None if scale is None else scale[order].reshape(dims)
        return Draft(units[order], dims, segments=tuple(segments), scale=scale)

    def _product_of_numbers(self, x: Ints, z: Ints, coefficient: Any, pair: Ints) -> _Laid | None:
        """How sums lie in which a matrix of plain numbers is multiplied with what is computed, whatever the
        numbers are; None if the sums have the same numbers, which are coefficients, or are no product. Nobody
        writes a coefficient 0: numbers of which some are 0 are a vector."""
        alone = z[0] < 0
        some = (coefficient[0, alone] == 0.0).any() and (coefficient[0, alone] != 0.0).any()
        if len(x) == 1 or not alone.any() or (not some and (coefficient == coefficient[0]).all()):
            return None
        groups = self._split((pair,), x, z, coefficient)
        laid = self._laid_out([groups] if groups else [], is_root=False)
        if laid is None or any(isinstance(each.coefficient, np.ndarray) for each in laid[2]):
            return None
        factors = [access for each in laid[2] if each.kind == "matmul" for access in (each.x, each.z)]
        return laid if any(each and each.block is self.places.blocks[0] for each in factors) else None

    def _laid_out(self, arrangements: Iterable[list[Terms]], is_root: bool) -> _Laid | None:
        """Dims, the order of the sums and the segments, of the first arrangement of the terms that needs no
        gather, or else of the first; None if there is none."""
        first = None
        for groups in arrangements:
            dims, order = lay_out(self.places, groups)
            if is_root:
                dims = ()
            segments = [self._segment(terms, dims, order) for terms in groups]
            laid = dims, order, segments
            read = [access for each in segments for access in (each.x, each.z) if len(order) > 1 or each.z]
            if not any(map(self._gathers, read)):
                return laid
            first = first or laid
        return first

    def _gathers(self, access: Access | None) -> bool:
        """Whether something is read by a table of positions that are not known numbers."""
        return access is not None and access.index is not None and access.block is not self.places.blocks[0]

    def _factors(self, terms: Ints) -> tuple[Ints, Ints, Any, Ints]:
        """Factors of terms with the one from the earlier block first, and which blocks those are."""
        x, z = self.folded.x[terms], self.folded.z[terms]
        blocks = len(self.places.blocks)
        block_x = self.places.number_of_block(x)
        block_z = np.where(z >= 0, self.places.number_of_block(z), blocks)
        swap = (z >= 0) & (block_z < block_x)
        x, z = np.where(swap, z, x), np.where(swap, x, z)
        pair = np.minimum(block_x, block_z) * (blocks + 1) + np.maximum(block_x, block_z)
        return x, z, self.folded.coefficient[terms], pair

    def _columns(self, x: Ints, z: Ints, coefficient: Any, pair: Ints) -> Iterator[list[Terms]]:
        """Sums of T terms each (n, T), split into parts of one kind, in each way in which all sums have the
        same kinds.

        The terms of each sum are sorted by kind, so that of

            W[0,0]·X[0,0] + b[0] + W[0,1]·X[1,0]
            b[1] + W[1,0]·X[0,0] + W[1,1]·X[1,0]

        the first two columns are products of W and X, a part, and the third is b, another. A kind is
        first told by the coefficient and the two arrays, then by less.
        """
        kind = self._kinds(x, z)
        choices = [(coefficient, pair), (coefficient, kind), (pair,), (kind,)]
        pairs = len(np.unique(pair[0]))
        if len(np.unique(pair[0] + 1j * coefficient[0])) > 2 * pairs + 1:  # weights, not a few factors
            choices.insert(0, (pair,))
        for keys in choices:
            groups = self._split(keys, x, z, coefficient)
            if groups is not None:
                yield groups

    def _split(self, keys: tuple[Any, ...], x: Ints, z: Ints, coefficient: Any) -> list[Terms] | None:
        """The terms in parts of equal keys (n, T), if all sums have the same."""
        # A sum that is alone reads along the buffer.
        order = np.lexsort((self.position[x], *keys) if len(x) == 1 else keys, axis=1)
        key = np.stack([np.take_along_axis(each, order, axis=1) for each in keys])
        if (key != key[:, :1]).any():
            return None
        terms = [np.take_along_axis(each, order, axis=1) for each in (x, z, coefficient)]
        changes = (np.diff(key[:, 0], axis=1) != 0.0).any(axis=0)
        edges = [0, *(1 + np.flatnonzero(changes)), x.shape[1]]
        return [self._terms(*(each[:, i:j] for each in terms)) for i, j in pairwise(edges)]

    def _terms(self, x: Ints, z: Ints, coefficient: Any) -> Terms:
        varies_x, varies_z = bool(self.varies[x.flat[0]]), bool(z.flat[0] >= 0 and self.varies[z.flat[0]])
        at_z = self.position[z] if z.flat[0] >= 0 else None
        coefficient = uniform(coefficient)
        if at_z is None and isinstance(coefficient, np.ndarray):
            place = self.places.constant(coefficient)
            if (self.places.constants[place - self.places.blocks[0].start] == coefficient).all():
                at_z, coefficient = place, 1.0
        return Terms(self.position[x], at_z, coefficient, varies_x, varies_z)

    def _ragged(self, x: Ints, z: Ints, coefficient: Any, owner: Ints) -> list[Segment]:
        """Segments of sums of different lengths: per kind of term, the terms of all end to end."""
        kinds = self._kinds(x, z)
        segments = []
        for kind in np.unique(kinds):
            rows = np.flatnonzero(kinds == kind)
            terms = self._terms(x[rows], z[rows], coefficient[rows])
            first = self.places.access(terms.x, terms.varies_x)
            second = None if terms.z is None else self.places.access(terms.z, terms.varies_z)
            segments.append(Segment("ragged", first, second, terms.coefficient, owner[rows]))
        return segments

    def _kinds(self, x: Ints, z: Ints) -> Ints:
        """For each term a number that says whether it has one factor or two, and which have a sample axis."""
        kinds: Ints = np.where(z >= 0, 2 * self.varies[x] + self.varies[z], 4 + self.varies[x])
        return kinds

    def _segment(self, terms: Terms, dims: Dims, order: Ints) -> Segment:
        """Terms as they lie in a block of such dims: a matrix product, or read row by row.

        Laid out as (J, S, T), the positions of W·X are, for J = S = T = 2,

            x  [[0 1] [0 1]]      z  [[6 8] [7 9]]
               [[2 3] [2 3]]         [[6 8] [7 9]]

        x is the same along S and z along J, so out[j, s] = Σₜ x[j, t]·z[s, t], a product.
        """
        T = terms.x.shape[1]
        shape = (*dims, T)
        x = terms.x[order].reshape(shape)
        z = None if terms.z is None else terms.z[order].reshape(shape)
        c = terms.coefficient
        fixed = not isinstance(c, np.ndarray)
        if z is not None and T > 1 and len(dims) == 1 and fixed and not (terms.varies_x or terms.varies_z):
            for p, q in ((x, z), (z, x)):
                if (q == q[:1]).all():
                    return Segment(
                        "matmul", self.places.access(p, False), self.places.access(q[:1], False), c
                    )
        if z is not None and T > 1 and len(dims) > 1 and fixed:
            for p, q, vp, vq in (
                (x, z, terms.varies_x, terms.varies_z),
                (z, x, terms.varies_z, terms.varies_x),
            ):
                rows, columns = p[..., :, :1, :], q[..., :1, :, :]
                if (p == rows).all() and (q == columns).all():
                    return Segment(
                        "matmul",
                        self.places.access(rows[..., 0, :], vp),
                        self.places.access(columns[..., 0, :, :], vq),
                        c,
                    )
        if T == 1:
            x, z = x[..., 0], None if z is None else z[..., 0]
        if not fixed:
            c = c[order].reshape(x.shape)
        first = self.places.access(x, terms.varies_x)
        if z is None:
            return Segment("rows", first, None, c)
        square = terms.varies_x == terms.varies_z and (x == z).all()
        return Segment("rows", first, first if square else self.places.access(z, terms.varies_z), c)


def uniform(values: Any) -> Any:
    """The one number an array is full of, or the array."""
    if values.size == 0:
        return 0.0
    return float(values.flat[0]) if (values == values.flat[0]).all() else values
