"""Search: where in a program formulas repeat."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff.lifting.formula import Block
from autodiff.lifting.record import Ints
from autodiff.lifting.rolled.forms import Form
from autodiff.lifting.rolled.loop import Loop, Start

__all__ = ["find_loops"]

LONGEST = 200  # formulas of a step
TRIED = 20  # that a run is shortened by


class Run(NamedTuple):
    """Formulas from ``first`` to before ``end`` that are each like the one a ``period`` later."""

    first: int
    end: int
    period: int


def find_loops(forms: Sequence[Form]) -> Iterator[list[Loop]]:
    """The loops of a program, which do not overlap; those that save most formulas come first.

    In Z A Z A Z A, where each Z reads the A before it, two loops are of three steps, (Z A) and, of two,
    (A Z); in every one formulas have equal keys, and what a step reads is as far behind it as in the next.

    Yields:
        The rotations of a loop that have fewest states, one of which is to be chosen; or the loops that have
        fewer with formulas postponed to the next step.
    """
    codes: dict[object, int] = {}
    code = np.array([codes.setdefault(form.key, len(codes)) for form in forms])
    index = {form.formula.block: number for number, form in enumerate(forms)}
    taken = np.zeros(len(forms), dtype=bool)
    for run in sorted(_runs(code), key=lambda run: (run.first - run.end + run.period, run.period)):
        run = _free(run, taken)
        if (
            run.end - run.first >= run.period * (2 if run.period > 1 else 3)
            and not taken[run.first : run.end].any()
        ):
            rhythm = _regular(forms, index, run)
            if rhythm is None:
                continue
            run = rhythm.run
            starts = range(run.first, run.first + run.period)
            rotations = {start: loop for start in starts if (loop := rhythm.loop(start)) is not None}
            states = min((len(loop.starts) for loop in rotations.values()), default=0)
            found = [loop for loop in rotations.values() if len(loop.starts) == states]
            if states > 2:
                begins = [start for start, loop in rotations.items() if len(loop.starts) == states]
                found = [*filter(None, (rhythm.postponed(start, states) for start in begins))] or found
            if found:
                taken[run.first : run.end] = True
                yield found


def _free(run: Run, taken: npt.NDArray[np.bool_]) -> Run:
    """A run without what at its ends is another's: of Z A Z A after Y A Y A the A before the first Z."""
    free = np.flatnonzero(~taken[run.first : run.end])
    return (
        run._replace(first=run.first + int(free[0]), end=run.first + int(free[-1]) + 1) if len(free) else run
    )


