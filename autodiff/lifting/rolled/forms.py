"""Forms: what formulas have in common that differ only in which arrays, and where in an array, they read."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Floats
from autodiff.lifting.rolled.families import Families

__all__ = ["Form", "Operand", "Term", "forms_of"]


class Operand(NamedTuple):
    """An access, taken apart.

    Attributes:
        access: itself.
        pattern: how it reads, whichever arrays it reads if they are computed ones.
        blocks: the arrays, in the order in which it comes to them.
        first: of one array, where in it it begins, or in its family laid side by side; else 0.
        numbers: what it is, if it is constant.
        given: the name of the one array that is read, or of its family, if it is given.
    """

    access: Access
    pattern: Hashable
    blocks: tuple[Block, ...]
    first: int = 0
    numbers: Floats | None = None
    given: str = ""


class Term(NamedTuple):
    """A segment of a sum, with its factors in an order that does not depend on their arrays."""

    segment: Segment
    key: Hashable
    operands: tuple[Operand, ...]

    @property
    def single(self) -> tuple[Operand, Floats] | None:
        """Its one factor that is not constant, and what that is multiplied with, of its shape, if its terms
        are read one by one and have one such factor."""
        computed = [operand for operand in self.operands if operand.numbers is None]
        if self.segment.kind != "rows" or len(computed) != 1:
            return None
        numbers = np.broadcast_to(self.segment.coefficient, self.segment.x.shape)
        for operand in self.operands:
            if operand.numbers is not None:
                numbers = numbers * operand.numbers
        return computed[0], numbers


@dataclass(frozen=True, eq=False)
class Form:
    """A formula, taken apart.

    Attributes:
        formula: itself.
        key: equal for formulas that differ only in their operands' ``blocks`` and ``first``.
        terms: of a sum, in an order that does not depend on arrays.
        operands: of the formula, or of the terms.
    """

    formula: Formula
    key: Hashable
    terms: Sequence[Term]
    operands: Sequence[Operand]


def forms_of(plan: Plan) -> list[Form]:
    """The forms of a plan's formulas."""
    return _Forms(plan).found


class _Forms:
    """Makes forms. Of terms, and of factors, with different keys that comes first whose key was met first,
    in any formula; of those with one key that which reads what is computed earlier."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._families = Families(plan.blocks)
        self._met: dict[Hashable, int] = {}
        self._order = {formula.block: number for number, formula in enumerate(plan.formulas)}
        self.found = [self._form(formula) for formula in plan.formulas]

    def _place(self, key: Hashable, operands: Sequence[Operand]) -> tuple[int, ...]:
        number = self._met.setdefault(key, len(self._met))
        reads = (self._order.get(block, -1) for operand in operands for block in operand.blocks)
        return number, *reads, *(operand.first for operand in operands)

    def _form(self, formula: Formula) -> Form:
        terms = [self._term(segment) for segment in formula.segments]
        terms.sort(key=lambda term: self._place(term.key, term.operands))
        operands = [_operand(access, self.plan, self._families) for access in formula.operands]
        operands += [operand for term in terms for operand in term.operands]
        kind = (
            formula.op and formula.op.name,
            formula.thing and (formula.thing.name or formula.thing),
            formula.axes,
            formula.scale,
            formula.reduction,
            _bits(formula.bias),
        )
        reads = tuple(operand.pattern for operand in operands)
        block = (formula.block.dims or (1,), formula.block.varies)
        return Form(formula, (kind, block, reads, tuple(term.key for term in terms)), terms, operands)

    def _term(self, segment: Segment) -> Term:
        operands = [_operand(segment.x, self.plan, self._families)]
        if segment.z is segment.x:
            operands *= 2
        elif segment.z is not None:
            operands.append(_operand(segment.z, self.plan, self._families))
        if segment.kind == "rows":
            operands.sort(key=lambda operand: self._place(operand.pattern, [operand]))
        owner = None if segment.owner is None else _bits(segment.owner)
        reads = tuple(operand.pattern for operand in operands)
        return Term(segment, (segment.kind, _bits(segment.coefficient), owner, reads), tuple(operands))


def _operand(access: Access, plan: Plan, families: Families) -> Operand:
    block = access.block
    if block is None:
        return _spread(access, plan)
    if block.role == "constant":
        numbers = plan.constants[access.positions - block.start]
        return Operand(access, ("constants", access.shape or (1,), _bits(numbers)), (), numbers=numbers)
    first = access.offset if access.index is None else int(access.index.flat[0])
    shape = access.shape or (1,)  # a number, or a vector of one
    where = access.strides or (0,) if access.index is None else _bits(access.index - first)
    family = families.of(block)
    if family is not None:
        stem, number = family
        member = (block.role, stem, shape, access.varies, where)
        return Operand(access, member, (block,), number * block.size + first - block.start, given=stem)
    given = block.symbol if block.role != "formula" else ""
    pattern = (block.role, given or (block.size, block.varies), shape, access.varies, where)
    return Operand(access, pattern, (block,), first - block.start, given=given)


def _spread(access: Access, plan: Plan) -> Operand:
    """An access to several arrays."""
    positions = access.positions
    local, number = np.zeros(positions.shape, np.int64), np.zeros(positions.shape, np.int64)
    blocks = plan.blocks_read(access)
    inside = [(positions >= block.start) & (positions < block.start + block.size) for block in blocks]
    order = sorted(range(len(blocks)), key=lambda i: int(np.argmax(inside[i])))
    for n, i in enumerate(order):
        local[inside[i]] = positions[inside[i]] - blocks[i].start
        number[inside[i]] = n
    found = tuple(blocks[i] for i in order)
    arrays = tuple((b.role, b.size, b.symbol if b.role != "formula" else "") for b in found)
    return Operand(access, ("several", arrays, access.varies, _bits(local), _bits(number)), found)


def _bits(values: npt.ArrayLike) -> Hashable:
    """Numbers with their shape, to be compared bit by bit; of equal ones, one."""
    array = np.asarray(values)
    if array.size and (array == array.flat[0]).all() and array.dtype == np.float64:
        array = array.ravel()[:1]
        return array.tobytes()
    return array.shape, array.tobytes()
