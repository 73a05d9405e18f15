"""Last step: the step after the last that was found, where the graph has joined its sum to a further one.

In X[t] = r·X[t-1]·(1 - X[t-1]) and e = X[T] - y, the last X is read by nothing but the sum e, which the
graph has as one sum. That is taken apart again, into the loop's last step and what it is joined to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.rolled.forms import Form, Operand, Term
from autodiff.lifting.rolled.loop import Loop

__all__ = ["Rest", "with_last_step"]


@dataclass(frozen=True, eq=False)
class Rest:
    """What is left of a formula whose sum begins with what a loop's last step fills at a place.

    Attributes:
        formula: with the segments that are left.
        place: of the loop.
    """

    formula: Formula
    place: int


def with_last_step(loop: Loop, forms: Mapping[Block, Form]) -> tuple[Loop, Rest | None]:
    """The loop with a step more after its last, if there is one, and what it was joined to.

    Args:
        loop: some.
        forms: of the formulas that are in no loop, by the block that they fill.
    """
    made: list[Block | None] = []
    rest: Rest | None = None
    waiting = dict(forms)
    for place, body in enumerate(loop.body):
        expected = _Expected(loop, made)
        for block, form in waiting.items():
            if expected.alike(place, body, form):
                made.append(block)
                del waiting[block]
                break
        else:
            rest = _rest(expected, place, body, [*waiting.values()]) if rest is None else None
            if rest is None:
                return loop, None
            made.append(None)
    return replace(loop, filled=[*loop.filled, made]), rest


class _Expected:
    """Knows what a step after the last would read.

    Args:
        loop: some.
        made: the blocks that this step fills, as far as they are known.
    """

    def __init__(self, loop: Loop, made: list[Block | None]) -> None:
        self.loop, self.made, self.own = loop, made, loop.own

    def alike(self, place: int, body: Form, form: Form) -> bool:
        """Whether a formula is that of the body."""
        return body.key == form.key and all(
            self.reads(a, b, (place, number))
            for number, (a, b) in enumerate(zip(body.operands, form.operands))
        )

    def reads(self, body: Operand, other: Operand, number: tuple[int, int]) -> bool:
        """Whether an operand is what is expected where the body has another."""
        steps = len(self.loop.filled) - self.loop.origin
        shift = self.loop.shifts.get(number, 0) * steps
        return (
            body.pattern == other.pattern
            and other.first == body.first + shift
            and all(self._expected(block) is found for block, found in zip(body.blocks, other.blocks))
        )

    def _expected(self, block: Block) -> Block | None:
        if block in self.loop.before:
            return self.loop.filled[-1][self.loop.before[block]]
        if block in self.own:
            place = self.own[block]
            return self.made[place] if place < len(self.made) else None
        return block


def _rest(expected: _Expected, place: int, body: Form, forms: list[Form]) -> Rest | None:
    """What is left of the first sum that has all terms of the body's, and others."""
    own = body.formula
    if not own.segments or own.reduction != "add":
        return None
    for form in forms:
        formula = form.formula
        left = [*form.terms]
        if formula.block.size == own.block.size and formula.reduction == "add":
            number = 0
            for term in body.terms:
                found = next((t for t in left if _same(expected, term, t, (place, number))), None)
                if found is None:
                    break
                left.remove(found)
                number += len(term.operands)
            else:
                segments = tuple(s for s in formula.segments if any(s is term.segment for term in left))
                bias = formula.bias - own.bias
                return Rest(replace(formula, segments=segments, bias=bias), place)
    return None


def _same(expected: _Expected, term: Term, other: Term, first: tuple[int, int]) -> bool:
    numbers = [(first[0], first[1] + n) for n in range(len(term.operands))]
    return term.key == other.key and all(map(expected.reads, term.operands, other.operands, numbers))