def _runs(code: Ints) -> Iterator[Run]:
    """Where equal codes repeat."""
    for period in range(1, min(LONGEST, len(code) // 2) + 1):
        equal = np.flatnonzero(np.diff(np.r_[0, code[period:] == code[:-period], 0]))
        for first, end in zip(equal[::2].tolist(), equal[1::2].tolist()):
            if end - first >= period * (1 if period > 1 else 2):
                yield Run(first, end + period, period)


def _regular(forms: Sequence[Form], index: Mapping[Block, int], run: Run) -> _Rhythm | None:
    """The rhythm of a run, if it has one; or of a shorter one, as others may look like it by chance."""
    first, end, period = run
    fronts = [(first + n, end) for n in range(min(period, TRIED) + 1)]
    backs = [(first, end - n) for n in range(1, min(period, TRIED) + 1)]
    for begin, stop in [*fronts, *backs]:
        if stop - begin >= period * (2 if period > 1 else 3):
            rhythm = _Rhythm(forms, index, Run(begin, stop, period))
            if rhythm.regular:
                return rhythm
    return None


class _Rhythm:
    """How far behind a formula of a run lies what it reads.

    Attributes:
        regular: whether that is the same for equal formulas, and each of them reads a step before.
        behind: by place in the period, by operand and by block that it reads, how many formulas; 0 for what
            is no formula of the run, and the same for all.
        shifts: by place and operand, how much further each reads in one array than the one before.
    """

    def __init__(self, forms: Sequence[Form], index: Mapping[Block, int], run: Run) -> None:
        self.forms, self.index, self.run = forms, index, run
        self.behind: dict[tuple[int, int, int], int] = {}
        self.shifts: dict[tuple[int, int], int] = {}
        self.given = False
        self.regular = all(self._place(place) for place in range(run.period))

    def _place(self, place: int) -> bool:
        first, end, period = self.run
        here = range(first + place, end, period)
        for number in range(len(self.forms[here[0]].operands)):
            operands = [self.forms[i].operands[number] for i in here]
            steps = np.diff([operand.first for operand in operands])
            if (steps != steps[0]).any():
                return False
            self.shifts[place, number] = int(steps[0])
            for which, blocks in enumerate(zip(*(operand.blocks for operand in operands))):
                self.given |= blocks[0].role != "formula"
                behind = self._behind(here, blocks)
                if behind is None or (behind and steps[0]):
                    return False
                self.behind[place, number, which] = behind
        return True

    def _behind(self, here: Sequence[int], blocks: Sequence[Block]) -> int | None:
        if any(block.role != "formula" for block in blocks):
            return 0 if all(block.role == blocks[0].role for block in blocks) else None
        if all(block is blocks[0] for block in blocks):
            return 0 if self.index.get(blocks[0], -1) < self.run.first else None
        back = {i - self.index[b] for i, b in zip(here, blocks) if self.index.get(b, -1) >= self.run.first}
        outside = [i for i, b in zip(here, blocks) if self.index.get(b, -1) < self.run.first]
        if len(back) != 1:
            return None
        distance = back.pop()
        return distance if all(i - distance < self.run.first for i in outside) else None

    def postponed(self, start: int, states: int) -> Loop | None:
        """The loop whose steps begin at a formula, with formulas that only the next step reads as its own:
        M[t+1] = a²·p[t], of which M is a state, as M[t] = a²·p[t-1]. With a formula go those of its step that
        read it. None if it has not fewer than so many states."""
        period = self.run.period
        read_by: dict[int, set[int]] = {}
        for place in reversed(range(period)):
            read_by.setdefault(place, {place})
            original = (start + place - self.run.first) % period
            for (reader, _, _), behind in self.behind.items():
                if reader == original and 0 < behind <= place:
                    read_by.setdefault(place - behind, {place - behind}).update(read_by[place])
        best, late = None, frozenset[int]()
        while True:
            tried = [
                (each, self.loop(start, each))
                for places in read_by.values()
                if (each := late | places) > late
            ]
            fewest = [
                (len(loop.starts), -len(each), each, loop)
                for each, loop in tried
                if loop is not None and len(loop.starts) <= states - (best is None)
            ]
            if not fewest:
                return best
            states, _, late, best = min(fewest, key=lambda each: each[:2])

    def loop(self, start: int, late: Collection[int] = ()) -> Loop | None:
        """The loop whose steps begin at a formula, if there are some, and each reads the one before. Two
        steps are a loop only if they read something that is given.

        Args:
            start: number of a formula.
            late: places that are filled by the next step, before all others.
        """
        first, end, period = self.run
        count = (end - start) // period
        if not self.regular or not count or (end - first < 3 * period and not self.given):
            return None
        order = [*range(period)]
        if late:  # the first step may not have all of them
            order.sort(key=lambda place: place not in late)
            start, count = start + period, count - 1
            if not count:
                return None
        offsets = [place - period * (place in late) for place in order]
        new = {place: number for number, place in enumerate(order)}
        before: dict[Block, int] = {}
        shifts: dict[tuple[int, int], int] = {}
        alike: set[Block] = set()  # what all steps read
        for number_of_place, offset in enumerate(offsets):
            form, original = self.forms[start + offset], (start + offset - first) % period
            for number, operand in enumerate(form.operands):
                shifts[number_of_place, number] = self.shifts[original, number]
                for which, block in enumerate(operand.blocks):
                    behind = self.behind[original, number, which]
                    if not behind:
                        alike.add(block)
                    lag, source = divmod(offset - behind, period)
                    lag += source in late
                    if behind and (
                        lag not in (0, -1) or (lag and before.setdefault(block, new[source]) != new[source])
                    ):
                        return None
        if alike & before.keys():  # x ← x₀ + A·x begins with x₀, and is told apart from that in later steps
            return self.loop(start + period, late) if count > 1 else None
        filled = [
            [self.forms[step + offset].formula.block for offset in offsets]
            for step in range(start, start + count * period, period)
        ]
        if not filled or not before or len({*before.values()}) != len(before):
            return None
        starts = {place: Start.of(block) for block, place in before.items()}
        return Loop([self.forms[start + offset] for offset in offsets], 0, filled, shifts, before, starts)
