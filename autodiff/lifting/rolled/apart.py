"""Apart: formulas that compute several things at once, one for each, in the order of recording.

What runs has one tanh for all that is ready at the same time, that of step t + 1 of one layer and that of
step t of the next. A loop is found only where each has a formula of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import count

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, Segment, access, blocks_read
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Floats, Ints

__all__ = ["apart", "joined_formulas", "rewritten"]


def joined_formulas(plan: Plan) -> list[Block]:
    """What formulas fill that read several computed arrays side by side, element by element."""
    return [formula.block for formula in plan.formulas[:-1] if len(_parts(formula, plan)) > 1]


def apart(plan: Plan, blocks: Collection[Block]) -> tuple[Plan, Mapping[Block, Sequence[Block]]]:
    """A plan in which what fills these blocks is apart, and formulas stand in the order of recording.

    Returns:
        The plan, and what has come of each of the blocks.
    """
    taken = _Taking(plan, blocks)
    formulas = _in_recorded_order(taken.formulas, taken.all_blocks)
    new = replace(
        plan,
        formulas=formulas,
        blocks=taken.all_blocks,
        sizes=(taken.sizes[0], taken.sizes[1]),
        needs=frozenset(part for block in plan.needs for part in taken.parts.get(block, [block])),
        guards=[
            replace(guard, left=taken.moved(guard.left), right=taken.moved(guard.right))
            for guard in plan.guards
        ],
    )
    return new, taken.parts


def _parts(formula: Formula, plan: Plan) -> list[Ints]:
    """Which elements of a formula read the same arrays; all of them, if it is not read one by one."""
    n = formula.block.size
    plain = formula.thing is None and all(segment.kind == "rows" for segment in formula.segments)
    if not plain or formula.reduction != "add" or n < 2:
        return [np.arange(n)]
    keys = [_array_of_each(each, plan).reshape(n, -1) for each in formula.accesses if each.block is None]
    if not keys:
        return [np.arange(n)]
    _, which = np.unique(np.concatenate(keys, axis=1), axis=0, return_inverse=True)
    which = which.ravel()
    return [np.flatnonzero(which == k) for k in dict.fromkeys(which.tolist())]


def _array_of_each(access: Access, plan: Plan) -> Ints:
    """For each element that is read, the number of its array."""
    numbers = np.full(access.shape, -1)
    positions = access.positions
    for number, block in enumerate(plan.blocks_read(access)):
        numbers[(positions >= block.start) & (positions < block.start + block.size)] = number
    return numbers


class _Taking:
    """Takes formulas apart.

    Attributes:
        formulas: of the plan, some of them apart.
        parts: by block that was filled, the blocks that are.
        all_blocks, sizes: of the plan.
    """

    def __init__(self, plan: Plan, blocks: Collection[Block]) -> None:
        self.plan = plan
        self.sizes = [*plan.sizes]
        self._names = {block.symbol for block in plan.blocks}
        self.parts: dict[Block, list[Block]] = {}
        elements: dict[Block, list[Ints]] = {}
        for formula in plan.formulas:
            if formula.block in blocks:
                elements[formula.block] = _parts(formula, plan)
                self.parts[formula.block] = [self._part(formula, where) for where in elements[formula.block]]
        self.all_blocks = [b for block in plan.blocks for b in self.parts.get(block, [block])]
        self._now_at = [np.arange(size) for size in plan.sizes]
        self._block_of = [np.full(size, -1) for size in self.sizes]
        for old, parts in self.parts.items():
            for part, where in zip(parts, elements[old]):
                self._now_at[old.varies][old.start + where] = part.start + np.arange(part.size)
        for number, block in enumerate(self.all_blocks):
            self._block_of[block.varies][block.start : block.start + block.size] = number
        self.formulas = [new for formula in plan.formulas for new in self._apart(formula, elements)]

    def _part(self, formula: Formula, where: Ints) -> Block:
        """A new block for some elements, shaped like what they are read from as a whole."""
        old = formula.block
        dims: tuple[int, ...] = (len(where),)
        for each in formula.accesses:
            if each.size == old.size:
                read = each.positions.ravel()[where]
                whole = next(
                    (b for b in self.plan.blocks if b.varies == each.varies and b.start == read[0]), None
                )
                if whole is not None and np.array_equal(read, whole.start + np.arange(whole.size)):
                    dims = whole.dims
        start = self.sizes[old.varies]
        self.sizes[old.varies] += len(where)
        word = next(w for n in count(1) if (w := f"{old.symbol}_{n}") not in self._names)
        self._names.add(word)
        return Block(start, dims, old.varies, "formula", word, word)

    def moved(self, old: Access) -> Access:
        """An access to where the same numbers are now."""
        if old.block is not None and old.block not in self.parts:
            return old
        return access(
            self._now_at[old.varies][old.positions], old.varies, self.all_blocks, self._block_of[old.varies]
        )

    def _apart(self, formula: Formula, elements: Mapping[Block, Sequence[Ints]]) -> Iterator[Formula]:
        old = formula.block
        if old not in self.parts:
            yield rewritten(formula, old, self.moved)
            return
        for part, where in zip(self.parts[old], elements[old]):

            def some(each: Access, where: Ints = where, part: Block = part) -> Access:
                rest = each.shape[len(old.dims) :]
                positions = each.positions.reshape(old.size, *rest)[where].reshape((*part.dims, *rest))
                now = self._now_at[each.varies][positions]
                return access(now, each.varies, self.all_blocks, self._block_of[each.varies])

            nodes = formula.nodes[where] if len(formula.nodes) else formula.nodes
            yield replace(rewritten(_part_of(formula, where, part), part, some), nodes=nodes)


def _part_of(formula: Formula, where: Ints, part: Block) -> Formula:
    """A formula with the numbers of some elements only."""
    old = formula.block

    def some(numbers: float | Floats, rest: tuple[int, ...]) -> float | Floats:
        if not isinstance(numbers, np.ndarray):
            return numbers
        chosen: Floats = numbers.reshape(old.size, *rest)[where].reshape((*part.dims, *rest))
        return float(chosen.flat[0]) if (chosen == chosen.flat[0]).all() else chosen

    segments = tuple(
        replace(each, coefficient=some(each.coefficient, each.x.shape[len(old.dims) :]))
        for each in formula.segments
    )
    return replace(formula, bias=some(formula.bias, ()), segments=segments)


def rewritten(formula: Formula, block: Block, anew: Callable[[Access], Access]) -> Formula:
    """A formula that fills a block, with its accesses made anew."""
    made = {each: anew(each) for each in formula.accesses}
    segments = tuple(
        _square(replace(s, x=made[s.x], z=None if s.z is None else made[s.z])) for s in formula.segments
    )
    operands = tuple(made[each] for each in formula.operands)
    return replace(formula, block=block, operands=operands, segments=segments, steps=())


def _square(segment: Segment) -> Segment:
    """A segment that multiplies what it reads by itself, as a square; it may have been a product of several
    things at once."""
    x, z = segment.x, segment.z
    alike = z is not None and segment.kind == "rows" and x.varies == z.varies and x.shape == z.shape
    return replace(segment, z=x) if alike and z and np.array_equal(x.positions, z.positions) else segment


def _in_recorded_order(formulas: Sequence[Formula], blocks: Sequence[Block]) -> list[Formula]:
    """Formulas, each after what it reads, and else in the order in which the last of their nodes were
    recorded; the last stays last."""
    number = {formula.block: n for n, formula in enumerate(formulas)}
    reads = [
        {number[b] for each in formula.accesses for b in blocks_read(each, blocks) if b in number}
        for formula in formulas
    ]
    recorded = [int(formula.nodes.max()) if formula.nodes.size else -1 for formula in formulas]
    readers: list[list[int]] = [[] for _ in formulas]
    for reader in range(len(formulas) - 1, -1, -1):
        for read in reads[reader]:
            readers[read].append(reader)
            if not formulas[read].nodes.size:  # a step between others, which the graph has not
                recorded[read] = recorded[reader]
    waiting = [len(each) for each in reads]
    last = len(formulas) - 1
    ready = [(n == last, recorded[n], n) for n, count in enumerate(waiting) if not count]
    heapify(ready)
    found = []
    while ready:
        _, _, n = heappop(ready)
        found.append(formulas[n])
        for reader in readers[n]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heappush(ready, (reader == last, recorded[reader], reader))
    return found
