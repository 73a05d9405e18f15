"""Apart: what is done alike to two arrays is done to each, where a formula of both would have to gather.

    A / √Σ A²   and   B / √Σ B²             the columns of two matrices by their lengths

are one group, as long as only operations count. Joined they would read from two arrays, laid end to end; a
reader has a formula for each. So are H·P and P·Hᵀ, of which one reads the columns of P and the other its
rows. What is left is drafted, and if the draft reads several arrays at once, or by a table, it is drafted in
parts, too, by the arrays that the parts read, as A - P and A - N.
Where the sums of a group have more and more terms, as in causal attention,
all groups stay whole: they are completed to products of matrices later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autodiff.lifting.find.draft import Draft, Drafts
from autodiff.lifting.find.fold import APPLY, Folded
from autodiff.lifting.find.hashing import mix
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.find.roles import Bools
from autodiff.lifting.record import Ints

__all__ = ["Apart"]

FEW = 3  # arrays that a group is taken apart for


class Apart:
    """Takes groups apart, one after the other, while those before have their places."""

    def __init__(self, folded: Folded, places: Placement, drafts: Drafts) -> None:
        self.folded, self.places, self._drafts, self.tape = folded, places, drafts, drafts.tape
        self._starts = np.searchsorted(folded.owner, np.arange(len(folded.units) + 1))

    def drafts(self, groups: Sequence[Ints]) -> Iterator[Draft]:
        """The groups, or their parts. The next may be asked for when the last has its place."""
        whole = any(self._grows(units) for units in groups)
        for group in groups:
            for units in [group] if whole else self._of_group(group):
                draft = self._drafts.of(units)
                yield from [draft] if whole or len(units) == 1 else self._unmixed(draft, units)

    def _unmixed(self, draft: Draft, units: Ints) -> list[Draft]:
        """A draft, or those of a few parts, each of which finds what it reads by a simpler rule. More than
        two results of arrays of their own stay together, as the last states of some recurrences."""
        mixing = self._drafts.mixing(draft)
        for way in self._ways(units) if mixing else ():
            if draft.is_ragged or len(units) == 2 or min(map(len, way)) > 1:  # else a number joins an array
                parts = [self._drafts.of(part) for part in way]
                if all(self._drafts.mixing(part) < mixing for part in parts):
                    return parts
        return [draft]

    def _ways(self, units: Ints) -> Iterator[list[Ints]]:
        """The units in a few parts by the arrays that they read; numbers with a formula each first count as
        one array."""
        applied = bool(self.folded.reduction[units[0]] == APPLY)
        owner, nodes = self._read(units, applied)
        blocks = self.places.number_of_block(nodes)
        alone = np.array([block.role == "formula" and block.size == 1 for block in self.places.blocks])
        for arrays in (np.where(alone[blocks], -1, blocks), blocks):
            once = np.unique(np.stack([owner, arrays]), axis=1)  # sums of two and of three are alike
            parts = _parts(*once)
            if 1 < len(parts) <= FEW and not (applied and self._belong_together(parts, owner, nodes, blocks)):
                yield [units[part] for part in parts]

    def _grows(self, units: Ints) -> bool:
        counts = self._counts(units)
        return bool((counts != counts[0]).any()) and len(np.unique(counts)) > 2

    def _counts(self, units: Ints) -> Ints:
        counts: Ints = self._starts[units + 1] - self._starts[units]
        return counts

    def _of_group(self, units: Ints) -> list[Ints]:
        """The units by the arrays that they read, if each part has arrays of its own."""
        applied = bool(self.folded.reduction[units[0]] == APPLY)
        if not applied and (sides := self._multiples(units) or self._rows_and_columns(units)):
            return sides
        if len(units) < (4 if applied else 2) or self._alike(units, applied):
            return [units]
        owner, nodes = self._read(units, applied)
        blocks = self.places.number_of_block(nodes)
        parts = _parts(owner, blocks)
        if not 1 < len(parts) <= FEW or not (applied or self._of_one_kind(units, parts)):
            return [units]
        if applied and self._belong_together(parts, owner, nodes, blocks):
            return [units]
        mine = [np.isin(owner, part) for part in parts]
        own = len(units) >= 4 and all(self._own_arrays(each, owner, nodes, blocks) for each in mine)
        if not own and (applied or not all(self._whole_arrays(nodes[each], blocks[each]) for each in mine)):
            return [units]
        return [units[part] for part in parts]

    def _multiples(self, units: Ints) -> list[Ints]:
        """Multiples of an array by one number apart from those by another, as of 2·s and -2·s."""
        first = self._starts[units]
        if len(units) < 4 or (self._counts(units) != 1).any() or (self.folded.z[first] >= 0).any():
            return []
        numbers = np.unique(self.folded.coefficient[first])
        if not 1 < len(numbers) <= FEW or len(units) % len(numbers):
            return []
        parts = [units[self.folded.coefficient[first] == number] for number in numbers]
        nodes = [np.sort(self.folded.x[self._starts[part]]) for part in parts]
        alike = all(np.array_equal(each, nodes[0]) for each in nodes[1:])
        return parts if alike else []

    def _rows_and_columns(self, units: Ints) -> list[Ints]:
        """Sums over all rows of a matrix apart from those over all its columns, as in H·P and P·Hᵀ."""
        counts = self._counts(units)
        if len(units) < 4 or counts[0] < 2 or (counts != counts[0]).any():
            return []
        owner, nodes = self._read(units, applied=False)
        numbers = self.places.number_of_block(nodes)
        for number in np.unique(numbers).tolist():
            block, mine = self.places.blocks[number], numbers == number
            reads = np.bincount(owner[mine], minlength=len(units))
            readers = np.flatnonzero(reads)
            if block.role == "constant" or len(block.dims) != 2 or reads.max() < 2 or np.ptp(reads[readers]):
                continue
            position = self.places.position[nodes[mine]]
            table = position[np.lexsort((position, owner[mine]))].reshape(len(readers), -1)
            steps = np.diff(table, axis=1)
            parts = [np.flatnonzero(steps[:, 0] == step) for step in np.unique(steps[:, 0])[:3]]
            along = len(parts) == 2 and bool((steps == steps[:, :1]).all())
            if along and all(len(np.unique(table[part])) == block.size for part in parts):
                rest = units[reads == 0]
                return [*(units[readers[part]] for part in parts), *([rest] if len(rest) else [])]
        return []

    def _of_one_kind(self, units: Ints, parts: Sequence[Ints]) -> bool:
        """Whether sums are more than weighed elements: the targets t and 1 - t of a loss belong together."""
        if self._counts(units).max() > 1 or self.folded.adds[units].any():
            return True
        first = self._starts[units]
        several = bool((self.folded.z[first] >= 0).any())
        return several or all(np.ptp(self.folded.coefficient[first[part]]) == 0.0 for part in parts)

    def _belong_together(self, parts: Sequence[Ints], owner: Ints, nodes: Ints, blocks: Ints) -> bool:
        """Whether parts read arrays of one shape, of which one is made of another, as a and 1 - a."""
        shapes = {self.places.blocks[n].dims for n in np.unique(blocks).tolist() if n}
        others = (blocks[~np.isin(owner, part)] for part in parts)
        made = (self._made_of(nodes[owner == part[0]], other) for part, other in zip(parts, others))
        return len(shapes) == 1 and any(made)

    def _made_of(self, nodes: Ints, blocks: Ints) -> bool:
        """Whether nodes are made of some arrays at once: log(a) and log(1 - a) belong together."""
        for node in nodes.tolist():
            unit = int(np.searchsorted(self.folded.units, node))
            if unit < len(self.folded.units) and self.folded.units[unit] == node:
                _, read = self._read(np.array([unit]), bool(self.folded.reduction[unit] == APPLY))
                found = self.places.number_of_block(read)
                if (np.isin(found, blocks) & (found != 0)).any():
                    return True
        return False

    def _alike(self, units: Ints, applied: bool) -> bool:
        """Whether all units begin and end with one array, which is quick to see, or some are empty sums."""
        if not applied and not self._counts(units).all():
            return True
        top = self.folded.units[units]
        if applied:
            ends = [self.tape.a[top]]
            if (self.tape.b[top] >= 0).all() and not self.places.number_of_block(ends[0]).any():
                ends = [self.tape.b[top]]  # numbers over arrays
        else:
            ends = [self.folded.x[self._starts[units]], self.folded.x[self._starts[units + 1] - 1]]
        numbers = [self.places.number_of_block(each) for each in ends]
        return all(bool((each == each[0]).all()) for each in numbers)

    def _read(self, units: Ints, applied: bool) -> tuple[Ints, Ints]:
        """The nodes that units read, and which of the units each is of."""
        if applied:
            top = self.folded.units[units]
            owner = np.tile(np.arange(len(units)), 2)
            nodes = np.concatenate([self.tape.a[top], self.tape.b[top]])
        else:
            one, terms = self._terms(units)
            owner = np.tile(one, 2)
            nodes = np.concatenate([self.folded.x[terms], self.folded.z[terms]])
        return owner[nodes >= 0], nodes[nodes >= 0]

    def _terms(self, units: Ints) -> tuple[Ints, Ints]:
        """Which of the units each term is of, and the terms."""
        counts = self._counts(units)
        owner = np.repeat(np.arange(len(units)), counts)
        return owner, np.arange(len(owner)) + np.repeat(
            self._starts[units] - np.cumsum(counts) + counts, counts
        )

    def _own_arrays(self, mine: Bools, owner: Ints, nodes: Ints, blocks: Ints) -> bool:
        """Whether a part reads computed arrays, all of each or rows and columns of it, which nobody else
        reads, and as much of them for each of its units."""
        counts = np.bincount(owner[mine])
        counts = counts[counts > 0]
        if (counts != counts[0]).any():
            return False
        computed = [n for n in np.unique(blocks[mine]).tolist() if self.places.blocks[n].role == "formula"]
        alone = len(counts) == 1  # one sum, of whatever numbers
        whole = all(
            not (blocks[~mine] == n).any() and (alone or self._is_part(nodes[mine & (blocks == n)], n))
            for n in computed
        )
        return whole and any(self.places.blocks[n].size > 1 for n in computed)

    def _whole_arrays(self, nodes: Ints, blocks: Ints) -> bool:
        """Whether of each computed array all is read, every element as often as the others."""
        computed = [n for n in np.unique(blocks).tolist() if self.places.blocks[n].role == "formula"]
        counts = [
            np.bincount(self.places.position[nodes[blocks == n]] - self.places.blocks[n].start)
            for n in computed
        ]
        several = any(len(each) > 1 for each in counts)
        return several and all(
            len(each) == self.places.blocks[n].size and np.ptp(each) == 0 for n, each in zip(computed, counts)
        )

    def _is_part(self, nodes: Ints, number: int) -> bool:
        """Whether nodes are all of a block, or what is in rows and columns of it that follow each other."""
        block = self.places.blocks[number]
        local = np.unique(self.places.position[nodes]) - block.start
        if len(local) == block.size:
            return True
        if not 1 <= len(block.dims) <= 2 or len(local) < 2:
            return False
        places = np.unravel_index(local, block.dims)
        return len(local) == np.prod([1 + np.ptp(axis) for axis in places])


def _parts(owner: Ints, tokens: Ints) -> list[Ints]:
    """The owners of equal tokens, in whatever order; at most one part more than a few."""
    key = np.zeros(int(owner.max()) + 1, dtype=np.int64)
    with np.errstate(over="ignore"):
        np.add.at(key, owner, mix(tokens))
    _, which = np.unique(key, return_inverse=True)
    return [np.flatnonzero(which == number) for number in range(min(int(which.max()) + 1, FEW + 1))]
