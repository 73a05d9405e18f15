"""Solving: what elimination solved is X = A⁻¹·B, one formula for all systems that can be solved together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autodiff.lifting.find.fold import Folded
from autodiff.lifting.find.named.formulary import is_whole
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.find.roles import CONSTANT, Bools
from autodiff.lifting.formula import Access, Formula, Segment
from autodiff.lifting.record import Ints, Tape
from autodiff.lifting.things import INVERSE_MATRIX, SOLVE

__all__ = ["solving_formulas"]


def solving_formulas(units: Ints, tape: Tape, folded: Folded, places: Placement) -> list[Formula]:
    """The formulas of a group of elements of solutions, and of their operands where these lie scattered.
    Systems of one shape are a stack."""
    mine = np.zeros(len(tape), dtype=bool)
    mine[folded.units[units]] = True
    stacks: dict[tuple[int, ...], list[tuple[Ints, Ints, Ints]]] = {}
    for solution in tape.solutions:
        columns = mine[solution.X].any(axis=0)  # -1 is the root, which is no solution
        if columns.any():
            A, B, X = solution.A, solution.B[:, columns], solution.X[:, columns]
            stacks.setdefault(B.shape, []).append((A, B, X))
    formulas: list[Formula] = []
    for stack in stacks.values():
        for systems in [stack] if _read_alike(stack, places) else [[each] for each in stack]:
            A, B, X = map(np.stack, zip(*systems))
            formulas += _formulas(A, B, X, tape, folded, places)
    return formulas


def _read_alike(stack: Sequence[tuple[Ints, Ints, Ints]], places: Placement) -> bool:
    """Whether all systems are read from the same arrays; if not, as of the steps of a loop, each is a formula
    of its own."""
    read = {tuple(np.unique(places.number_of_block(np.append(A, B)))) for A, B, _ in stack}
    return len(read) == 1


def _formulas(A: Ints, B: Ints, X: Ints, tape: Tape, folded: Folded, places: Placement) -> Sequence[Formula]:
    """Those of S systems, A (S, n, n), B and X (S, n, k)."""
    is_inverse = B.shape == A.shape and bool((folded.kind[B] == CONSTANT).all())
    is_inverse = is_inverse and bool((tape.data[B] == np.eye(A.shape[-1])).all())
    if len(X) == 1:
        A, B, X = A[0], B[0], X[0]
        if X.shape[1] == 1:
            B, X = B[:, 0], X[:, 0]
    varies = bool(places.varies[X[X >= 0]].any())
    found: list[Formula] = []
    operands = [_operand(ids, places, found) for ids in ((A,) if is_inverse else (A, B))]
    nodes = X.ravel()
    block = places.new_block(X.shape, varies)
    there = nodes >= 0
    places.position[nodes[there]] = block.start + np.flatnonzero(there)
    thing = INVERSE_MATRIX if is_inverse else SOLVE
    return [*found, Formula(block, operands=tuple(operands), nodes=nodes, thing=thing)]


def _operand(ids: Ints, places: Placement, found: list[Formula]) -> Access:
    """What lies at the ids of an operand; where that is no view of one array, ``found`` gets a formula that
    puts it together."""
    position, varies = places.position[ids], places.varies[ids]
    if (varies == varies.flat[0]).all():
        read = places.access(position, bool(varies.flat[0]))
        if _is_plain(read, places):
            return read
        segments = [Segment("rows", read, None)]
    else:
        segments = [_part(position, varies == side, side, places) for side in (False, True)]
    block = places.new_block(ids.shape, bool(varies.any()))
    found.append(Formula(block, segments=tuple(segments), nodes=np.full(ids.size, -1)))
    return places.access(block.start + np.arange(block.size).reshape(block.dims), block.varies)


def _is_plain(read: Access, places: Placement) -> bool:
    """Whether an operand is read as it lies: numbers, a part of an array, of a stack all of it, or one matrix
    for all of a stack."""
    if read.block is None or read.strides is None:
        return read.block is places.blocks[0]
    if len(read.shape) < 3:
        return True
    first = read.without([0]) if read.strides[0] == 0 else read
    return is_whole(first, read.block)


def _part(position: Ints, here: Bools, varies: bool, places: Placement) -> Segment:
    """The elements of an operand that lie in one of the buffers, and 0 for the others."""
    read = np.where(here, position, position[here][0])
    return Segment("rows", places.access(read, varies), None, np.where(here, 1.0, 0.0))
