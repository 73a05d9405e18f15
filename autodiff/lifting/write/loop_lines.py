"""Loop lines: the passes of a program with loops, each step of which is written by itself and then all
steps as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autodiff.lifting.block_names import with_below
from autodiff.lifting.formula import Access, Block, Formula, Series
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Ints
from autodiff.lifting.rolled import Rolled, Rounds
from autodiff.lifting.write.algebra import number, together
from autodiff.lifting.write.backward_lines import BackwardLines, Guard
from autodiff.lifting.write.forward_lines import ForwardLines
from autodiff.lifting.write.indexed import indexed_lines, summed
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular import RegularFormulas
from autodiff.lifting.write.rendered import Index, Line, Rendered, Shape, assignment, shown
from autodiff.lifting.write.stacks import Stack

__all__ = ["LoopedBackward", "forward_lines"]


def forward_lines(
    rolled: Rolled, operands: Operands, regular: RegularFormulas
) -> tuple[list[Line], dict[Block, Line]]:
    """The lines of the forward pass, and by block those of single formulas."""
    writer = ForwardLines(operands, regular)
    line_of = {f.block: writer.formula(f)._replace(fills=(f.block,)) for f in rolled.plan.formulas}
    loop_of = {formula.block: loop for loop in rolled.loops for step in loop.steps for formula in step}
    starts = {formula.block for loop in rolled.loops for formula in loop.starts}
    lines = [_given(each) for each in _families(rolled.plan)]
    made = [each for each in _series(rolled.loops) if each.blocks[-1] not in operands.inline]
    lines += [_made(each, "", operands) for each in made]
    done: set[Rounds] = set()
    for formula in rolled.plan.formulas:
        loop = loop_of.get(formula.block)
        if loop is None and formula.block not in {*operands.inline, *starts}:
            lines.append(line_of[formula.block])
        elif loop is not None and loop not in done:
            done.add(loop)
            steps = [
                [line_of[each.block] for each in step if each.block not in operands.inline]
                for step in loop.steps
            ]
            found = indexed_lines(steps, loop.letter, range(loop.first, loop.first + len(steps)))
            begun = tuple(line_of[each.block] for each in loop.starts)
            if found[0].loop is not None:
                found[0] = found[0]._replace(starts=begun)
                begun = ()
            lines += [*begun, *found]
    return lines, line_of


def _series(loops: Iterable[Rounds]) -> list[Series]:
    """The arrays whose parts loops fill."""
    found = (each.block.series for loop in loops for each in (*loop.starts, *loop.steps[0]))
    return [*dict.fromkeys(series for series in found if series is not None)]


def _families(plan: Plan) -> list[Series]:
    """The series of arrays that are given."""
    found = (block.series for block in plan.blocks if block.role != "formula")
    return [*dict.fromkeys(series for series in found if series is not None)]


def _given(series: Series) -> Line:
    """The statement of the source that puts given arrays together."""
    parts = ["None"] * series.first + [block.symbol for block in series.blocks]
    return Line(series.symbol, series.dims, "", f"{series.symbol} = [{', '.join(parts)}]", "")


def _made(series: Series, prefix: str, operands: Operands) -> Line:
    """The statement of the source that makes an array for all steps; what is printed needs none."""
    name = prefix + series.symbol
    dims = operands.shape(series.blocks[-1])
    shape: Shape = (series.blocks[-1].step + 1, *dims)
    return Line(name, shape, "", f"{name} = np.zeros({shown(shape)})", "")


class LoopedBackward(BackwardLines):
    """Writes the backward pass of a program with loops.

    Of a state that a step reads of the one before, H[t-1], the cotangent is begun with the share that it
    gets from step t; what it gets in its own step is added later. So all steps are written alike, the last
    one, too, which has no step behind it.
    """

    def __init__(self, rolled: Rolled, operands: Operands, guard: Guard, regular: RegularFormulas) -> None:
        super().__init__(operands, guard, regular)
        self._loops = rolled.loops
        self._loop: Rounds | None = None
        self._step = 0
        self._of_loop: set[Block] = set()
        self._before: list[Line] = []  # lines that come before those of the present loop, and after
        self._after: list[Line] = []
        self._made_for_loop: set[Block] = set()  # cotangents to parts of which it adds
        self._added: set[Series] = set()  # those of which steps hand on what is added to something
        self._tags: dict[Block, list[tuple[Rounds | None, int]]] = {}  # where each share comes from

    def lines(self) -> list[Line]:
        """All lines."""
        loop_of = {each.block: loop for loop in self._loops for step in loop.steps for each in step}
        lines = [
            _made(each, "d", self.operands)
            for each in [*_series(self._loops), *_families(self.plan)]
            if self.is_needed(each.blocks[-1]) and each.blocks[-1] not in self.operands.inline
        ]
        done: set[Rounds] = set()
        for formula in reversed(self.plan.formulas):
            loop = loop_of.get(formula.block)
            if loop is None:
                lines += self.formula(formula)
            elif loop not in done:
                done.add(loop)
                lines += self._round(loop)
        return lines

    def arrays_read(self, access: Access) -> list[Block]:
        stack = self.operands.stacks.of(access)
        return super().arrays_read(access) if stack is None else [stack]

    def is_needed(self, block: Block) -> bool:
        return super().is_needed(block.parts[-1] if isinstance(block, Stack) else block)

    def _round(self, loop: Rounds) -> list[Line]:
        """The lines of a loop."""
        series = _series([loop])
        blocks = [block for each in series for block in each.blocks]
        self._loop, self._of_loop, self._before, self._after = loop, {*blocks}, [], []
        self._made_for_loop = set()
        handed = [line for block in blocks for line in self._line(block, self._sign(block))]
        self._added = {each for each in series if any(block in self.begun for block in each.blocks[:-1])}
        for state in (each for each in series if each.state and self.is_needed(each.blocks[-1])):
            last = state.blocks[-1]
            if last not in self.reached and not _read_in(loop.steps[-1], last):
                handed.append(assignment(self.operands.name(last, "d"), " = ", number(0.0)))
                self.begun.add(last)
                self.reached.add(last)
        steps = []
        falling = range(loop.first + len(loop.steps) - 1, loop.first - 1, -1)
        for self._step, step in zip(falling, reversed(loop.steps)):
            lines = [line for each in reversed(step) for line in self.formula(each)]
            earlier = [each.blocks[self._step - 1 - each.first] for each in series if each.state]
            steps.append(lines + [line for block in earlier for line in self._handed_back(block)])
        found = indexed_lines(steps, loop.letter, falling)
        self._loop, self._of_loop = None, set()
        return [*self._before, *handed, *found, *self._after]

    def _assigned(self, block: Block, value: Rendered) -> None:
        super()._assigned(block, value)
        self._tags.setdefault(block, []).append((self._loop, self._step))

    def _give(
        self, access: Access, value: Rendered, shape: Shape, transposed: Rendered | None = None
    ) -> Iterator[Line]:
        yield from super()._give(access, value, shape, transposed)
        stack = self.operands.stacks.of(access)
        if stack is not None:
            begun = self._loop is not None or any(part in self.begun for part in stack.parts)
            yield from self._line(stack, " += " if begun else " = ")
            self.reached.update(stack.parts)
            self.begun.update(stack.parts)

    def _handed_back(self, block: Block) -> Iterator[Line]:
        """The line of what a step hands to a state of the one before."""
        sign = " += " if block.series in self._added or block in self.begun else " = "
        yield from self._line(block, sign)

    def _sign(self, block: Block) -> str:
        return " += " if block in self.begun else " = "

    def _line(self, block: Block, sign: str) -> Iterator[Line]:
        """The line of all shares of a part of a series that have none yet."""
        shares = self.pending.pop(block, [])
        self._tags.pop(block, None)
        if shares:
            target = self.operands.name(block, "d")
            total = together([s.filled(target.shape) if s.number is None else s for s in shares])
            self.begun.add(block)
            yield assignment(target, sign, total.filled(target.shape))

    def _finished(self, block: Block, more: bool = False) -> Iterator[Line]:
        series = block.series
        if series is not None and block not in self._of_loop:
            yield from self._line(block, self._sign(block))
            return
        if series is not None:
            if block.step == self._step:
                yield from self._line(block, " += " if series.state else self._sign(block))
            return
        lines = self._with_sums(block, more)
        if self._loop is not None and not more:
            self._after += lines
            return
        yield from lines

    def _with_sums(self, block: Block, more: bool) -> list[Line]:
        """The line of a cotangent, the shares of a loop's steps as a sum over the steps."""
        shares, tags = self.pending.get(block, []), self._tags.pop(block, [])
        ranges: list[Index] = []
        joined: list[Rendered] = []
        for loop in dict.fromkeys(loop for loop, _ in tags):
            mine = [(step, share) for share, (other, step) in zip(shares, tags) if other is loop]
            if loop is None or (more and loop is self._loop):
                joined += [share for _, share in mine]
                continue
            terms = {
                step: together([share for other, share in mine if other == step])
                for step in dict.fromkeys(step for step, _ in mine)
            }
            found, index = summed([*terms.values()], loop.letter, [*terms])
            joined += found
            ranges += [index] if index else []
        if shares:
            self.pending[block] = joined
        return [line._replace(ranges=(*ranges,)) for line in super()._finished(block, more)]

    def _scattered(
        self, block: Block, several: bool, target: Ints, value: Rendered, small: Rendered
    ) -> Iterator[Line]:
        if block.series is not None:
            self.begun.add(block)
            if isinstance(block, Stack):
                self.begun.update(block.parts)
        elif self._loop is not None:
            self._own(block)
            line = None if several else self._added_in_place(block, target, value)
            if line is not None:
                self.reached.add(block)
                yield from self._finished(block, more=True)
                yield line
                return
        yield from super()._scattered(block, several, target, value, small)

    def _own(self, block: Block) -> None:
        """Before a loop that adds to parts of a cotangent, the line of what it has from elsewhere, and the
        statement that makes an array of it that nothing else is a view of."""
        if block in self._made_for_loop:
            return
        self._made_for_loop.add(block)
        both = [*zip(self.pending.pop(block, []), self._tags.pop(block, []))]
        here = [pair for pair in both if pair[1][0] is self._loop]
        earlier = [pair for pair in both if pair[1][0] is not self._loop]
        if earlier:
            self._put(block, earlier)
            self._before += self._finished(block, more=True)
        if here:
            self._put(block, here)
        whole = self.operands.name(block, "d")
        zeros = f"np.zeros({shown(whole.shape)})"
        code = f"np.array({whole.numpy})" if block in self.begun else zeros
        self._before.append(Line(whole.numpy, whole.shape, "", f"{whole.numpy} = {code}", ""))
        self.begun.add(block)

    def _put(self, block: Block, shares: Sequence[tuple[Rendered, tuple[Rounds | None, int]]]) -> None:
        self.pending[block] = [share for share, _ in shares]
        self._tags[block] = [tag for _, tag in shares]

    def _added_in_place(self, block: Block, target: Ints, value: Rendered) -> Line | None:
        """The line that adds a value to a part of a cotangent that subscripts lead to, if they do."""
        view, name = self.operands.view(block, target, exact=True), self.operands.name(block)
        if view is None or not re.fullmatch(r"(\[[^]]+\])+", view.numpy.removeprefix(name.numpy)):
            return None
        whole, value = self.operands.name(block, "d"), value.filled(view.shape)
        seen, shape = view, view.shape
        if view.before is not None:  # a row, as which it is written on the left
            seen, value, shape = view.before, value.turned, (1, *view.shape)[-2:]
        subscripts = seen.text.removeprefix(name.text)
        below = subscripts[1:-1].replace("…", r"\dots")
        code = whole.numpy + view.numpy.removeprefix(name.numpy)
        part = Rendered(whole.text + subscripts, code, with_below(whole.latex, below), view.shape)
        return assignment(part, " += ", value)._replace(shape=shape)


def _read_in(step: Sequence[Formula], block: Block) -> bool:
    return any(_is(access, block) for formula in step for access in formula.accesses)


def _is(access: Access, block: Block) -> bool:
    return access.block is block
