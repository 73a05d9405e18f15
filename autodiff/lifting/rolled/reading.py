"""Reading: the plan of a program with loops as it is read, with steps as parts of one array each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, Segment, Series, access
from autodiff.lifting.plan import Guard, Plan
from autodiff.lifting.record import Ints
from autodiff.lifting.rolled.families import Families
from autodiff.lifting.rolled.last_step import Rest
from autodiff.lifting.rolled.loop import Loop, Start
from autodiff.lifting.rolled.order import Item
from autodiff.lifting.rolled.pooling import in_series
from autodiff.lifting.rolled.series_names import name_series
from autodiff.lifting.rolled.terms import by_terms, terms_apart

__all__ = ["Reading", "Rolled", "Rounds"]


@dataclass(frozen=True, eq=False)
class Rounds:
    """A loop of a plan that is read.

    Attributes:
        letter: of its index.
        starts: formulas of what its states are before the first step.
        first: the number of the first step; 2 where a formula of its own gives what would be step 1.
        steps: the formulas of each step.
    """

    letter: str
    starts: Sequence[Formula]
    first: int
    steps: Sequence[Sequence[Formula]]


@dataclass(frozen=True, eq=False)
class Rolled:
    """A plan that is read.

    Attributes:
        plan: in which loops stand in a row, step by step, after their starts.
        loops: of it.
        blocks: what each block of the plan that runs is here.
    """

    plan: Plan
    loops: Sequence[Rounds]
    blocks: Mapping[Block, Block]


class Reading:
    """Makes the plan that is read.

    Args:
        plan: that runs.
        loops, rests: found in it.
    """

    def __init__(self, plan: Plan, loops: Sequence[Loop], rests: Mapping[Block, tuple[Loop, Rest]]) -> None:
        self.plan, self.loops, self.rests = plan, loops, rests
        self.sizes = [*plan.sizes]
        self.new: dict[Block, Block] = {b: b for b in plan.blocks if b.role != "formula"}
        self.series: dict[Loop, list[Series]] = {}
        self.first: dict[Loop, int] = {}  # number of the first step
        self._families = Families(plan.blocks)
        members: dict[str, set[int]] = {}
        for stem, numbers in (pair for loop in loops for pair in self._layered(loop)):
            members.setdefault(stem, set()).update(numbers)
        for stem, read in members.items():
            self._make_family(stem, range(min(read), max(read) + 1))
        for loop in loops:
            self._make_series(loop)
        for formula in plan.formulas:
            old = formula.block
            if old not in self.new:
                self.new[old] = replace(old, start=self._room(old.varies, old.size))
        self.blocks = [b for b in self.new.values() if b.role != "formula"]
        self.blocks += [b for b in self.new.values() if b.role == "formula"]
        listed = {*self.blocks}
        self.blocks += [b for s in self.series.values() for each in s for b in each.blocks if b not in listed]
        self.block_of = [np.full(size, -1) for size in self.sizes]
        for number, block in enumerate(self.blocks):
            self.block_of[block.varies][block.start : block.start + block.size] = number

    def _room(self, varies: bool, size: int) -> int:
        self.sizes[varies] += size
        return self.sizes[varies] - size

    def _layered(self, loop: Loop) -> Iterator[tuple[str, Sequence[int]]]:
        """The families of which each step of a loop reads another array, and the numbers of these."""
        for place, form in enumerate(loop.body):
            for n, operand in enumerate(form.operands):
                family = self._families.of(operand.blocks[0]) if operand.blocks else None
                shift = loop.shifts.get((place, n), 0)
                if family is not None and shift:
                    stem, number = family
                    each = shift // operand.blocks[0].size
                    yield stem, [number + each * (step - loop.origin) for step in range(len(loop.filled))]

    def _make_family(self, stem: str, numbers: Sequence[int]) -> None:
        """Given arrays as parts of one."""
        members = self._families.members[stem]
        series = Series(stem, members[numbers[0]].dims, numbers[0], False)
        for number in numbers:
            self.new[members[number]] = part = replace(members[number], series=series, step=number)
            series.blocks.append(part)

    def _make_series(self, loop: Loop) -> None:
        """Blocks side by side for all steps of each place. Where other formulas give what all states are
        before the loop, these fill step 1, and the loop begins with step 2."""
        dims = [loop.body[place].formula.block.dims for place in loop.starts]
        given = [self._formula_giving(*pair) for pair in zip(loop.starts.values(), dims)]
        outside = dict(zip(loop.starts, (block for block in given if block is not None)))
        own = len(outside) == len(given) == len({*outside.values()}) and not loop.fixed & {*outside.values()}
        self.first[loop] = first = 2 if own else 1
        found = []
        for place, form in enumerate(loop.body):
            like = form.formula.block
            olds = [step[place] for step in loop.filled]
            state = place in loop.starts
            if state:
                olds.insert(0, outside[place] if first == 2 else None)
            start = self._room(like.varies, like.size * len(olds))
            symbols = [block.symbol for block in olds if block]
            named = (symbol for symbol in symbols if not re.fullmatch(r"v\d+", symbol))
            series = Series(next(named, symbols[0]), like.dims, first - state, state)
            for step, old in enumerate(olds, series.first):
                block = Block(start, like.dims, like.varies, "formula", series=series, step=step)
                series.blocks.append(block)
                start += like.size
                if old is not None:
                    self.new[old] = block
            found.append(series)
        self.series[loop] = found

    def _formula_giving(self, start: Start, dims: tuple[int, ...]) -> Block | None:
        """The block of these dims that a formula outside of loops fills, which is all of a start and no
        part of anything yet."""
        blocks = (formula.block for formula in self.plan.formulas if formula.block.dims == dims)
        found = next((block for block in blocks if start.is_all_of(block)), None)
        inside = {block for loop in self.loops for block in loop.blocks} | {*self.rests}
        return None if found in inside or found in self.new else found

    def moved(self, old: Access, blocks: Mapping[Block, Block], shift: int = 0) -> Access:
        """An access to the new blocks that others are."""
        if old.block is not None:
            block = blocks[old.block]
            family = self._families.of(old.block)
            if shift and family is not None:
                stem, number = family
                further, shift = divmod(shift, block.size)
                block = self.new[self._families.members[stem][number + further]]
            by = block.start - old.block.start + shift
            index = None if old.index is None else old.index + by
            return replace(old, block=block, offset=old.offset + by, index=index)
        positions = old.positions
        moved = positions.copy()
        for block in self.plan.blocks_read(old):
            here = (positions >= block.start) & (positions < block.start + block.size)
            moved[here] += blocks[block].start - block.start
        return access(moved, old.varies, self.blocks, self.block_of[old.varies])

    def rewritten(self, old: Formula, block: Block, anew: Callable[[Access], Access]) -> Formula:
        """A formula that fills another block, with its accesses made anew."""

        def segment(each: Segment) -> list[Segment]:
            x = anew(each.x)
            if each.z is None and x.block is None and len(x.shape) > len(old.block.dims):
                return by_terms(replace(each, x=x), self.blocks, self.block_of)
            return [replace(each, x=x, z=x if each.z is each.x else each.z and anew(each.z))]

        operands = tuple(map(anew, old.operands))
        segments = tuple(
            in_series([new for each in old.segments for new in segment(each)], block, self._access)
        )
        new = replace(old, block=block, operands=operands, segments=segments, steps=())
        return terms_apart(new, self.blocks, self.block_of)

    def _access(self, positions: Ints) -> Access:
        return access(positions, False, self.blocks, self.block_of[False])

    def whole(self, block: Block, dims: tuple[int, ...]) -> Access:
        """All of a new block, in some shape."""
        positions = block.start + np.arange(block.size).reshape(dims)
        return access(positions, block.varies, self.blocks, self.block_of[block.varies])

    def plan_of(self, order: Iterable[Item]) -> Rolled:
        """The plan with formulas in this order."""
        formulas: list[Formula] = []
        found: list[tuple[Loop, list[Formula], list[list[Formula]]]] = []
        for item in order:
            if isinstance(item, Loop):
                begun = item.starts.items() if self.first[item] == 1 else ()
                starts = [self._start(item, place, start) for place, start in begun]
                steps = [self._step(item, step) for step in range(len(item.filled))]
                found.append((item, starts, steps))
                formulas += [*starts, *(formula for step in steps for formula in step)]
            else:
                formulas.append(self._formula(item))
        layered = [any(True for _ in self._layered(loop)) for loop, _, _ in found]
        letters = name_series(self.blocks, formulas, [self.series[loop] for loop, _, _ in found], layered)
        loops = [
            Rounds(letter, starts, self.first[loop], steps)
            for letter, (loop, starts, steps) in zip(letters, found)
        ]
        needs = {self.new[block] for block in self.plan.needs}
        for series in (each for several in self.series.values() for each in several):
            if needs & {*series.blocks}:
                needs.update(series.blocks)
        guards = [self._guard(guard) for guard in self.plan.guards]
        plan = replace(
            self.plan,
            formulas=formulas,
            blocks=self.blocks,
            sizes=(self.sizes[0], self.sizes[1]),
            wanted=[self.new[block] for block in self.plan.wanted],
            needs=frozenset(needs),
            kept=(),
            outputs=None,
            guards=guards,
        )
        return Rolled(plan, loops, self.new)

    def _formula(self, old: Formula) -> Formula:
        loop, rest = self.rests.get(old.block, (None, None))
        formula = rest.formula if rest else old
        new = self.rewritten(formula, self.new[old.block], lambda each: self.moved(each, self.new))
        if loop is None or rest is None:
            return new
        last = {place: self.series[loop][place].blocks[-1] for place in rest.parts}
        taken = [
            Segment("rows", self.whole(block, new.block.dims), None, rest.parts[place])
            for place, block in last.items()
        ]
        return replace(new, segments=(*taken, *new.segments))

    def _start(self, loop: Loop, place: int, start: Start) -> Formula:
        block = self.series[loop][place].blocks[0]
        if start.positions is None:
            numbers = start.numbers.reshape(block.dims)
            same = bool((numbers == numbers.flat[0]).all())
            return Formula(block, bias=float(numbers.flat[0]) if same else numbers)
        at: Ints = start.positions.reshape(block.dims)
        old = access(at, start.varies, self.plan.blocks, self.plan.block_of[start.varies])
        return Formula(block, segments=(Segment("rows", self.moved(old, self.new), None),))

    def _step(self, loop: Loop, step: int) -> list[Formula]:
        """The formulas of a step, counted from 0."""
        series, number = self.series[loop], step + self.first[loop]
        blocks = dict(self.new)
        blocks.update((block, _at(series[place], number)) for block, place in loop.own.items())
        blocks.update((block, _at(series[place], number - 1)) for block, place in loop.before.items())
        formulas = []
        for place, form in enumerate(loop.body):
            shifts = {
                operand.access: loop.shifts.get((place, n), 0) * (step - loop.origin)
                for n, operand in enumerate(form.operands)
            }
            anew = {each: self.moved(each, blocks, shift) for each, shift in shifts.items()}
            formulas.append(self.rewritten(form.formula, _at(series[place], number), anew.__getitem__))
        return formulas

    def _guard(self, guard: Guard) -> Guard:
        left, right = (self.moved(each, self.new) for each in (guard.left, guard.right))
        return replace(guard, left=left, right=right)


def _at(series: Series, step: int) -> Block:
    return series.blocks[step - series.first]
