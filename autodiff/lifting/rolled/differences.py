"""Differences: differences of neighbours, and multiples, that are read side by side: a matrix times an array.

    x[0],  x[1] - x[0],  x[2] - x[1],  -x[2]        D·x  with  D = [1, 0, 0; -1, 1, 0; 0, -1, 1; 0, 0, -1]

are the stretches of the springs in a row of masses between two walls. What runs computes the differences
and the ends apart, as these have one term and those two; a reader has one array, in the order in which it is
read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, Segment, access
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.rolled.apart import rewritten

__all__ = ["with_differences"]

MOST = 400  # numbers of a matrix


def with_differences(plan: Plan) -> tuple[Plan, Mapping[Block, Block]]:
    """The plan with such arrays as one, and by each of them, which."""
    instead: dict[Block, Block] = {}
    rows = {f.block: found for f in plan.formulas[:-1] if (found := _rows(f, plan)) is not None}
    for blocks in _side_by_side(plan, rows) if rows else ():
        plan, joined = _Joining(plan, blocks, rows).joined()
        instead.update(dict.fromkeys(blocks, joined))
    return plan, instead


@dataclass(frozen=True)
class _Rows:
    """Sums of one array with plain numbers: of which, and the numbers (n, size of that)."""

    of: Block
    numbers: Floats

    @property
    def are_differences(self) -> bool:
        """Whether each sum has several terms."""
        return bool(((self.numbers != 0.0).sum(axis=1) > 1).all())


def _rows(formula: Formula, plan: Plan) -> _Rows | None:
    """The formula as a matrix times one array, if it is that."""
    block, read = formula.block, {s.x.block for s in formula.segments}
    if formula.op or formula.thing or formula.reduction != "add" or np.any(formula.bias) or len(read) != 1:
        return None
    (of,) = read
    if of is None or of.role == "constant" or of.varies or block.varies or of.size * block.size > MOST:
        return None
    numbers = np.zeros((block.size, of.size))
    for segment in formula.segments:
        if segment.kind != "rows" or segment.owner is not None:
            return None
        factor: Floats | float = segment.coefficient
        if segment.z is not None:
            if segment.z.block is None or segment.z.block.role != "constant":
                return None
            factor = factor * plan.constants[segment.z.positions - segment.z.block.start]
        at = segment.x.positions.reshape(block.size, -1) - of.start
        which = np.broadcast_to(np.arange(block.size)[:, None], at.shape)
        np.add.at(numbers, (which, at), np.broadcast_to(factor, segment.x.shape).reshape(at.shape))
    return _Rows(of, numbers)


def _side_by_side(plan: Plan, rows: Mapping[Block, _Rows]) -> list[list[Block]]:
    """Arrays of sums of one array that nobody reads but together, or together with that."""
    groups: list[set[Block]] = []
    refused = {block for kept in plan.all_kept for block in kept.blocks}
    refused |= {b for guard in plan.guards for a in (guard.left, guard.right) for b in plan.blocks_read(a)}
    for each in (each for formula in plan.formulas for each in formula.accesses):
        blocks = {*plan.blocks_read(each)}
        sums = next((found for of in blocks if (found := _sums_of(of, blocks - {of}, rows))), None)
        sums = sums or _sums_of(None, blocks, rows)
        if each.block is not None or sums is None:
            refused |= blocks
            continue
        for group in [group for group in groups if group & sums]:
            groups.remove(group)
            sums |= group
        groups.append(sums)
    alike = (group for group in groups if len({rows[block].of for block in group}) == 1)
    alike = (group for group in alike if any(rows[block].are_differences for block in group))
    return [sorted(group, key=lambda block: block.start) for group in alike if not group & refused]


def _sums_of(of: Block | None, blocks: set[Block], rows: Mapping[Block, _Rows]) -> set[Block] | None:
    """The blocks, if they are sums of one array, of this one if there is one."""
    sources = {rows[block].of if block in rows else block for block in blocks}
    return blocks if len(sources) == 1 and blocks <= rows.keys() and (of is None or of in sources) else None


class _Joining:
    """Makes one array of several."""

    def __init__(self, plan: Plan, blocks: Sequence[Block], rows: Mapping[Block, _Rows]) -> None:
        self.plan, self.blocks = plan, blocks
        self.of = of = rows[blocks[0]].of
        positions = [block.start + np.arange(block.size) for block in blocks]
        numbers = [rows[block].numbers for block in blocks]
        beside = {int(p) for each in self._accesses() for p in each.positions.ravel()}
        itself = np.array(sorted(beside & {*range(of.start, of.start + of.size)}), dtype=np.int64)
        positions.append(itself)
        numbers.append(np.eye(of.size)[itself - of.start])
        self.positions = np.concatenate(positions)
        order = self._order()
        self.positions, self.numbers = self.positions[order], np.concatenate(numbers)[order]

    def _accesses(self) -> Iterator[Access]:
        """What reads several of the arrays."""
        for formula in self.plan.formulas:
            for each in formula.accesses:
                if self._is_beside(each):
                    yield each

    def _is_beside(self, each: Access) -> bool:
        return each.block is None and not {*self.blocks}.isdisjoint(self.plan.blocks_read(each))

    def _order(self) -> Ints:
        """The elements in the order in which they are read, where that is one order."""
        number = {int(position): n for n, position in enumerate(self.positions)}
        size = len(number)
        after: dict[int, int] = {}
        for each in self._accesses():
            places = [number[int(position)] for position in each.positions.ravel()]
            for one, other in pairwise(places):
                if after.setdefault(one, other) != other:
                    return np.arange(size)
        order: list[int] = []
        for n in range(size):
            if n not in after.values():
                order.append(n)
                while order[-1] in after:
                    order.append(after[order[-1]])
        return np.array(order) if sorted(order) == [*range(size)] else np.arange(size)

    def _matrix(self) -> tuple[Block, bool]:
        """The block of the numbers, and whether it is new."""
        for block, numbers in self.plan.numbers.items():
            if np.array_equal(numbers, self.numbers):
                return block, False
        taken = {block.symbol for block in self.plan.blocks}
        names = (f"D_{n}" if n > 1 else "D" for n in range(1, len(taken) + 2))
        name = next(word for word in names if word not in taken)
        return Block(self.plan.sizes[False], self.numbers.shape, False, "numbers", name, name), True

    def joined(self) -> tuple[Plan, Block]:
        """The plan with one array in place of the others, and that."""
        D, is_new = self._matrix()
        start = self.plan.sizes[False] + is_new * D.size
        block = replace(self.blocks[0], start=start, dims=(len(self.positions),))
        blocks = [each for each in self.plan.blocks if each not in self.blocks]
        blocks += [D, block] if is_new else [block]
        sizes = (block.start + block.size, self.plan.sizes[True])
        block_of = np.full(sizes[False], -1)
        for number, each in enumerate(blocks):
            if not each.varies:
                block_of[each.start : each.start + each.size] = number
        now = np.arange(sizes[False])
        now[self.positions] = block.start + np.arange(block.size)

        def moved(old: Access) -> Access:
            if old.varies or not (old.block in self.blocks or self._is_beside(old)):
                return old
            return access(now[old.positions], False, blocks, block_of)

        matrix, array = (access(b.start + np.arange(b.size).reshape(dims), False, blocks, block_of)
                         for b, dims in ((D, D.dims), (self.of, (1, self.of.size))))  # fmt: skip
        nodes = np.concatenate([f.nodes for f in self.plan.formulas if f.block in self.blocks])
        product = Formula(block, segments=(Segment("matmul", matrix, array),), nodes=nodes)
        formulas: list[Formula] = []
        for formula in self.plan.formulas:
            if formula.block is self.blocks[-1]:
                formulas.append(product)
            elif formula.block not in self.blocks:
                formulas.append(rewritten(formula, formula.block, moved))
        needs = self.plan.needs
        needs = frozenset({*needs - {*self.blocks}, *([block] if needs & {*self.blocks} else [])})
        numbers = {**self.plan.numbers, D: self.numbers}
        plan = replace(self.plan, formulas=formulas, blocks=blocks, sizes=sizes, needs=needs, numbers=numbers)
        return plan, block
