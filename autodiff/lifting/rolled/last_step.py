"""Last step: the step after the last that was found, where the graph has joined its sums to further ones.

In X[t] = r·X[t-1]·(1 - X[t-1]) and e = X[T] - y, the last X is read by nothing but the sum e, which the
graph has as one sum. That is taken apart again, into the loop's last step and what it is joined to. So are
sums that are joined one to the other: of

    V[t] = V[t-1] + h·F[t]        X[t] = X[t-1] + h·V[t]

the graph has e = X[T-1] + h·V[T-1] + h²·F[T] - y. What a last step does not need is not in the graph at all:
a filter that follows a series ends with its last error, and does not correct itself by that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.record import Floats
from autodiff.lifting.rolled.forms import Form, Operand, Term
from autodiff.lifting.rolled.loop import Loop

__all__ = ["Rest", "with_last_step"]

ROUNDING = 1e-14  # between h·h, which the graph has, divided by h, and h


@dataclass(frozen=True, eq=False)
class Rest:
    """What is left of a formula whose sum has what a loop's last step fills at some places.

    Attributes:
        formula: with the segments that are left.
        parts: by place of the loop, what is multiplied with that.
    """

    formula: Formula
    parts: Mapping[int, float]


@dataclass(eq=False)
class _Joined:
    """A sum while it is taken apart: the terms that are left, a bias, and by place, times what it has."""

    form: Form
    left: list[Term]
    bias: float | Floats
    parts: dict[int, float] = field(default_factory=dict)

    @property
    def rest(self) -> Rest:
        formula = self.form.formula
        segments = tuple(s for s in formula.segments if any(s is term.segment for term in self.left))
        return Rest(replace(formula, segments=segments, bias=self.bias), self.parts)


def with_last_step(loop: Loop, forms: Mapping[Block, Form]) -> tuple[Loop, Rest | None]:
    """The loop with a step more after its last, if there is one, and what it was joined to.

    Args:
        loop: some.
        forms: of the formulas that are in no loop, by the block that they fill.
    """
    step = _LastStep(loop, forms)
    for place, body in enumerate(loop.body):
        step.fill(place, body)
    if not step.is_one:
        return loop, None
    rest = next((joined.rest for joined in step.joined.values()), None)
    return replace(loop, filled=[*loop.filled, step.made]), rest


class _LastStep:
    """Finds, place by place, what a step after the last fills.

    Attributes:
        made: by place the block; None where that is part of a sum, or not in the graph.
        joined: sums that are taken apart, by their blocks.
        missing: places of which the graph has nothing.
    """

    def __init__(self, loop: Loop, forms: Mapping[Block, Form]) -> None:
        self.loop, self.own = loop, loop.own
        self.waiting = dict(forms)
        self.made: list[Block | None] = []
        self.joined: dict[Block, _Joined] = {}
        self.missing: list[int] = []

    @property
    def is_one(self) -> bool:
        """Whether that is a step. At most half of it may be missing, and only what reads no further element
        of an array, which may not be there."""
        shifted = any(
            self.loop.shifts.get((place, n))
            for place in self.missing
            for n in range(len(self.loop.body[place].operands))
        )
        return 2 * len(self.missing) <= len(self.made) and not shifted and len(self.joined) <= 1

    def fill(self, place: int, body: Form) -> None:
        """Find what is filled at the next place."""
        for block, form in self.waiting.items():
            if self._alike(place, body, form):
                self.made.append(block)
                del self.waiting[block]
                return
        for joined in [*self.joined.values(), *self._sums(body)]:
            if self._taken_out(place, body, joined):
                return
        self.made.append(None)
        self.missing.append(place)

    def _sums(self, body: Form) -> list[_Joined]:
        own = body.formula
        if not own.segments or own.reduction != "add":
            return []
        forms = (form for form in self.waiting.values() if form.formula.reduction == "add")
        return [_Joined(form, [*form.terms], form.formula.bias) for form in forms if form.terms]

    def _taken_out(self, place: int, body: Form, joined: _Joined) -> bool:
        """Take the sum of a place, or a multiple of it, out of a longer one, if it is there."""
        own, block = body.formula, joined.form.formula.block
        if not own.segments or own.reduction != "add" or block.size != own.block.size:
            return False
        left, parts, ratios, number = [*joined.left], dict(joined.parts), [], 0
        for term in body.terms:
            ratio = self._part(term, parts)
            if ratio is None:
                found = next(((t, c) for t in left if (c := self._ratio(term, t, (place, number)))), None)
                if found is None:
                    return False
                other, ratio = found
                left.remove(other)
            ratios.append(ratio)
            number += len(term.operands)
        scale = 1.0 if math.isclose(ratios[0], 1.0, rel_tol=ROUNDING) else ratios[0]
        alike = all(math.isclose(ratio, scale, rel_tol=ROUNDING) for ratio in ratios)
        plain = len(body.operands) < 2 or np.any(own.bias)  # of which anything may be a multiple
        if not alike or (scale != 1.0 and plain):
            return False
        bias = joined.bias - scale * own.bias
        if not (left or parts or np.any(bias)) and scale == 1.0:
            self.joined.pop(block, None)
            self.made.append(block)
        else:
            self.joined[block] = _Joined(joined.form, left, bias, {**parts, place: scale})
            self.made.append(None)
        self.waiting.pop(block, None)
        return True

    def _part(self, term: Term, parts: dict[int, float]) -> float | None:
        """By what a term of the body has to be multiplied to be what a sum has of another place, which is
        taken from its parts."""
        read, c = term.operands[0].access, term.segment.coefficient
        block = read.block
        if len(term.operands) > 1 or block not in self.own or not isinstance(c, float) or not c:
            return None
        if not np.array_equal(read.positions.ravel(), block.start + np.arange(block.size)):
            return None
        factor = parts.pop(self.own[block], None)
        return None if factor is None else factor / c

    def _ratio(self, term: Term, other: Term, first: tuple[int, int]) -> float | None:
        """By what a term of the body is to be multiplied to be a term of the graph; None if it is another."""
        numbers = [(first[0], first[1] + n) for n in range(len(term.operands))]
        a, b = term.segment, other.segment
        owners = [None if s.owner is None else s.owner.tolist() for s in (a, b)]
        if a.kind != b.kind or owners[0] != owners[1] or len(term.operands) != len(other.operands):
            return None
        if not all(map(self._reads, term.operands, other.operands, numbers)):
            return None
        if term.key == other.key:
            return 1.0
        c, d = a.coefficient, b.coefficient
        return d / c if isinstance(c, float) and isinstance(d, float) and c else None

    def _alike(self, place: int, body: Form, form: Form) -> bool:
        """Whether a formula is that of the body."""
        return body.key == form.key and all(
            self._reads(a, b, (place, number))
            for number, (a, b) in enumerate(zip(body.operands, form.operands))
        )

    def _reads(self, body: Operand, other: Operand, number: tuple[int, int]) -> bool:
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
