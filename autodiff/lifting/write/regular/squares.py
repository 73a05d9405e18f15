"""Squares: the largest of several neighbours, found one after the other, is the largest of a part.

    u = max(A[2i-1,2j-1], A[2i-1,2j]),  v = max(u, A[2i,2j-1]),  w = max(v, A[2i,2j])

is w[i,j] = max(A[2i-1 … 2i,2j-1 … 2j]), a pooling. Its cotangent goes to where the largest is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.plan import Plan
from autodiff.lifting.write.regular.arrays import in_order
from autodiff.lifting.write.regular.reading import Reading
from autodiff.lifting.write.regular.subscripts import Read, Subscript

__all__ = ["Square", "squares"]


@dataclass(frozen=True)
class Square:
    """A largest, or smallest, of a part of an array, or its length.

    Attributes:
        steps: the blocks that only lead there.
        block: the array of which it is a part.
        sign: ``"maximum"``, ``"minimum"`` or ``"hypot"``.
        read: the part; its last axes are the line's and then those within the part.
        over: the numbers of these.
        lengths: of all axes.
    """

    steps: frozenset[Block]
    block: Block
    sign: str
    read: Read
    over: tuple[int, ...]
    lengths: tuple[int, ...]


def squares(plan: Plan, reading: Callable[[Formula], Reading | None]) -> dict[Block, Square]:
    """By the block of the last step, the parts of arrays of which a program takes the largest."""
    made = {formula.block: formula for formula in plan.formulas}
    readers = Counter(block for f in plan.formulas for a in f.accesses for block in plan.blocks_read(a))
    kept = {block for array in plan.all_kept for block in array.blocks}
    inner = {block for block in made if readers[block] == 1 and block not in kept}
    found: dict[Block, Square] = {}
    for formula in plan.formulas:
        if formula.op is None or formula.op.name not in ("maximum", "minimum"):
            continue
        chain = [*_chain(formula, made, inner)]
        square = _square(chain, reading) if len(chain) > 1 else None
        if square is not None:
            for block in square.steps:
                found.pop(block, None)
            found[formula.block] = square
    return found


def _chain(formula: Formula, made: Mapping[Block, Formula], inner: set[Block]) -> Iterator[Formula]:
    """A formula and those before it that do the same, each with what the one before gave."""
    yield formula
    for access in formula.operands:
        before = made.get(access.block) if access.block is not None else None
        if before is not None and before.block in inner and before.op is formula.op and in_order(access):
            yield from _chain(before, made, inner)
            return


def _square(chain: Sequence[Formula], reading: Callable[[Formula], Reading | None]) -> Square | None:
    """What a chain is the largest of, if that is a part of one array and all of it."""
    last, steps = chain[0], {formula.block for formula in chain[1:]}
    reads: list[Read] = []
    blocks = set()
    for formula in chain:
        found = reading(formula)
        if found is None:
            return None
        for access, read in zip(formula.operands, found.operands):
            if access.block not in steps:
                reads.append(read)
                blocks.add(access.block)
        lengths = found.lengths
    (block,) = blocks if len(blocks) == 1 else (None,)
    if (
        block is None
        or block.role == "constant"
        or any(read.flat is not None or not read.places for read in reads)
    ):
        return None
    if len({tuple(tuple(sorted(place.steps.items())) for place in read.places) for read in reads}) != 1:
        return None
    firsts = np.array([[place.first for place in read.places] for read in reads])
    low, spans = firsts.min(axis=0), np.ptp(firsts, axis=0) + 1
    if math.prod(spans.tolist()) != len(reads) or len(np.unique(firsts, axis=0)) != len(reads):
        return None
    places, over, longer = [], [], [*lengths]
    for place, first, span in zip(reads[0].places, low.tolist(), spans.tolist()):
        steps_of = dict(place.steps)
        if span > 1:
            steps_of[len(longer)] = 1
            over.append(len(longer))
            longer.append(span)
        places.append(Subscript(first, steps_of, place.listed))
    assert last.op is not None
    read = replace(reads[0], places=tuple(places))
    return Square(frozenset(steps), block, last.op.name, read, tuple(over), tuple(longer))
