"""Rolling: finds the loops of a program, and whether formulas are to be taken apart for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autodiff.lifting.formula import Block
from autodiff.lifting.plan import Plan
from autodiff.lifting.rolled.apart import apart, joined_formulas
from autodiff.lifting.rolled.differences import with_differences
from autodiff.lifting.rolled.first_step import with_first_step
from autodiff.lifting.rolled.flat import with_flat
from autodiff.lifting.rolled.forms import Form, forms_of
from autodiff.lifting.rolled.gates import with_gates
from autodiff.lifting.rolled.last_step import Rest, with_last_step
from autodiff.lifting.rolled.loop import Loop
from autodiff.lifting.rolled.order import ordered
from autodiff.lifting.rolled.reading import Reading, Rolled
from autodiff.lifting.rolled.search import find_loops
from autodiff.lifting.rolled.terms import terms_apart

__all__ = ["blocks_by_step", "roll"]

SIDE_BY_SIDE = 4  # formulas that are rather read than one that reads several arrays side by side


def roll(plan: Plan) -> Rolled:
    """A plan with its loops found. What is computed is the same, number by number and up to rounding,
    but for terms like W·H[0] with H[0] = 0 that the graph may have folded, to 0·W for instance.

    Formulas that compute several things at once are taken apart where that makes loops."""
    plan, gates, _ = with_gates(with_flat(plan))
    plan, differences = with_differences(plan)
    rolled = _rolled(plan)
    found = {
        old: rolled.blocks[new] for old, new in (*gates.items(), *differences.items()) if new in rolled.blocks
    }
    return replace(rolled, blocks={**rolled.blocks, **found})


def _rolled(plan: Plan) -> Rolled:
    found = _Found(plan)
    joined = joined_formulas(plan)
    other, parts = apart(plan, joined)
    better = _Found(other)
    useful = [block for block in joined if better.looped & {*parts[block]}]
    if len(useful) < len(joined):
        other, parts = apart(plan, useful)
        better = _Found(other)
    if better.cost >= found.cost:
        return found.rolled()
    rolled = better.rolled()
    now = {block: parts.get(block, [block])[-1] for block in plan.blocks}  # steps of things have none
    return replace(
        rolled, blocks={old: rolled.blocks[new] for old, new in now.items() if new in rolled.blocks}
    )


def blocks_by_step(plan: Plan) -> dict[str, list[Block | None]]:
    """By the name of what the steps of a loop fill, the block of each step from the first; None where what
    runs has none for it."""
    rolled = roll(plan)
    old_of = {new: old for old, new in rolled.blocks.items() if old.size == new.size}
    series = {block.series: None for block in rolled.plan.blocks if block.series and block.role == "formula"}
    return {
        each.symbol: [old_of.get(block) for block in each.blocks if block.step > 0] for each in series if each
    }


class _Found:
    """The loops of a plan.

    Attributes:
        looped: the blocks that they fill.
        cost: how many formulas are left to be written; those that read several arrays side by side, which
            the notation has no word for, count several times.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        forms = forms_of(plan)
        found = [*find_loops(forms[:-1])]
        while True:
            self.loops, self.rests = _extended(found, forms[:-1])
            order = ordered(forms, self.loops, self.rests)
            if order is not None:
                break
            found.pop()  # one of them waits for what waits for it
        self.order = order
        self.looped = {block for loop in self.loops for block in loop.blocks} | {*self.rests}
        places = {
            block: form.formula.block
            for loop in self.loops
            for step in loop.filled
            for block, form in zip(step, loop.body)
        }
        single = [form for form in forms if form.formula.block not in self.looped]
        written = [*single, *(form for loop in self.loops for form in loop.body)]
        reads = [{places.get(b, b) for b in operand.blocks} for form in written for operand in form.operands]
        self.cost = len(written) + SIDE_BY_SIDE * sum(len(arrays) > 1 for arrays in reads)

    def rolled(self) -> Rolled:
        """The plan that is read."""
        if not self.loops:
            plan, block_of = self.plan, self.plan.block_of
            formulas = [terms_apart(formula, plan.blocks, block_of) for formula in plan.formulas]
            return Rolled(replace(plan, formulas=formulas), (), {block: block for block in plan.blocks})
        return Reading(self.plan, self.loops, self.rests).plan_of(self.order)


def _extended(
    found: Sequence[Sequence[Loop]], forms: Sequence[Form]
) -> tuple[list[Loop], dict[Block, tuple[Loop, Rest]]]:
    """Loops with the steps before and after them that are theirs, too, of rotations the one with most
    steps; and by block the formulas of which a part is a loop's last step."""
    by_block = {form.formula.block: form for form in forms}
    theirs = [{*rotations[0].blocks} for rotations in found]
    free = {block: form for block, form in by_block.items() if not any(block in mine for mine in theirs)}
    loops: list[Loop] = []
    rests: dict[Block, tuple[Loop, Rest]] = {}
    taken: set[Block] = set()
    for number, rotations in enumerate(found):
        mine, smaller = theirs[number], theirs[number + 1 :]
        if mine <= taken:  # stages of the first step of a larger one look like steps
            continue
        free.update((block, by_block[block]) for block in mine)
        inner = {block: by_block[block] for blocks in smaller for block in blocks - taken}
        loop, rest = _longest(rotations, {**free, **inner})
        more = {*loop.blocks} | ({rest.formula.block} if rest else set())
        if any(blocks & more and not blocks <= {*loop.blocks} for blocks in smaller):
            loop, rest = _longest(rotations, free)
        if len(loop.filled) > (2 if _of_layers(loop) else 1):
            loops.append(loop)
            taken.update(loop.blocks)
            for block in loop.blocks:
                free.pop(block, None)
            if rest is not None:
                del free[rest.formula.block]
                rests[rest.formula.block] = (loop, rest)
    return loops, rests


def _longest(rotations: Sequence[Loop], free: Mapping[Block, Form]) -> tuple[Loop, Rest | None]:
    """Of rotations of a loop the one that has most steps with those that are free."""
    longer = [_with_ends(loop, free) for loop in rotations]
    return max(longer, key=lambda each: (len(each[0].filled), _begins_with_a_sum(each[0])))


def _of_layers(loop: Loop) -> bool:
    """Whether each step has parameters of its own: two layers are rather read as Z1 and Z2."""
    return any(
        shift and operand.blocks and operand.blocks[0].role == "parameter"
        for place, form in enumerate(loop.body)
        for operand, shift in ((each, loop.shifts.get((place, n), 0)) for n, each in enumerate(form.operands))
    )


def _begins_with_a_sum(loop: Loop) -> bool:
    """Whether a step is Z = W·A and A = tanh(Z), and not the other way round."""
    return loop.body[0].formula.op is None


def _with_ends(loop: Loop, forms: Mapping[Block, Form]) -> tuple[Loop, Rest | None]:
    """A loop with the steps before and after it that are its, too, and what the last was joined to."""
    rest, before = None, None
    while loop is not before and rest is None:
        mine = {*loop.blocks}
        free = {block: form for block, form in forms.items() if block not in mine}
        before = loop
        loop = with_first_step(loop, free)
        if loop is before:
            loop, rest = with_last_step(loop, free)
    return loop, rest
