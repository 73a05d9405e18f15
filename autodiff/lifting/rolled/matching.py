"""Matching: which formulas before a loop are which of its own, and what its states were before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import permutations

import numpy as np

from autodiff.lifting.formula import Access, Block, Segment
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.rolled.forms import Form, Operand, Term
from autodiff.lifting.rolled.loop import Loop
from autodiff.lifting.rolled.states import States

__all__ = ["Matching"]

Number = tuple[int, int]
"""Of an operand of the body: its place, and which operand of the formula there it is."""


class Matching:
    """Finds out which formula is which of the loop's, and what its states were before.

    Attributes:
        made: by place, the block that the first step fills.
        folded: places whose formulas are folded into those that read them.
        states: before the first step.
    """

    def __init__(self, loop: Loop, forms: Mapping[Block, Form]) -> None:
        self.loop, self.forms, self.own = loop, forms, loop.own
        self.made: dict[int, Block] = {}
        self.folded: set[int] = set()
        self.states = States(loop.before)

    def _tried(self, matches: Callable[[], bool]) -> bool:
        """Whether something matches; if not, no more is known than before."""
        before = dict(self.made), set(self.folded), self.states.copy()
        if matches():
            return True
        self.made, self.folded, self.states = before
        return False

    def look_for_others(self) -> None:
        """Find what the first step fills at places that lead to no state, by what these read."""
        for place, body in enumerate(self.loop.body):
            reads = {self.own[b] for operand in body.operands for b in operand.blocks if b in self.own}
            if place in self.made or not reads & self.made.keys():
                continue
            for block in self.forms:
                if self._tried(partial(self.fills, place, block)):
                    break

    def fills(self, place: int, block: Block) -> bool:
        """Whether a block may be what the first step fills at a place."""
        if place in self.made or block in self.made.values() or place in self.folded:
            return self.made.get(place) is block
        if block not in self.forms:
            return False
        self.made[place] = block
        body, form = self.loop.body[place], self.forms[block]
        a, b = body.formula, form.formula
        rows = [(f.op, f.thing, f.axes, f.scale, f.reduction, f.block.size, f.block.varies) for f in (a, b)]
        if rows[0] != rows[1]:
            return False
        if a.reduction == "add" and a.segments:
            return self._sum(body, form, place)
        return len(body.operands) == len(form.operands) and self._operands(
            body.operands, form.operands, place
        )

    def _operands(
        self, body: Sequence[Operand], other: Sequence[Operand], place: int, first: int = 0
    ) -> bool:
        numbers = [(place, first + n) for n in range(len(body))]
        return all(map(self._reads, body, other, numbers))

    def _reads(self, body: Operand, other: Operand, number: Number) -> bool:
        """Whether the first step may read by one operand what the body reads by another."""
        positions, at = body.access.positions.ravel(), other.access.positions.ravel()
        if len(positions) != len(at):
            return False
        if other.numbers is not None and body.blocks and {*body.blocks} <= self.loop.before.keys():
            return self.states.are(body, positions, other.numbers.ravel())
        if not body.blocks or not other.blocks:
            return not body.blocks and body.pattern == other.pattern
        return all(self._block(block, positions, body, other, at, number) for block in body.blocks)

    def _block(
        self, block: Block, positions: Ints, body: Operand, other: Operand, at: Ints, number: Number
    ) -> bool:
        """The same of one of the blocks that the body reads."""
        if block in self.loop.before:
            return self.states.are_read(block, positions, at, other.access.varies)
        if block not in self.own and len(body.blocks) == 1:
            same = other.given == body.given if body.given else other.blocks == body.blocks
            alike = np.array_equal(positions - positions[:1], at - at[:1])
            return same and alike and other.first == body.first - self._shift(number)
        here = np.flatnonzero((positions >= block.start) & (positions < block.start + block.size))
        if block.varies != other.access.varies:
            return False
        if block in self.own:
            first = at[here[0]]
            source = next((b for b in other.blocks if b.start <= first < b.start + b.size), None)
            return (
                source is not None
                and source.size == block.size
                and np.array_equal(positions[here] - block.start, at[here] - source.start)
                and self.fills(self.own[block], source)
            )
        return np.array_equal(positions[here], at[here])

    def _shift(self, number: Number) -> int:
        """How much earlier than the body the first step reads an operand."""
        return self.loop.shifts.get(number, 0) * (self.loop.origin + 1)

    def _sum(self, body: Form, form: Form, place: int) -> bool:
        """Whether the terms of a sum match; last those whose state may be a constant."""
        left = [*form.terms]
        bias = np.asarray(form.formula.bias - body.formula.bias)
        waiting: list[tuple[Term, int]] = []
        number = 0
        for term in body.terms:
            if not self._one_of(term, left, place, number):
                waiting.append((term, number))
            number += len(term.operands)
        waiting.sort(key=lambda each: len(each[0].operands))  # a state alone says what it is
        for term, number in waiting:
            rest = self._with_constant(term, left, bias, place, number)
            if rest is None:
                return False
            bias = rest
        return not left and not bias.any()

    def _one_of(self, term: Term, left: list[Term], place: int, first: int) -> bool:
        """Whether a term is one of those that are left, which it is taken from."""
        for other in left:
            if _alike(term.segment, other.segment) and len(term.operands) == len(other.operands):
                orders = permutations(other.operands) if term.segment.kind == "rows" else [other.operands]
                for order in orders:
                    if self._tried(partial(self._operands, term.operands, order, place, first)):
                        left.remove(other)
                        return True
        return False

    def _with_constant(
        self, term: Term, left: list[Term], bias: Floats, place: int, first: int
    ) -> Floats | None:
        """What is left of the constants of a sum, if the state in a term is a constant, so that the term has
        become others that are left, or part of the constants; None if it has not."""
        c = term.segment.coefficient
        state = next((o for o in term.operands if o.blocks and {*o.blocks} <= self.loop.before.keys()), None)
        if state is None or not isinstance(c, float) or term.segment.owner is not None:
            return None
        positions = state.access.positions
        if len(term.operands) == 1:
            if positions.shape != self.loop.body[place].formula.block.dims:
                return None
            numbers = np.broadcast_to(bias / c, positions.shape)
            return np.zeros(()) if self.states.are(state, positions.ravel(), numbers.ravel()) else None
        n = 1 - term.operands.index(state)
        factor = term.operands[n]
        if len(factor.blocks) == 1 and factor.blocks[0] in self.own:
            return self._scaled(c, factor, state, left, bias, (place, first + n))
        shift = self._shift((place, first + n))
        if abs(shift) >= factor.blocks[0].size:  # the state before the first of several layers is no constant
            return None
        size = self.loop.body[place].formula.block.size
        if self._written_out(c, factor, state, left):
            return bias
        read, where = _term_by_term(term.segment, factor.access, state.access, size)
        scaled = self._products(c, read - shift, where, state, left)
        return bias if scaled else None

    def _written_out(self, c: float, factor: Operand, state: Operand, left: list[Term]) -> bool:
        """Whether a term that is left is a factor times numbers, where that is a product: a·a of a²·1."""
        form = self.forms.get(factor.blocks[0]) if factor.access.whole else None
        if form is None or len(form.terms) != 1 or np.any(form.formula.bias):
            return False
        (product,) = form.terms
        scale, same = product.segment.coefficient, [(o.pattern, o.blocks, o.first) for o in product.operands]
        for other in left:
            d = other.segment.coefficient
            alike = same == [(o.pattern, o.blocks, o.first) for o in other.operands]
            if not alike or not isinstance(scale, float) or not isinstance(d, float):
                continue
            positions = state.access.positions.ravel()
            numbers = np.full(positions.size, d / (c * scale))
            if self._tried(partial(self.states.are, state, positions, numbers)):
                left.remove(other)
                return True
        return False

    def _products(self, c: float, read: Ints, where: Ints, state: Operand, left: list[Term]) -> bool:
        """Whether some terms that are left are a factor times numbers, which c times the state may be.

        Args:
            c: a number.
            read, where: (n, T) for each term of each sum, where the first step would read the factor, and
                where the body reads the state.
            state: the operand.
            left: terms; those that are found are taken from them.
        """
        parts = [
            other for other in left if other.single and np.isin(other.single[0].access.positions, read).all()
        ]
        tables = [_by_sums(other, len(read)) for other in parts]
        if sum(at.shape[1] for at, _ in tables) != read.shape[1]:
            return False
        at, numbers = (np.concatenate(columns, axis=1) for columns in zip(*tables))
        order, other_order = np.argsort(read, axis=1), np.argsort(at, axis=1)
        same = np.take_along_axis(read, order, axis=1) == np.take_along_axis(at, other_order, axis=1)
        numbers = np.take_along_axis(numbers, other_order, axis=1) / c
        where = np.take_along_axis(where, order, axis=1)
        if not same.all() or not self.states.are(state, where.ravel(), numbers.ravel()):
            return False
        for part in parts:
            left.remove(part)
        return True

    def _scaled(
        self, c: float, factor: Operand, state: Operand, left: list[Term], bias: Floats, number: Number
    ) -> Floats | None:
        """The same where the factor is computed in the step, too. It may have been a sum that the graph has
        multiplied out, as (1 - z)·0 is 0 - 0·z."""
        for other in left:
            if self._tried(partial(self._is_scaled, c, factor, state, other, number)):
                left.remove(other)
                return bias
        place = self.own[factor.blocks[0]]
        inner = self.loop.body[place]
        formula = inner.formula
        linear = formula.op is None and formula.thing is None and formula.reduction == "add"
        whole = factor.access.shape == formula.block.dims and factor.access.injective
        if place in self.made or not linear or not whole:
            return None
        self.folded.add(place)
        n = 0
        for term in inner.terms:
            scaled = self._times_numbers(term)
            if scaled is None:
                return None
            at, numbers = scaled
            for other in left:
                match = partial(
                    self._is_scaled, c * numbers, term.operands[at], state, other, (place, n + at)
                )
                if self._tried(match):
                    left.remove(other)
                    break
            else:
                return None
            n += len(term.operands)
        values = self.states.values(state)
        return None if values is None else np.asarray(bias - c * formula.bias * values)

    def _times_numbers(self, term: Term) -> tuple[int, Floats] | None:
        """Which operand of a term is multiplied with numbers, and with which; of two, if the other is a state
        that is known and not 0."""
        c = term.segment.coefficient
        if len(term.operands) == 1 and isinstance(c, float):
            return 0, np.array(c)
        for n, operand in enumerate(term.operands if term.segment.kind == "rows" else ()):
            state = {*operand.blocks} <= self.loop.before.keys() and len(operand.blocks) == 1
            values = self.states.values(operand) if state else None
            if values is not None and values.all() and isinstance(c, float) and len(term.operands) == 2:
                return 1 - n, c * values.ravel()
        return None

    def _is_scaled(
        self, c: float | Floats, factor: Operand, state: Operand, other: Term, number: Number
    ) -> bool:
        """Whether a term is c times a factor times numbers, which the state may be."""
        if other.single is None or not self._reads(factor, other.single[0], number):
            return False
        if np.size(c) not in (1, other.single[1].size):
            return False
        numbers = other.single[1].ravel() / c
        return self.states.are(state, state.access.positions.ravel(), numbers)


def _alike(a: Segment, b: Segment) -> bool:
    owners = [None if s.owner is None else s.owner.tolist() for s in (a, b)]
    return a.kind == b.kind and owners[0] == owners[1] and np.array_equal(a.coefficient, b.coefficient)


def _by_sums(term: Term, size: int) -> tuple[Ints, Floats]:
    """For each sum of a term's segment, in a row, where it reads its single factor, and times what."""
    assert term.single is not None
    operand, numbers = term.single
    return operand.access.positions.reshape(size, -1), numbers.reshape(size, -1)


def _term_by_term(segment: Segment, factor: Access, state: Access, size: int) -> tuple[Ints, Ints]:
    """For each sum of a segment, in a row, where it reads the two factors of its terms."""
    both = [factor.positions, state.positions]
    if segment.kind == "matmul":  # out[.., j, s] = Σₜ x[.., j, t]·z[.., s, t]
        both = [np.expand_dims(p, -2 if a is segment.x else -3) for p, a in zip(both, (factor, state))]
    x, z = np.broadcast_arrays(*both)
    return x.reshape(size, -1), z.reshape(size, -1)
