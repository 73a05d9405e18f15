"""Ragged softmaxes: softmaxes of columns of different lengths, as a position attends to those before it.

A quotient exp(s - c)/S is read element by element: which score each is of, and which sum it is a share of.
The columns are softmaxes where every sum adds up the exponentials of its column, each once; c is any number
that is the same for all of a column, and a column of one score may have its own exponential for a sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.formula import Access, Formula
from autodiff.lifting.record import Floats, Ints

__all__ = ["RaggedSoftmax", "ragged_softmax", "terms_of"]


@dataclass(frozen=True)
class RaggedSoftmax:
    """Softmaxes of columns that one formula computes.

    Attributes:
        shares: the formula.
        scores: the positions of what they are of, in the order of its elements; all in one block.
        column: for each element the number of its column.
        shifted: whether something is subtracted before the exponential.
    """

    shares: Formula
    scores: Ints
    column: Ints
    shifted: bool


def ragged_softmax(shares: Formula, formulary: Formulary) -> RaggedSoftmax | None:
    """The softmaxes that a formula is, if their columns are of different lengths."""
    if shares.op is not OPS["div"] or shares.block.varies:
        return None
    powers, totals = (each.positions.ravel() for each in shares.operands)
    if any(each.varies for each in shares.operands) or len(np.unique(powers)) < powers.size:
        return None
    _, column, counts = np.unique(totals, return_inverse=True, return_counts=True)
    if np.ptp(counts) == 0 or not _adds_up(powers, totals, shares, formulary):
        return None
    arguments = _arguments(powers, shares.operands[0], formulary)
    found = None if arguments is None else _unshifted(arguments, column, formulary)
    return None if found is None else RaggedSoftmax(shares, found[0], column, found[1])


def _adds_up(powers: Ints, totals: Ints, shares: Formula, formulary: Formulary) -> bool:
    """Whether each total adds up just the powers of its column."""
    alone = powers == totals
    _, column, counts = np.unique(totals, return_inverse=True, return_counts=True)
    if (counts[column][alone] != 1).any():
        return False
    pairs = np.stack([totals[~alone], powers[~alone]], axis=1)
    expected = []
    for block in formulary.blocks_read(shares.operands[1]):
        formula = formulary.made.get(block)
        if formula is None:
            return False
        here = (totals >= block.start) & (totals < block.start + block.size) & ~alone
        if not here.any():
            continue
        summed = _linear(formula, formulary)
        if summed is None:
            return False
        owner, positions, c = summed
        used = np.isin(owner + block.start, totals[here])
        if (c[used] != 1.0).any():
            return False
        expected.append(np.stack([owner[used] + block.start, positions[used]], axis=1))
    every = np.concatenate(expected) if expected else np.empty((0, 2), dtype=np.int64)
    return every.shape == pairs.shape and bool((np.unique(every, axis=0) == np.unique(pairs, axis=0)).all())


def _linear(formula: Formula, formulary: Formulary) -> tuple[Ints, Ints, Floats] | None:
    """Of Σ c·x with numbers c, the element of the sum, the position of x and c of each term."""
    if formula.op is not None or formula.reduction != "add" or np.any(formula.bias):
        return None
    size = formula.block.size
    owners, positions, coefficients = [], [], []
    for segment in formula.segments:
        x, z = segment.x, segment.z
        if segment.kind == "matmul" or x.varies:
            return None
        c = np.broadcast_to(segment.coefficient, x.shape).ravel()
        if z is not None:
            if z.block is None or z.block.role != "constant":
                return None
            c = c * formulary.places.constants[z.positions.ravel() - z.block.start]
        owner = segment.owner
        owners.append(np.repeat(np.arange(size), x.size // size) if owner is None else owner)
        positions.append(x.positions.ravel())
        coefficients.append(c)
    return np.concatenate(owners), np.concatenate(positions), np.concatenate(coefficients)


def _arguments(powers: Ints, access: Access, formulary: Formulary) -> Ints | None:
    """What exponentials at these positions are of."""
    found = np.full(powers.shape, -1)
    for block in formulary.blocks_read(access):
        formula = formulary.made.get(block)
        if formula is None or formula.op is not OPS["exp"] or formula.operands[0].varies:
            return None
        here = (powers >= block.start) & (powers < block.start + block.size)
        found[here] = formula.operands[0].positions.ravel()[powers[here] - block.start]
    return found


def _unshifted(arguments: Ints, column: Ints, formulary: Formulary) -> tuple[Ints, bool] | None:
    """Of s - c, with one c a column: s, and whether there is a c."""
    scores, shifts = arguments.copy(), np.full(arguments.shape, -1)
    whole = formulary.places.access(arguments, False)
    for block in formulary.blocks_read(whole):
        formula = formulary.made.get(block)
        here = (arguments >= block.start) & (arguments < block.start + block.size)
        parts = _differences(formula, formulary) if formula is not None else None
        if parts is not None:
            local = arguments[here] - block.start
            is_one = parts[0][local] >= 0
            scores[here] = np.where(is_one, parts[0][local], arguments[here])
            shifts[here] = np.where(is_one, parts[1][local], -1)
    order = np.argsort(column, kind="stable")
    same = (np.diff(shifts[order]) == 0) | (np.diff(column[order]) != 0)
    if not same.all() or len(np.unique(scores)) < scores.size:
        return None
    within = formulary.places.access(scores, False).block
    return None if within is None else (scores, bool((shifts >= 0).any()))


def _differences(formula: Formula, formulary: Formulary) -> tuple[Ints, Ints] | None:
    """The positions of s and c for each element of a formula that is s - c, -1 for others."""
    linear = _linear(formula, formulary)
    if linear is None:
        return None
    owner, positions, coefficients = linear
    size = formula.block.size
    two = (np.bincount(owner, minlength=size) == 2)[owner]
    found = []
    for sign in (1.0, -1.0):
        mine = two & (coefficients == sign)
        single = (np.bincount(owner[mine], minlength=size) == 1)[owner] & mine
        place = np.full(size, -1)
        place[owner[single]] = positions[single]
        found.append(place)
    both = (found[0] >= 0) & (found[1] >= 0)
    return np.where(both, found[0], -1), np.where(both, found[1], -1)


def terms_of(formula: Formula, number: int) -> tuple[Ints, Ints, Ints] | None:
    """Of a segment's products x·z term by term: the element of the sum, and the positions of x and z."""
    segment = formula.segments[number]
    x, z = segment.x, segment.z
    if z is None or x.varies or z.varies or formula.block.varies:
        return None
    size = formula.block.size
    if segment.kind == "matmul":
        dims = (*x.shape[:-1], z.shape[-2])
        owner = np.broadcast_to(np.arange(size).reshape(dims)[..., None], (*dims, x.shape[-1]))
        xs = np.broadcast_to(x.positions[..., :, None, :], owner.shape)
        zs = np.broadcast_to(z.positions[..., None, :, :], owner.shape)
        return owner.ravel(), xs.ravel(), zs.ravel()
    alike = np.repeat(np.arange(size), x.size // size)
    return alike if segment.owner is None else segment.owner, x.positions.ravel(), z.positions.ravel()
